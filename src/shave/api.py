"""The verbs for Python, as ``import shave`` gives them: values in, values out, tools and places found as usual.

>>> import shave
>>> with shave.open("oci:dir:app") as image, shave.slim(image) as slimmed:  # doctest: +SKIP
...     if slimmed.image:
...         shave.write(slimmed.image, "oci:dir:app-slim")
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

from msgspec import structs

from shave import helper, plans
from shave.architectures import PLATFORMS
from shave.budgets import Budget
from shave.catalog import catalog
from shave.catalog.explained import Explained
from shave.catalog.explained import explain as explain_image
from shave.config import Settings
from shave.dockerfiles import STDIN, Source, sources
from shave.errors import CannotError
from shave.events import Remark, Sink, silent
from shave.finding import Finding
from shave.image import Image, ImageIndex
from shave.lint import LintSettings
from shave.lock import Lock
from shave.oci import Config, Platform
from shave.plan import Plan
from shave.probe import Verdict
from shave.reference import Reference, parse
from shave.runners import choose as choose_runner
from shave.runners import runs_here
from shave.seccomp import MACHINES
from shave.sources import locate, open_image, open_images, write_image
from shave.spec import Spec
from shave.store import Unpacked, tree_of, unpack
from shave.tightening.bytecode import BYTECODE
from shave.tracers import choose as choose_tracer
from shave.tracers.protocol import Tracer
from shave.trust import CAREFUL, Trust
from shave.verbs.attach import Known
from shave.verbs.attach import known as known_verb
from shave.verbs.build import Built
from shave.verbs.build import Wanted as BuildWanted
from shave.verbs.build import build as build_verb
from shave.verbs.check import Checked
from shave.verbs.check import check as check_verb
from shave.verbs.copy import Change, Copied
from shave.verbs.copy import copy as copy_verb
from shave.verbs.diff import Diffed
from shave.verbs.diff import diff as diff_verb
from shave.verbs.doctor import Doctored
from shave.verbs.doctor import doctor as doctor_verb
from shave.verbs.inspect import files as files_verb
from shave.verbs.inspect import inspect as inspect_verb
from shave.verbs.inspected import FileRow, Inspected
from shave.verbs.lint import World
from shave.verbs.lint import lint as lint_verb
from shave.verbs.lint_bases import bases as weigh_bases
from shave.verbs.lint_building import Building
from shave.verbs.lint_chosen import Chosen
from shave.verbs.lint_fix import Wish, is_any, is_safe
from shave.verbs.lint_mend import Mended, Proving
from shave.verbs.lint_mend import mend as mend_verb
from shave.verbs.lint_prove import Tried, prove
from shave.verbs.lint_trees import as_old, made_again
from shave.verbs.linted import Linted
from shave.verbs.locking import locked
from shave.verbs.propose import propose as propose_verb
from shave.verbs.pull import Link
from shave.verbs.remembered import look
from shave.verbs.size import Reading, Sized, weigh
from shave.verbs.size import size as size_verb
from shave.verbs.slim import Slimmed, Tools, Wanted
from shave.verbs.slim import slim as slim_verb
from shave.verbs.trace import Traced
from shave.verbs.trace import trace as trace_verb
from shave.verbs.validate import Mismatch
from shave.verbs.validate import validate as validate_verb
from shave.verbs.verify import verify as verify_verb
from shave.verbs.why import Answer
from shave.verbs.why import why as why_verb
from shave.workspace import workspace

_DEFAULTS = Settings()
_WANTED = Wanted()
_BUILD = BuildWanted()
_UNCHANGED = Change()
_READING = Reading()
_LINT = LintSettings()
_BUILDING = Building()


def open(  # noqa: A001 (the name users read: shave.open)
    reference: str | Reference, platform: Platform | None = None, sink: Sink = silent, trust: Trust = CAREFUL
) -> AbstractContextManager[Image]:
    """The image at ``reference``, usable inside the context; a bare name is resolved as on the command line."""
    return open_image(locate(reference) if isinstance(reference, str) else reference, platform, sink, trust)


def write(image: Image, reference: str | Reference, sink: Sink = silent, trust: Trust = CAREFUL) -> None:
    """Write ``image`` whole or not at all."""
    write_image(image, parse(reference) if isinstance(reference, str) else reference, sink, trust)


def open_all(
    reference: str | Reference, sink: Sink = silent, trust: Trust = CAREFUL
) -> AbstractContextManager[ImageIndex]:
    """The images for all platforms of ``reference``, usable inside the context; attestations are left out."""
    return open_images(locate(reference) if isinstance(reference, str) else reference, sink, trust)


def copy(
    image: Image | ImageIndex,
    reference: str | Reference,
    change: Change = _UNCHANGED,
    sink: Sink = silent,
    trust: Trust = CAREFUL,
) -> Copied:
    """Write ``image`` to ``reference`` and say what of it had to be copied; ``change`` is what is to be different.

    Raises MismatchError if it is not what it claims to be; then nothing is written.
    """
    images = image if isinstance(image, ImageIndex) else ImageIndex(image.reference, (image,))
    target = parse(reference) if isinstance(reference, str) else reference
    with workspace() as directory:
        return copy_verb(images, target, change, directory, sink, trust)


def validate(image: Image | ImageIndex, sink: Sink = silent) -> tuple[Mismatch, ...]:
    """All claims of the image, or of the images of an index, that its bytes do not bear out."""
    return validate_verb(image, sink)


@contextmanager
def slim(
    image: Image,
    settings: Settings = _DEFAULTS,
    wanted: Wanted = _WANTED,
    *,
    previous: Image | None = None,
    runner: str = "auto",
    tracer: str = "auto",
    sink: Sink = silent,
) -> Iterator[Slimmed]:
    """A smaller image that behaves the same, usable inside the context; ``settings`` says which probes show that.

    ``previous`` is the result of an earlier build: its layers are taken over where they hold what is needed. Raises
    NotRunningError if the original does not run, CannotError if it cannot be run or traced here.
    """
    with workspace() as directory:
        if helper.serves(runner, image.config):
            slimmed = helper.slim(image, settings, tracer, wanted, directory, sink, previous)
            yield structs.replace(slimmed, runner=helper.NAME)
        else:
            tools = Tools(choose_runner(runner, image.config), _tracer(tracer, wanted))
            tracing = tools.tracer.name if tools.tracer else "nothing"
            sink(Remark(f"run by {tools.runner.name}, traced by {tracing}, in {directory}", "detail"))
            yield slim_verb(image, settings, tools, wanted, directory, sink, previous)


@contextmanager
def build(
    spec: Spec,
    context: Path,
    lock: Lock | None = None,
    wanted: BuildWanted = _BUILD,
    *,
    runner: str | None = "auto",
    sink: Sink = silent,
) -> Iterator[Built]:
    """The image of a spec and of the files below ``context``, usable inside the context.

    With a ``lock`` nothing is resolved: it says all that comes from archives and registries. Without a ``runner``, and
    for a machine that this is not, its probes are not asked. Raises CannotError for what cannot be resolved, fetched,
    put together or run here.
    """
    with workspace() as directory:
        agreed = lock or locked(spec, context, sink, wanted.trust)
        config = Config(PLATFORMS[agreed.architecture].architecture, "linux")
        chosen = choose_runner(runner, config) if runner and spec.probes and runs_here(config) else None
        yield build_verb(spec, context, agreed, wanted, chosen, directory, sink)


def propose(
    image: Image,
    settings: Settings = _DEFAULTS,
    *,
    runner: str = "auto",
    tracer: str = "auto",
    sink: Sink = silent,
) -> Spec:
    """A spec that gives what ``image`` uses for its probes, without the rest.

    Raises NotRunningError if the image does not run, CannotError for one that is not Debian's or shows too little.
    """
    wanted = Wanted(dry_run=True)
    with slim(image, settings, wanted, runner=runner, tracer=tracer, sink=sink) as found, workspace() as directory:
        unpacked, reference = _unpacked(image, directory / "image", sink), str(image.reference)
        owned = catalog(unpacked)
        said = found.plan, found.evidence, found.release
        return propose_verb(unpacked, image.config, owned, *said, reference, settings)


def trace(
    image: Image,
    settings: Settings = _DEFAULTS,
    *,
    runner: str = "auto",
    tracer: str = "auto",
    sink: Sink = silent,
) -> Traced:
    """What the probes use of the image, as an evidence file says it.

    Raises NotRunningError if the image does not run, CannotError if it cannot be run or traced here.
    """
    with workspace() as directory:
        if helper.serves(runner, image.config):
            return structs.replace(helper.trace(image, settings, tracer, directory, sink), runner=helper.NAME)
        return trace_verb(image, settings, choose_runner(runner, image.config), choose_tracer(tracer), directory, sink)


def known(image: Image, sink: Sink = silent) -> Known:
    """What ``verbs.attach`` asks of an image whose containers are started by others."""
    if image.config.architecture not in MACHINES:
        machine = image.config.architecture or "an unknown machine"
        raise CannotError(f"{image.reference} is for {machine}, whose system calls are not known")
    with workspace() as directory:
        return known_verb(_unpacked(image, directory / "image", sink))


def size(
    *images: Image,
    baseline: Image | None = None,
    has: Sequence[Image] = (),
    links: Sequence[Link] = (),
    reading: Reading = _READING,
    sink: Sink = silent,
) -> Sized:
    """What each of ``images`` costs, its ratio to ``baseline`` (by default the first), and what they share.

    ``links`` are those over which the time of a pull is asked, ``has`` the images that a node has already. Without
    ``Reading(deep=True)``, images of registries are weighed by their manifests alone.
    """
    weights, against, there = (
        [weigh(image, reading, sink) for image in some] for some in (images, [baseline] if baseline else [], has)
    )
    return size_verb(weights, against, there, links)


def verify(
    original: Image, other: Image, settings: Settings = _DEFAULTS, *, runner: str = "auto", sink: Sink = silent
) -> Verdict:
    """Whether ``other`` answers the probes as ``original`` does."""
    return _verified(original, other, settings, runner, sink, lambda found, _: (found, _made_again(other)))


def _verified(
    original: Image,
    other: Image,
    settings: Settings,
    runner: str,
    sink: Sink,
    adapted: Callable[[Unpacked, Unpacked], tuple[Unpacked, Collection[str]]],
) -> Verdict:
    """``verify``, of the other as it is ``adapted`` to the original, which says what it makes again, too."""
    with workspace() as directory:
        if helper.serves(runner, original.config):
            return helper.verify(original, other, settings, "auto", directory, sink)
        chosen = choose_runner(runner, original.config)
        one, two = (_unpacked(image, directory / name, sink) for image, name in ((original, "one"), (other, "two")))
        # a trace only tells when a program without a port is ready, and Docker hands no listener on before 23
        tracer = None if chosen.name == "docker" else choose_tracer()
        adapted_two, again = adapted(two, one)
        return verify_verb(one, adapted_two, settings, chosen, tracer, directory, sink, again)


def lint(
    *paths: str | Path,
    settings: LintSettings = _LINT,
    image: Image | None = None,
    context: Path | None = None,
    bases: Trust | None = None,
    name: str = STDIN,
    words: Sequence[str] = (),
    sink: Sink = silent,
) -> Linted:
    """What of Dockerfiles makes images fat or stops the build; of directories all below, "-" is standard input.

    ``image`` is the one that was built from the Dockerfile: its layers say what findings cost. ``context`` is what
    COPY takes from, ``name`` what standard input is called. With ``bases`` the engine and registries, trusted so far,
    are asked what the images cost that stages start from, and smaller ones. ``words`` are options of the command line
    that the next step is to keep. Raises UsageError where there is no Dockerfile, and for an image that was built from
    another.
    """
    given = tuple(map(str, paths))
    with _world(image, context, bases, sink) as world:
        return lint_verb(sources(given, name), (*words, *given), settings, world, sink)


def mend(
    *paths: str | Path,
    unsafe: bool = False,
    settings: LintSettings = _LINT,
    image: Image | None = None,
    context: Path | None = None,
    bases: Trust | None = None,
    proving: Proving | None = None,
    name: str = STDIN,
    words: Sequence[str] = (),
    sink: Sink = silent,
) -> Mended:
    """Dockerfiles with the safe fixes of what ``lint`` finds, or with all, and what is left. No file is written.

    With ``proving``, as ``prover`` makes it, with those that hold.
    """
    given = tuple(map(str, paths))
    with _world(image, context, bases, sink) as world:
        wish = is_any if unsafe else is_safe
        return mend_verb(sources(given, name), wish, (*words, *given), settings, world, sink, proving)


def prover(
    context: Path | None = None,
    building: Building = _BUILDING,
    settings: Settings = _DEFAULTS,
    *,
    runner: str = "auto",
    sink: Sink = silent,
) -> Proving:
    """What builds a Dockerfile before and after its fixes, and compares files and the answers to the probes.

    Without a ``context`` each is built from the directory that it is in.
    """

    def judge(original: Image, other: Image) -> Verdict:
        return _verified(
            original, other, settings, runner, sink, lambda found, old: (as_old(found, old), made_again(old))
        )

    def proving(source: Source, wish: Wish, asked: Chosen) -> Tried:
        with workspace() as directory:
            return prove(source, context or Path(source.path).parent, wish, building, judge, directory, sink, asked)

    return proving


@contextmanager
def _world(image: Image | None, context: Path | None, bases: Trust | None, sink: Sink) -> Iterator[World]:
    with workspace() if image else nullcontext(Path()) as directory:
        world = World(image, directory, context)
        yield structs.replace(world, weigh=partial(weigh_bases, trust=bases, sink=sink)) if bases else world


def doctor(image: Image, settings: Settings = _DEFAULTS, *, runner: str | None = None, sink: Sink = silent) -> Doctored:
    """Why no container of ``image`` can start, and what it will miss when it does.

    Its files say so; with a ``runner`` it is started too, and asked the probes. Raises CannotError if it cannot be run
    here.
    """
    with workspace() as directory:
        chosen = choose_runner(runner, image.config) if runner else None
        return doctor_verb(image, settings, chosen, directory, sink)


def why(image: Image, path: str, plan: Plan | None = None, sink: Sink = silent) -> Answer:
    """Why ``path`` is in the image, was kept or dropped; without ``plan``, by the one remembered for the image."""
    return why_verb(tree_of(image, sink), image.config, plan or plans.recall(image.config_digest), path)


def explain(image: Image, sink: Sink = silent) -> Explained:
    """One look at every layer of ``image``, and what its package managers' records say."""
    return explain_image(image, sink)


def inspect(image: Image | Explained, base: Image | None = None, sink: Sink = silent) -> Inspected:
    """Where the bytes of ``image`` come from and what of them is waste. ``base`` is the image it was built on."""
    return inspect_verb(image, base, sink) if isinstance(image, Explained) else look(image, base, sink)


def files(image: Explained, findings: Iterable[Finding] = ()) -> Iterator[FileRow]:
    """Every visible path of ``image`` with its layer, unit, bytes, and the finding that it is in."""
    return files_verb(image, findings)


def diff(before: Image | Explained, after: Image | Explained, globs: Sequence[str] = (), sink: Sink = silent) -> Diffed:
    """What changed from one image to another; of paths only those that match one of ``globs``, if there are any."""
    one, two = (image if isinstance(image, Explained) else explain(image, sink) for image in (before, after))
    return diff_verb(one, two, globs)


def check(image: Image, budgets: Iterable[Budget], against: Image | None = None, sink: Sink = silent) -> Checked:
    """Whether ``image`` keeps its budgets, and what breaks them; growth is measured ``against`` another image.

    Budgets are made by ``budgets.of_word("packed=200MB")`` and ``budgets.of_growth("1%")`` of ``shave.budgets``.
    """
    return check_verb(image, budgets, against, sink)


def _made_again(image: Image) -> frozenset[str]:
    """The bytecode that the plan which made ``image`` left out since its source is there; none of an unknown image."""
    plan = plans.recall(image.config_digest)
    return frozenset(gone.path for gone in plan.dropped if gone.rule == BYTECODE) if plan else frozenset()


def _tracer(name: str, wanted: Wanted) -> Tracer | None:
    """The tracer, or None where nothing can trace and, with evidence of earlier runs, nothing has to."""
    try:
        return choose_tracer(name)
    except CannotError:
        if wanted.evidence is None:
            raise
        return None


def _unpacked(image: Image, directory: Path, sink: Sink) -> Unpacked:
    directory.mkdir(mode=0o700)
    return unpack(image, directory, sink)
