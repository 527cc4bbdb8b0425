"""Merged trees against a small model, umoci, and the engine's own merge of the cases where readers differ."""

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import folded, nodes, timeline
from shave.errors import BadImageError
from shave.events import silent
from shave.overlay import overlay
from shave.reference import parse
from shave.sources import write_image
from shave.store import index
from shave.testing import Directory, File, Hardlink, Member, Opaque, Symlink, Whiteout, image, random_image
from shave.tree import Entry, LayerIndex, Node, Tree


def merged(*layers: dict[str, Member]) -> Tree:
    return overlay(index(image(*layers), silent))


def shape(tree: Tree) -> dict[str, tuple[str, int]]:
    return {path: (node.entry.kind, node.layer) for path, node in tree.nodes.items() if path}


def test_nothing_is_a_root() -> None:
    assert merged().nodes == {"": Node(Entry("", "directory", 0o755), 0, (0, ""))}


def test_whiteouts_hit_lower_layers_only() -> None:
    base: dict[str, Member] = {"a": b"0", "d/x": b"0", "d/y": b"0"}
    assert shape(merged(base, {"a": Whiteout()})).keys() == {"d", "d/x", "d/y"}
    assert shape(merged(base, {"d": Whiteout()})).keys() == {"a"}
    for first, second in (("a", "./a"), ("./a", "a")):
        members: dict[str, Member] = {first: b"1", second: b"1"}
        members[second] = Whiteout()
        assert shape(merged(base, members))["a"] == ("file", 1)
    assert shape(merged({"x": Whiteout(), "y": b""})) == {"y": ("file", 0)}


def test_opaque_directories() -> None:
    base: dict[str, Member] = {"d/": Directory(0o700), "d/x": b"0", "d/e/y": b"0"}
    assert shape(merged(base, {"d/new": b"1", "d": Opaque()})) == {"d": ("directory", 0), "d/new": ("file", 1)}
    assert shape(merged(base, {"d": File(b"1"), "./d": Opaque()})) == {"d": ("file", 1)}
    assert shape(merged(base, {"": Opaque()})) == {}


def test_the_last_of_a_layer_wins() -> None:
    tree = merged({"a": b"first", "./a": File(b"second", 0o600)})
    entry = tree.get("a")
    assert entry and (entry.size, entry.mode) == (6, 0o600)


def test_a_directory_over_a_directory_keeps_what_is_below() -> None:
    tree = merged({"d/": Directory(0o700), "d/x": b""}, {"d": Directory(0o711, uid=5)})
    entry = tree.get("d")
    assert entry and (entry.mode, entry.uid) == (0o711, 5)
    assert "d/x" in tree


def test_other_kinds_replace_whole_subtrees() -> None:
    assert shape(merged({"d/e/x": b""}, {"d": b""})) == {"d": ("file", 1)}
    assert shape(merged({"d": b""}, {"d/": Directory()})) == {"d": ("directory", 1)}
    assert shape(merged({"d": b""}, {"d/x": b""})) == {"d": ("directory", 1), "d/x": ("file", 1)}


def test_missing_parents_are_made_up_and_present_ones_stay() -> None:
    tree = merged({"a/b/c": b"", "tmp/": Directory(0o1777)}, {"tmp/x": b""})
    assert tree.nodes["a/b"].entry == Entry("a/b", "directory", 0o755)
    assert tree.nodes["tmp"].entry.mode == 0o1777


def test_a_path_through_a_lower_symlink_hides_it() -> None:
    tree = merged({"usr/lib/old": b"", "lib": Symlink("usr/lib")}, {"lib/new": b""})
    assert shape(tree) == {
        "lib": ("directory", 1),
        "lib/new": ("file", 1),
        "usr": ("directory", 0),
        "usr/lib": ("directory", 0),
        "usr/lib/old": ("file", 0),
    }


def test_hard_links_share_an_inode_and_its_metadata() -> None:
    tree = merged(
        {"a": File(b"x", 0o4755), "b": Hardlink("a"), "c": Hardlink("b"), "s": Symlink("a"), "t": Hardlink("s")}
    )
    assert {tree.nodes[path].inode for path in "abc"} == {(0, "a")}
    assert [tree.nodes[path].entry.mode for path in "abc"] == [0o4755] * 3
    assert (tree.nodes["t"].entry.kind, tree.nodes["t"].inode) == ("symlink", (0, "s"))
    assert tree.inodes == {(0, "a"): ("a", "b", "c"), (0, "s"): ("s", "t")}


def test_a_hard_link_lives_on_when_its_first_name_goes() -> None:
    tree = merged({"a": b"x", "b": Hardlink("a")}, {"a": b"other"})
    assert (tree.nodes["b"].inode, tree.nodes["a"].inode) == ((0, "a"), (1, "a"))


def test_names_of_one_layer_never_collide() -> None:
    tree = merged(
        {
            "a": b"1",
            "b": Hardlink("a"),
            "c": Hardlink("a"),
            "./a": b"22",
            "d": Hardlink("a"),
            "./b": b"333",
            "././a": b"4444",
        }
    )
    assert {path: (tree.nodes[path].entry.size, tree.nodes[path].inode) for path in "abcd"} == {
        "a": (4, (0, "a")),
        "b": (3, (0, "b")),
        "c": (1, (0, "c")),
        "d": (2, (0, "d")),
    }


def test_a_hard_link_to_a_lower_layer_stays_with_its_body() -> None:
    tree = merged({"a": b"x"}, {"b": Hardlink("a")})
    assert (tree.nodes["b"].layer, tree.nodes["b"].inode) == (0, (0, "a"))


@pytest.mark.parametrize(
    "members", [{"a": Hardlink("b")}, {"d/": Directory(), "a": Hardlink("d")}, {"a": Hardlink("a")}]
)
def test_hard_links_to_nothing(members: dict[str, Member]) -> None:
    with pytest.raises(BadImageError, match=r"layer 1 .*hard link 'a'"):
        merged(members)


def test_deep_paths_are_no_recursion() -> None:
    deep = LayerIndex("sha256:0", (Entry("a/" * 2040 + "f", "file"),))
    tree = overlay([deep, LayerIndex("sha256:1", (), ("a",))])
    assert len(overlay([deep])) == 2042
    assert len(tree) == 1


NAMES = st.sampled_from(("a", "b", "c"))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
KINDS = st.sampled_from(("file", "directory", "directory"))
TARGETS = st.sampled_from(("a", "/b", "../c", "a/b", "./c/..", "../../a/../b"))
LINKS = st.builds(lambda path, target: Entry(path, "symlink", link=target), PATHS, TARGETS)
LAYERS = st.builds(
    lambda entries, whiteouts, opaque: LayerIndex("sha256:0", tuple(entries), tuple(whiteouts), tuple(opaque)),
    st.lists(st.one_of(st.builds(Entry, PATHS, KINDS, st.integers(0, 0o777)), LINKS), max_size=8),
    st.lists(PATHS, max_size=2),
    st.lists(PATHS, max_size=1),
)


def model(layers: list[LayerIndex]) -> dict[str, tuple[str, int, int]]:
    """What overlayfs does, said in the slowest way: kind, mode and layer by path."""
    seen: dict[str, tuple[str, int, int]] = {}
    for number, layer in enumerate(layers):
        gone = {path for path in seen for dead in layer.whiteouts if f"{path}/".startswith(f"{dead}/")}
        gone |= {path for path in seen for dead in layer.opaque if path.startswith(f"{dead}/")}
        seen = {path: value for path, value in seen.items() if path not in gone}
        links: dict[str, str] = {}
        for entry in layer.entries:
            *above, last = entry.path.split("/")
            path = f"{inside(seen, links, number, above)}/{last}".lstrip("/")
            if entry.kind != "directory":
                seen = {other: value for other, value in seen.items() if not other.startswith(f"{path}/")}
            seen[path] = (entry.kind, entry.mode, number)
            links[path] = entry.link
    return seen


def inside(seen: dict[str, tuple[str, int, int]], links: dict[str, str], number: int, parts: list[str]) -> str:
    """Go into each directory as the layer itself has it; one that it has not is made, over whatever is below."""
    here: list[str] = []
    todo, hops = parts[::-1], 0
    while todo:
        part = todo.pop()
        path = "/".join([*here, part])
        if part == "..":
            here = here[:-1]
        elif seen.get(path, ("", 0, 0))[::2] == ("symlink", number):
            hops += 1
            if hops > 40:
                raise BadImageError("a circle")
            here = [] if links[path].startswith("/") else here
            todo += links[path].split("/")[::-1]
        elif part not in ("", "."):
            here.append(part)
    for path in ("/".join(here[: n + 1]) for n in range(len(here))):
        kind, _, layer = seen.get(path, ("", 0, 0))
        if kind == "file" and layer == number:
            raise BadImageError("below a file")
        if kind != "directory":
            seen[path] = ("directory", 0o755, number)
    return "/".join(here)


@given(st.lists(LAYERS, max_size=4))
def test_as_the_model_merges(layers: list[LayerIndex]) -> None:
    try:
        expected = model(layers)
    except BadImageError:
        with pytest.raises(BadImageError):
            overlay(layers)
        return
    tree = overlay(layers)
    found = {path: (node.entry.kind, node.entry.mode, node.layer) for path, node in tree.nodes.items() if path}
    assert found == expected
    assert list(tree.nodes) == sorted(tree.nodes)
    assert all(path.rpartition("/")[0] in tree for path in tree.nodes)


class Inode:
    def __init__(self, layer: int, entry: Entry) -> None:
        self.layer, self.entry, self.names = layer, entry, [entry.path]
        self.name = ""


SPOTS = st.sampled_from(("a", "b", "c", "d/a", "d/b", "d-", "d"))
LINKED = st.builds(
    lambda entries, whiteouts: LayerIndex("sha256:0", tuple(entries), tuple(whiteouts)),
    st.lists(
        st.one_of(
            st.builds(Entry, SPOTS, st.just("file"), st.integers(0, 0o777)),
            st.builds(lambda path, target: Entry(path, "hardlink", link=target), SPOTS, SPOTS),
        ),
        max_size=9,
    ),
    st.lists(SPOTS, max_size=2),
)


def inodes(layers: list[LayerIndex]) -> dict[str, Inode]:
    """Hard links said in the slowest way: the inode of each path that is no directory."""
    seen: dict[str, Inode] = {}
    for number, layer in enumerate(layers):
        gone = [path for path in seen for dead in layer.whiteouts if f"{path}/".startswith(f"{dead}/")]
        seen = {path: inode for path, inode in seen.items() if path not in gone}
        here: list[Inode] = []
        fresh: set[str] = set()
        for entry in layer.entries:
            path = entry.path
            if entry.kind == "hardlink" and entry.link not in seen:
                raise BadImageError("a link to nothing")
            inode = seen[entry.link] if entry.kind == "hardlink" else Inode(number, entry)
            if path == entry.link:
                continue
            if path[:2] == "d/" and "d" in seen:
                if "d" in fresh:
                    raise BadImageError("below a file")
                del seen["d"]
            seen = {other: value for other, value in seen.items() if not other.startswith(f"{path}/")}
            seen[path] = inode
            here.append(inode)
            fresh.add(path)
            if entry.kind == "hardlink" and inode.layer == number:
                inode.names = [name for name in inode.names if name != path] + [path]
        for inode in here:
            if inode.layer == number:
                inode.name = next((name for name in inode.names if seen.get(name) is inode), "")
    return seen


@given(st.lists(LINKED, max_size=3), st.sampled_from((2, 5, 1 << 14)), st.sampled_from((0, 1 << 14)))
def test_hard_links_as_the_model_has_them(layers: list[LayerIndex], run: int, few: int) -> None:
    """Also in many small runs and blocks, which otherwise only images of many thousand entries have."""
    with (
        patch.object(timeline, "RUN_EVENTS", run),
        patch.object(folded, "BLOCK_VALUES", run),
        patch.object(nodes, "FEW", few),
    ):
        try:
            expected = inodes(layers)
        except BadImageError:
            with pytest.raises(BadImageError):
                overlay(layers)
            return
        found = {path: node for path, node in overlay(layers).nodes.items() if node.entry.kind != "directory"}
    assert {path: (node.inode, node.layer, node.entry.mode) for path, node in found.items()} == {
        path: ((inode.layer, inode.name), inode.layer, inode.entry.mode) for path, inode in expected.items()
    }


def on_disk(root: Path) -> Iterator[tuple[str, tuple[object, ...]]]:
    for path in sorted(root.rglob("*")):
        found = path.lstat()
        kind = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}[stat.S_IFMT(found.st_mode)]
        link = str(path.readlink()) if kind == "symlink" else ""
        mode = 0o777 if kind == "symlink" else found.st_mode & 0o7777
        size = found.st_size if kind == "file" else 0
        links = found.st_nlink if kind == "file" else 1
        yield (
            str(path.relative_to(root)),
            (kind, mode, found.st_uid, found.st_gid, found.st_mtime_ns, size, link, links),
        )


@pytest.mark.oracle
@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="owners need root")
@pytest.mark.parametrize("seed", range(4))
def test_as_umoci_unpacks(seed: int, tmp_path: Path) -> None:
    made = random_image(seed)
    write_image(made, parse(f"oci:{tmp_path}/layout:x"))
    command = ["umoci", "raw", "unpack", "--image", f"{tmp_path}/layout:x", str(tmp_path / "root")]
    subprocess.run(command, check=True, capture_output=True)
    tree = overlay(index(made, silent))
    names = {path: tree.inodes.get(node.inode, (path,)) for path, node in tree.nodes.items()}
    expected = {
        node.entry.path: (
            node.entry.kind,
            node.entry.mode,
            node.entry.uid,
            node.entry.gid,
            node.entry.mtime,
            node.entry.size,
            node.entry.link,
            len(names[node.entry.path]) if node.entry.kind == "file" else 1,
        )
        for node in tree
        if node.entry.path
    }
    assert dict(on_disk(tmp_path / "root")) == expected
