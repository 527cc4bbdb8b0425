from shave.closure import closure
from shave.reason import Link, Reason
from shave.tree import Entry, Node, Tree

WHY = Reason("trace", "opened by start")


def tree(**paths: str) -> Tree:
    """A tree of files (""), directories ("/") and symlinks (their target); ``__`` stands for a slash."""
    nodes = {"": Node(Entry("", "directory"), 0, (0, ""))}
    for name, what in sorted(paths.items()):
        path = name.replace("__", "/")
        entry = Entry(path, "file") if not what else Entry(path, "directory")
        if what and what != "/":
            entry = Entry(path, "symlink", link=what)
        nodes[path] = Node(entry, 0, (0, path))
    return Tree(nodes)


def none(path: str) -> tuple[Link, ...]:
    return ()


def never(path: str) -> bool:
    return False


def test_keeps_parents_and_symlinks_on_the_way() -> None:
    image = tree(usr="/", usr__lib="/", usr__lib__x="", lib="usr/lib", other="")
    kept = closure(image, [("/lib/x", WHY)], none, never)
    assert list(kept) == ["", "lib", "usr", "usr/lib", "usr/lib/x"]
    assert kept["usr/lib/x"] == (WHY,)
    assert kept["lib"][0].because == "symlink"
    assert kept["usr"][0].because == "directory"


def test_follows_links_once_and_names_their_reason() -> None:
    image = tree(a="", b="", c="")
    asked: list[str] = []

    def links(path: str) -> list[Link]:
        asked.append(path)
        return [Link({"a": "b", "b": "c", "c": "a"}[path], Reason("need", "NEEDED", path))]

    kept = closure(image, [("a", WHY)], links, never)
    assert asked == ["a", "b", "c"]
    assert kept["c"] == (Reason("need", "NEEDED", "b"),)
    assert kept["a"] == (WHY, Reason("need", "NEEDED", "c"))


def test_a_dangling_symlink_is_kept_and_an_absent_path_ignored() -> None:
    image = tree(log="/dev/stdout")
    assert list(closure(image, [("/log", WHY), ("/nowhere", WHY)], none, never)) == ["", "log"]


def test_what_is_dropped_is_not_followed() -> None:
    image = tree(a="", b="")
    kept = closure(image, [("a", WHY)], lambda path: [Link("b", WHY)], lambda path: path == "a")
    assert list(kept) == [""]


def test_symlink_loops_end() -> None:
    image = tree(a="b", b="a")
    assert set(closure(image, [("a", WHY)], none, never)) == {"", "a", "b"}
