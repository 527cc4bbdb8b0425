"""Why a path is there, was kept or dropped: its layer and instruction, and the chain of reasons from the plan."""

from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct

from shave.errors import CannotError
from shave.history import layer_instructions
from shave.oci import Config
from shave.plan import Dropped, Kept, Plan
from shave.reason import Reason, foremost
from shave.tree import Tree, parents
from shave.verbs.keeping import keep_below, keep_path, keep_unit

MOST_STEPS = 50


class Step(Struct, frozen=True):
    """One path of a chain and the reason that keeps it; the next step is the reason's source."""

    path: str
    reason: Reason


class Inside(Struct, frozen=True):
    """What of a directory the plan keeps and drops: everything below it that holds nothing itself, and its bytes."""

    kept_files: int
    kept_bytes: int
    dropped_files: int
    dropped_bytes: int


class Answer(Struct, frozen=True):
    """``shave.why/v1``. ``layer`` is None where the path is not in the image; ``fate`` comes from the plan, if there
    is one.

    ``chains`` has one chain for each reason of the path, the foremost first, each from the path to what needs no
    further reason, of at most 50 steps. ``unit`` is what the path is of; ``inside`` tells of a directory; ``keep`` are
    the options that would keep what is dropped.
    """

    path: str
    layer: int | None
    instruction: str
    bytes: int
    fate: str
    rule: str
    chains: tuple[tuple[Step, ...], ...]
    links: tuple[str, ...] = ()
    unit: str = ""
    inside: Inside | None = None
    keep: tuple[str, ...] = ()


def why(tree: Tree, config: Config, plan: Plan | None, path: str) -> Answer:
    """The answer for one path of an image, symlinks followed. Raises CannotError if neither image nor plan know it."""
    name = path.strip("/")
    resolved = tree.resolve(name)
    real = resolved.path if resolved.path is not None else name
    kept = {found.path: found for found in plan.kept} if plan else {}
    gone = next((found for found in plan.dropped if found.path == real), None) if plan else None
    node, stays = tree.nodes.get(real), kept.get(real)
    known = stays or gone
    if node is None and known is None:
        raise CannotError(f"/{name} is not in the image", "give an absolute path as the container sees it")
    # an image without layers has a root nevertheless
    layer = node.layer if node and config.rootfs.diff_ids else None
    inside = _inside(plan, real) if plan else None
    return Answer(
        real,
        layer,
        layer_instructions(config)[layer] if layer is not None else "",
        node.entry.size if node else known.bytes if known else 0,
        "kept" if stays else "dropped" if gone else "",
        gone.rule if gone else "",
        tuple(tuple(_chain(kept, real, reason)) for reason in _ordered(stays.reasons)) if stays else (),
        resolved.links,
        known.unit if known else "",
        inside,
        tuple(_options(real, gone, inside)),
    )


def _ordered(reasons: tuple[Reason, ...]) -> list[Reason]:
    first = foremost(reasons)
    return [first, *(reason for reason in reasons if reason != first)]


def _inside(plan: Plan, directory: str) -> Inside | None:
    """None for a path that holds nothing."""
    prefix = f"{directory}/" if directory else ""
    stay = [found for found in plan.kept if found.path.startswith(prefix) and found.path]
    go = [found for found in plan.dropped if found.path.startswith(prefix)]
    if not stay and not go:
        return None
    names = chain((found.path for found in stay), (found.path for found in go))
    holding = {above for name in names for above in parents(name)}
    return Inside(*_sums(stay, holding), *_sums(go, holding))


def _sums(found: Iterable[Kept | Dropped], holding: set[str]) -> tuple[int, int]:
    leaves = [each.bytes for each in found if each.path not in holding]
    return len(leaves), sum(leaves)


def _options(path: str, gone: Dropped | None, inside: Inside | None) -> Iterator[str]:
    if inside and inside.dropped_files:
        yield keep_below(path)
    elif gone:
        yield keep_path(path)
    if gone and gone.unit:
        yield keep_unit(gone.unit)


def _chain(kept: dict[str, Kept], path: str, reason: Reason) -> Iterator[Step]:
    seen = {path}
    yield Step(path, reason)
    while reason.source and reason.source in kept and reason.source not in seen and len(seen) < MOST_STEPS:
        path = reason.source
        seen.add(path)
        reason = foremost(kept[path].reasons)
        yield Step(path, reason)
