"""What became of each unit, and which listed directories lost entries: what a user checks a plan by."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from shave.package import Package
from shave.plan import Fate, Listing, UnitFate
from shave.scene import Scene
from shave.tightening.bytecode import Bytecode
from shave.tightening.parts import Parts
from shave.tightening.protocol import Tightening
from shave.tree import Node
from shave.widening.matter import Matter


def fates(scene: Scene, kept: Collection[str]) -> tuple[UnitFate, ...]:
    """Of each package of the catalogue, in its order: gone if nothing that it is there for stays, whole if all but
    documentation and the like does, else split.
    """
    rules: tuple[Tightening, ...] = (scene.once(Parts), scene.once(Bytecode))
    gone = _gone(scene, kept)
    return tuple(_fate(scene, package, kept, rules, id(package) in gone) for package in scene.catalog.packages)


def _fate(scene: Scene, package: Package, kept: Collection[str], rules: tuple[Tightening, ...], gone: bool) -> UnitFate:
    nodes = [node for path in package.paths if (node := _own(scene, package, path))]
    stay = [node for node in nodes if node.entry.path in kept]
    go = [node for node in nodes if node.entry.path not in kept]
    lost = [node for node in go if not any(rule.spares(node.entry.path) for rule in rules)]
    fate: Fate = "gone" if gone else "split" if lost else "whole"
    held = {node.inode for node in stay}
    sizes, counts = (_bytes(stay), _bytes(go, held)), (len(stay), len(go), len(lost))
    return UnitFate(
        package.unit, package.version, fate, *sizes, *counts, _bytes(lost, held), package.architecture, package.source
    )


def _bytes(nodes: Iterable[Node], held: Collection[tuple[int, str]] = ()) -> int:
    """Bytes of files, those of several names (hard links) once; nothing for those that are ``held`` by another name."""
    return sum({node.inode: node.entry.size for node in nodes if node.inode not in held}.values())


def _own(scene: Scene, package: Package, path: str) -> Node | None:
    """A file of a package that is there and that no earlier manager's package has."""
    node = scene.tree.nodes.get(path)
    return node if node and node.entry.kind == "file" and scene.owners.get(path) is package else None


def _gone(scene: Scene, kept: Collection[str]) -> set[int]:
    """The packages that are gone. One that is there for others alone goes with the first of them."""
    matter = scene.once(Matter)
    gone, empty = set[int](), list[Package]()
    for package in scene.catalog.packages:
        paths = (package.within,) if package.within else matter.of(package)
        if not paths:
            empty.append(package)
        elif not any(path in kept for path in paths):
            gone.add(id(package))
    waiting = _waiting(scene, empty)
    todo = list(gone)
    while todo:
        more = waiting.pop(todo.pop(), set()) - gone
        gone |= more
        todo += more
    return gone


def _waiting(scene: Scene, empty: Iterable[Package]) -> dict[int, set[int]]:
    """The packages that are there for others alone, by each of these others."""
    by_name = {package.bare: id(package) for package in scene.catalog.packages}
    found: defaultdict[int, set[int]] = defaultdict(set)
    for package in empty:
        for unit in package.requires:
            if unit in by_name:
                found[by_name[unit]].add(id(package))
    return found


def listings(scene: Scene, kept: Collection[str]) -> tuple[Listing, ...]:
    """Directories that a run listed and that lost entries, sorted."""
    return tuple(_listings(scene, kept))


def _listings(scene: Scene, kept: Collection[str]) -> Iterator[Listing]:
    for path, how in sorted(scene.used.items()):
        children = scene.tree.children.get(path, ()) if "listed" in how else ()
        lost = [child for child in children if child not in kept]
        if lost:
            yield Listing(path, len(lost), len(children))
