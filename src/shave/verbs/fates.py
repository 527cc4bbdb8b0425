"""What became of each unit, and which listed directories lost entries: what a user checks a plan by."""

from collections.abc import Collection, Iterable, Iterator

from shave.package import Package
from shave.plan import Fate, Listing, UnitFate
from shave.scene import Scene
from shave.tightening.bytecode import Bytecode
from shave.tightening.parts import Parts
from shave.tightening.protocol import Tightening
from shave.tree import Node


def fates(scene: Scene, kept: Collection[str]) -> tuple[UnitFate, ...]:
    """Each unit that has files: whole if all but documentation and the like stays, gone if nothing does, else split."""
    rules: tuple[Tightening, ...] = (Parts(scene), Bytecode(scene))
    found = (_fate(scene, package, kept, rules) for package in scene.catalog.packages)
    return tuple(fate for fate in found if fate)


def _fate(scene: Scene, package: Package, kept: Collection[str], rules: tuple[Tightening, ...]) -> UnitFate | None:
    nodes = [node for path in package.paths if (node := _own(scene, package, path))]
    stay = [node for node in nodes if node.entry.path in kept]
    go = [node for node in nodes if node.entry.path not in kept]
    lost = [node for node in go if not any(rule.spares(node.entry.path) for rule in rules)]
    if not nodes:
        return None
    fate: Fate = "gone" if not stay else "split" if lost else "whole"
    return UnitFate(
        package.unit, package.version, fate, _bytes(stay), _bytes(go), len(stay), len(go), len(lost), _bytes(lost)
    )


def _bytes(nodes: Iterable[Node]) -> int:
    return sum(node.entry.size for node in nodes)


def _own(scene: Scene, package: Package, path: str) -> Node | None:
    """A file of a package that is there and that no earlier manager's package has."""
    node = scene.tree.nodes.get(path)
    return node if node and node.entry.kind == "file" and scene.owners.get(path) is package else None


def listings(scene: Scene, kept: Collection[str]) -> tuple[Listing, ...]:
    """Directories that a run listed and that lost entries, sorted."""
    return tuple(_listings(scene, kept))


def _listings(scene: Scene, kept: Collection[str]) -> Iterator[Listing]:
    for path, how in sorted(scene.used.items()):
        children = scene.tree.children.get(path, ()) if "listed" in how else ()
        lost = [child for child in children if child not in kept]
        if lost:
            yield Listing(path, len(lost), len(children))
