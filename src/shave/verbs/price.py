"""What each grain would keep: the price of safety, known before anything is built."""

from collections.abc import Iterable, Mapping

from shave.plan import Grain, Price
from shave.reason import Because, Reason
from shave.scene import Scene

_EVIDENCE: tuple[Because, ...] = ("trace", "repair")
_NEED: tuple[Because, ...] = ("need",)


def price(grain: Grain, scene: Scene, kept: Mapping[str, tuple[Reason, ...]]) -> Price:
    """Bytes, files and units of what is kept, hard links once, each byte under the best reason that it has."""
    bytes_by, files, units, seen = {"evidence": 0, "need": 0, "habit": 0}, 0, set[str](), set[tuple[int, str]]()
    for path, reasons in kept.items():
        node = scene.tree.nodes.get(path)
        if node is None or node.entry.kind != "file" or node.inode in seen:
            continue
        seen.add(node.inode)
        files += 1
        bytes_by[_rests_on(reasons)] += node.entry.size
        if path in scene.owners:
            units.add(scene.owners[path].unit)
    evidence, need, habit = bytes_by["evidence"], bytes_by["need"], bytes_by["habit"]
    return Price(grain, evidence + need + habit, files, len(units), evidence, need, habit)


def _rests_on(reasons: Iterable[Reason]) -> str:
    because = {reason.because for reason in reasons}
    if because.intersection(_EVIDENCE):
        return "evidence"
    return "need" if because.intersection(_NEED) else "habit"
