"""Link resolution against the kernel's own."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.tree import Entry, Node, Tree, parents

LAYOUT = {
    "usr": "/",
    "usr/lib": "/",
    "usr/lib/x": "",
    "lib": "usr/lib",
    "abs": "/usr/lib/x",
    "up": "../../usr/./lib//x",
    "loop": "loop2",
    "loop2": "loop",
    "dangling": "nowhere",
    "dir": "/",
    "dir/back": "../lib",
    "through": "usr/lib/x/y",
}


def tree() -> Tree:
    nodes = {"": Node(Entry("", "directory"), 0, (0, ""))}
    for path, what in sorted(LAYOUT.items()):
        kind = "directory" if what == "/" and path != "abs" else "symlink" if what else "file"
        nodes[path] = Node(Entry(path, kind, link=what if kind == "symlink" else ""), 0, (0, path))  # type: ignore[arg-type]
    return Tree(nodes)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("root")
    for path, what in LAYOUT.items():
        if what == "/":
            (made / path).mkdir()
        elif what:
            (made / path).symlink_to(what)
        else:
            (made / path).write_text("x")
    return made


def kernel(root: Path, path: str) -> str | None:
    """Where openat2(RESOLVE_IN_ROOT) leads, by way of a child that is chrooted there."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.chroot(root)
        os.chdir("/")
        try:
            Path(path or "/").stat()
            os.write(writing, b"+" + os.fsencode(os.path.realpath(path or "/")))
        except OSError:
            os.write(writing, b"-")
        os._exit(0)
    os.close(writing)
    answer = os.read(reading, 4096).decode()
    os.close(reading)
    os.waitpid(child, 0)
    return answer[1:].strip("/") if answer[0] == "+" else None


parts = st.sampled_from(["usr", "lib", "x", "abs", "up", "loop", "dangling", "dir", "back", "through", "..", ".", ""])


@pytest.mark.root
@given(st.lists(parts, min_size=1, max_size=6))
def test_resolves_as_the_kernel_does(root: Path, found: list[str]) -> None:
    path = "/" + "/".join(found)
    assert tree().resolve(path).path == kernel(root, path)


def test_names_the_links_on_the_way() -> None:
    assert tree().resolve("/dir/back/x").links == ("dir/back", "lib")
    assert tree().resolve("abs", follow_last=False).path == "abs"
    assert len(tree().resolve("loop").links) == 40


def test_parents() -> None:
    assert list(parents("a/b/c")) == ["a/b", "a"]


def test_hard_links_are_one_inode_and_count_once() -> None:
    nodes = {
        path: Node(Entry(path, kind, size=10), layer, inode)
        for path, kind, layer, inode in (
            ("", "directory", 0, (0, "")),
            ("a", "file", 1, (1, "a")),
            ("b", "file", 0, (0, "a")),
            ("c", "file", 1, (1, "a")),
            ("d", "file", 0, (0, "a")),
            ("e", "symlink", 1, (1, "e")),
            ("f", "symlink", 1, (1, "e")),
            ("g", "file", 0, (0, "gone")),
        )
    }
    found = Tree(nodes)  # type: ignore[arg-type]
    assert found.inodes == {(1, "a"): ("a", "c"), (0, "a"): ("b", "d"), (1, "e"): ("e", "f")}
    assert found.content_bytes == 30
