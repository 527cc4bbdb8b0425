"""Layers made up at random, and what a container sees of their trees."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from shave.errors import BadImageError
from shave.overlay import overlay
from shave.tar_reader import scan
from shave.testing import Directory, File, Hardlink, Member, Opaque, Symlink, Whiteout, layer_tar
from shave.tree import LayerIndex, Tree

BIG = b"0123456789abcdef" * 1000


def fresh(tmp_path: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=tmp_path))


def view(tree: Tree, paths: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """All that a container sees of the paths: metadata, content hash, which of them are one inode."""
    names: dict[tuple[int, str], list[str]] = {}
    for path in sorted(paths):
        names.setdefault(tree.nodes[path].inode, []).append(path)
    return {
        path: (replace(tree.nodes[path].entry, offset=0), tuple(names[tree.nodes[path].inode]))
        for group in names.values()
        for path in group
    }


NAMES = st.sampled_from(("a", "b", "d", "d/a", "d/b", "d/e", "d/e/a"))
MEMBERS = st.one_of(
    st.builds(
        File, st.binary(max_size=3), st.sampled_from((0o644, 0o4755)), st.integers(0, 2), mtime=st.integers(0, 2)
    ),
    st.builds(Directory, st.sampled_from((0o755, 0o1777)), st.integers(0, 2)),
    st.builds(Symlink, st.just("a")),
    st.just(Whiteout()),
    st.just(Opaque()),
    st.builds(Hardlink, st.sampled_from(("a", "d/a"))),
    st.just(File(BIG)),
)


def readable(layers: list[dict[str, Member]]) -> list[dict[str, Member]]:
    """The layers without the members that would make a hard link lead to nothing."""
    possible: list[dict[str, Member]] = []
    for layer in layers:
        possible.append({})
        for path, member in layer.items():
            trial = {**possible[-1], path: member}
            if _is_readable([*possible[:-1], trial]):
                possible[-1] = trial
    return possible


def _is_readable(layers: list[dict[str, Member]]) -> bool:
    contents = [scan([layer_tar(layer)]) for layer in layers]
    try:
        overlay([LayerIndex("", found.entries, found.whiteouts, found.opaque) for found in contents])
    except BadImageError:
        return False
    return True
