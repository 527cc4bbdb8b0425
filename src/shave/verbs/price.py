"""What each grain would keep: the price of safety, known before anything is built."""

from collections.abc import Iterable, Mapping

from shave.plan import Grain, Price
from shave.reason import Because, Reason
from shave.scene import Scene

_EVIDENCE: tuple[Because, ...] = ("trace", "repair")
_NEED: tuple[Because, ...] = ("need",)
_LAST = (3, 0)


def price(grain: Grain, scene: Scene, kept: Mapping[str, tuple[Reason, ...]]) -> Price:
    """Bytes, files and units of what is kept, hard links once, each byte under the best reason that it has."""
    best: dict[tuple[int, str], tuple[int, int]] = {}
    units: set[str] = set()
    for path, reasons in kept.items():
        node = scene.tree.nodes.get(path)
        if node and node.entry.kind == "file":
            best[node.inode] = min(best.get(node.inode, _LAST), (_rank(reasons), node.entry.size))
            units.add(scene.unit(path))
    evidence, need, habit = (sum(size for rank, size in best.values() if rank == wanted) for wanted in range(3))
    return Price(grain, evidence + need + habit, len(best), len(units - {""}), evidence, need, habit)


def _rank(reasons: Iterable[Reason]) -> int:
    """0 for what runs showed, 1 for what files need, 2 for the rest."""
    because = {reason.because for reason in reasons}
    return 0 if because.intersection(_EVIDENCE) else 1 if because.intersection(_NEED) else 2
