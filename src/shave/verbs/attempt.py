"""One try at a smaller image: the plan, the image made of it, and how that behaves."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct, structs

from shave.catalog import Catalog
from shave.closure import Root
from shave.config import Settings
from shave.errors import CannotError
from shave.events import Sink, stage
from shave.evidence import Evidence, EvidenceFile
from shave.globs import matcher
from shave.image import Image
from shave.layering import build, spared
from shave.oci import BASE_DIGEST, BASE_NAME
from shave.plan import Plan
from shave.probe import Probe, Session, Verdict
from shave.probes.session import run
from shave.pruned import pruned
from shave.reference import full_name
from shave.runners.protocol import Prepared, Runner
from shave.store import Unpacked, unpack
from shave.tracers.protocol import Tracer
from shave.verbs.lookups import Missing, doubted, missing, sought
from shave.verbs.plan import Fates, decide
from shave.verbs.roots import Wish
from shave.verbs.verify import Terms, judge, watched

FIRST = "attempt-0"
"""Where the first result lies; the one of round n of repair is at ``attempt-n``."""


class Tools(Struct, frozen=True):
    """What runs containers and what traces them. ``tracer`` may be None only where evidence is given."""

    runner: Runner
    tracer: Tracer | None


class Wanted(Struct, frozen=True):
    """What the user asks of the result: the plan's wishes, one layer or the original's, where to stop, what to
    accept.

    ``evidence`` is that of earlier runs, of this image or another build: the plan is made from what of it applies,
    nothing is traced for it, and whether it is thin is not asked.
    """

    wish: Wish = Wish()
    flatten: bool = False
    dry_run: bool = False
    allow_unverified: bool = False
    evidence: EvidenceFile | None = None


class Case(Struct, frozen=True):
    """What every step of one slimming shares. ``previous`` is an earlier result, whose layers are taken over."""

    original: Unpacked
    catalog: Catalog
    prepared: Prepared
    settings: Settings
    tools: Tools
    wanted: Wanted
    directory: Path
    sink: Sink
    previous: Unpacked | None = None


class Basis(Struct, frozen=True):
    """What a plan is made from: the evidence, whether it is thin, the paths that results before turned out to lack, and
    whether a start that was asked nothing ended by itself.
    """

    evidence: Evidence
    thin: bool
    repairs: tuple[Root, ...] = ()
    ended: bool = False


class Attempt(Struct, frozen=True):
    """A plan, the image made of it as read back from its own bytes, and how it did.

    ``session`` and ``evidence`` are of the result's run; ``originals`` are the sessions it was judged by. ``sought``
    is what the result looked up in vain and the original has, used by it or not, without what the user dropped.
    """

    basis: Basis
    plan: Plan
    result: Unpacked
    originals: tuple[Session, ...]
    session: Session
    evidence: Evidence
    verdict: Verdict
    sought: tuple[Missing, ...]


def traced(case: Case, probes: tuple[Probe, ...], name: str) -> tuple[Session, Evidence]:
    """A run of the original with these probes, under the tracer. Raises CannotError if there is none."""
    image, tracer = case.original.image, case.tools.tracer
    if tracer is None:
        raise CannotError("nothing traces here, and no evidence was given", "give evidence of earlier runs")
    with stage(case.sink, name), tracer.trace(made(case.directory / name)) as trace:
        settings = structs.replace(case.settings, probes=probes)
        session = run(case.prepared, image.config, settings, trace=trace)
        return session, trace.evidence(image.config_digest)


def planned(case: Case, basis: Basis) -> Plan:
    """The plan that follows."""
    wish, config = case.wanted.wish, case.original.image.config
    made_from = basis.evidence, wish, basis.thin, basis.repairs, case.catalog, basis.ended
    with stage(case.sink, "plan"):
        return decide(case.original, config, *made_from, partial(_spared, case))


def _spared(case: Case, kept: Collection[str], fates: Fates) -> Collection[str]:
    if case.previous is None:
        return ()

    def replaced(kept: Collection[str]) -> Mapping[str, bytes]:
        return pruned(case.original, case.catalog, kept, fates(kept))

    return spared(
        case.original,
        kept,
        case.previous,
        matcher(case.wanted.wish.drop),
        flatten=case.wanted.flatten,
        replaced=replaced,
    )


def built(case: Case, plan: Plan, directory: Path) -> Unpacked:
    """The image that the plan makes, read back from its own bytes; all of it below ``directory``."""
    kept = {each.path for each in plan.kept}
    image = build(
        case.original,
        kept,
        made(directory / "layers"),
        flatten=case.wanted.flatten,
        annotations=_base(case.original.image),
        sink=case.sink,
        previous=case.previous,
        replaced=pruned(case.original, case.catalog, kept, plan.units),
    )
    return unpack(image, made(directory / "plain"), case.sink)


def attempted(
    case: Case, basis: Basis, plan: Plan, result: Unpacked, originals: tuple[Session, ...], directory: Path
) -> Attempt:
    """Run the result, and judge it by its answers and by what it looked for."""
    config, place = result.image.config, made(directory / "run")
    terms = Terms(case.settings, case.tools.tracer, directory, case.sink)
    with case.tools.runner.prepare(result, config, place, case.sink) as prepared, stage(case.sink, "verify"):
        ran = watched(terms, prepared, config, "trace", originals[0])
    verdict, known = judge(terms, case.prepared, case.original.image.config, originals, ran.session)
    seen = ran.evidence or Evidence("", "")
    trees = case.original.tree, result.tree
    lost = _not_dropped(case, missing(basis.evidence, trees[0], seen, trees[1]))
    return Attempt(
        basis, plan, result, known, ran.session, seen, doubted(verdict, lost), _not_dropped(case, sought(seen, *trees))
    )


def _not_dropped(case: Case, lost: tuple[Missing, ...]) -> tuple[Missing, ...]:
    """Those that the user did not drop."""
    dropped = matcher(case.wanted.wish.drop)

    def by_user(path: str) -> bool:
        resolved = case.original.tree.resolve(path)
        return any(map(dropped, (resolved.path or path.strip("/"), *resolved.links)))

    return tuple(found for found in lost if not by_user(found.path))


def _base(image: Image) -> dict[str, str]:
    """Annotations that name the original, where it has a name that means something elsewhere (annotations.md)."""
    known = {BASE_DIGEST: image.manifest_digest} if image.stored_manifest else {}
    transport, _, name = image.reference.partition(":")
    if transport == "docker-daemon" and not name.startswith("sha256:"):
        known[BASE_NAME] = full_name(name)
    return known


def made(directory: Path) -> Path:
    """A private directory, made with those above it."""
    directory.mkdir(parents=True, mode=0o700)
    return directory
