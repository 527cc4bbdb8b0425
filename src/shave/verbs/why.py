"""Why a path is there, was kept or dropped: its layer and instruction, and the chain of reasons from the plan."""

from collections.abc import Iterator

from msgspec import Struct

from shave.errors import CannotError
from shave.history import layer_instructions
from shave.oci import Config
from shave.plan import Kept, Plan
from shave.reason import Reason
from shave.tree import Tree


class Step(Struct, frozen=True):
    """One path of a chain and the reason that keeps it; the next step is the reason's source."""

    path: str
    reason: Reason


class Answer(Struct, frozen=True):
    """``shave.why/v1``. ``layer`` is None where the path is not in the image; ``fate`` comes from the plan, if there
    is one.

    ``chains`` has one chain for each reason of the path, each from the path to what needs no further reason.
    """

    path: str
    layer: int | None
    instruction: str
    bytes: int
    fate: str
    rule: str
    chains: tuple[tuple[Step, ...], ...]
    links: tuple[str, ...] = ()


def why(tree: Tree, config: Config, plan: Plan | None, path: str) -> Answer:
    """The answer for one path of an image, symlinks followed. Raises CannotError if neither image nor plan know it."""
    name = path.strip("/")
    resolved = tree.resolve(name)
    real = resolved.path if resolved.path is not None else name
    kept = {found.path: found for found in plan.kept} if plan else {}
    dropped = {found.path: found for found in plan.dropped} if plan else {}
    node = tree.nodes.get(real)
    if node is None and real not in dropped and real not in kept:
        raise CannotError(f"/{name} is not in the image", "give an absolute path as the container sees it")
    # an image without layers has a root nevertheless
    layer = node.layer if node and config.rootfs.diff_ids else None
    return Answer(
        real,
        layer,
        layer_instructions(config)[layer] if layer is not None else "",
        node.entry.size if node else dropped[real].bytes if real in dropped else kept[real].bytes,
        "kept" if real in kept else "dropped" if real in dropped else "",
        dropped[real].rule if real in dropped else "",
        tuple(tuple(_chain(kept, real, reason)) for reason in kept[real].reasons) if real in kept else (),
        resolved.links,
    )


def _chain(kept: dict[str, Kept], path: str, reason: Reason) -> Iterator[Step]:
    seen = {path}
    yield Step(path, reason)
    while reason.source and reason.source in kept and reason.source not in seen:
        path = reason.source
        seen.add(path)
        reason = kept[path].reasons[0]
        yield Step(path, reason)
