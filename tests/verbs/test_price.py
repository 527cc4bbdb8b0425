"""What a grain costs, and on what its bytes rest."""

import scenes
from shave.package import Package
from shave.plan import Price
from shave.reason import Reason
from shave.scene import Scene
from shave.tree import Node, Tree
from shave.verbs.price import price

USED, NEEDED, HABIT = (Reason(because, "") for because in ("trace", "need", "habit"))


def test_each_byte_counts_once_under_the_best_of_its_reasons() -> None:
    package = Package("dpkg", "tool", "1", ("a", "b"))
    known = scenes.scene({"a": b"1", "b": b"22", "c": b"333", "d": "a", "e/f": b""}, packages=(package,))
    kept = {"": (HABIT,), "a": (HABIT, USED), "b": (HABIT, NEEDED), "c": (HABIT,), "d": (USED,), "e": (HABIT,)}
    assert price("unit", known, kept) == Price("unit", 6, 3, 1, 1, 2, 3)


def test_a_file_of_two_names_counts_once_under_the_better_ones_reason() -> None:
    known = scenes.scene({"a": b"4444", "b": b"4444"})
    nodes = dict(known.tree.nodes)
    nodes["b"] = Node(nodes["b"].entry, 0, nodes["a"].inode)
    known.files.tree = Tree(nodes)  # type: ignore[misc]
    linked = Scene(known.files, known.config, known.evidence, known.catalog)
    assert price("unit", linked, {"a": (HABIT,), "b": (USED,)}) == Price("unit", 4, 1, 0, 4, 0, 0)
