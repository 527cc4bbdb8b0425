"""Whether a result's entries are the original's, read by Python's tarfile: a reader that shares no code with shave."""

import json
import re
import tarfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple


class Member(NamedTuple):
    """What must stay the same of a path; ``inode`` names the first path of its hard links."""

    kind: bytes
    mode: int
    owner: tuple[int, int]
    mtime: Decimal
    xattrs: tuple[tuple[str, str], ...]
    link: str
    bytes: int
    inode: tuple[int, str]


Tree = dict[str, Member]
RECORDS = re.compile(
    r"var/lib/(dpkg/(status|diversions|(info|status\.d)/.+)|apt/extended_states)"
    r"|(usr/)?lib/apk/db/installed|etc/apk/world|.+\.(dist-info/RECORD|egg-info/installed-files\.txt)"
)
"""What package managers write of themselves: in a result it is about the result."""


def read(layout: Path) -> Tree:
    """The merged tree of the only image in an OCI layout."""
    tree: Tree = {}
    manifest = blob(layout, json.loads((layout / "index.json").read_text())["manifests"][0])
    for number, layer in enumerate(manifest["layers"]):
        with tarfile.open(path_of(layout, layer)) as tar:
            apply(tree, number, tar)
    return tree


def path_of(layout: Path, descriptor: dict[str, str]) -> Path:
    """Where a layout has a blob."""
    return layout / "blobs" / descriptor["digest"].replace(":", "/")


def blob(layout: Path, descriptor: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """A JSON blob of a layout."""
    document: dict[str, list[dict[str, str]]] = json.loads(path_of(layout, descriptor).read_text())
    return document


def apply(tree: Tree, number: int, tar: tarfile.TarFile) -> None:
    """Lay one layer over the tree: its whiteouts first, since they hit lower layers only."""
    members = [(normal(info.name), info) for info in tar]
    for path, _ in members:
        folder, _, name = path.rpartition("/")
        if name == ".wh..wh..opq":
            remove(tree, folder, itself=False)
        elif name.startswith(".wh."):
            remove(tree, f"{folder}/{name[4:]}".lstrip("/"))
    for path, info in members:
        if path and not path.rpartition("/")[2].startswith(".wh."):
            if not info.isdir():
                remove(tree, path)
            tree[path] = member(tree, number, path, info)


def normal(name: str) -> str:
    """A member's name without leading ``./`` or ``/``."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def remove(tree: Tree, top: str, itself: bool = True) -> None:
    """Take a subtree out, with or without its top."""
    if itself and (top not in tree or tree[top].kind != tarfile.DIRTYPE):
        tree.pop(top, None)
        return
    for path in [path for path in tree if path.startswith(top + "/") or (itself and path == top)]:
        del tree[path]


def member(tree: Tree, number: int, path: str, info: tarfile.TarInfo) -> Member:
    """What counts of a tar member; a hard link has all of its inode but the name."""
    if info.islnk() and normal(info.linkname) in tree:
        return tree[normal(info.linkname)]
    xattrs = sorted((name, value) for name, value in info.pax_headers.items() if name.startswith("SCHILY.xattr."))
    mtime = Decimal(info.pax_headers.get("mtime", int(info.mtime)))
    owner = (info.uid, info.gid)
    # Docker of old writes the file type into the mode field too
    kind = tarfile.REGTYPE if info.isreg() else info.type
    return Member(kind, info.mode & 0o7777, owner, mtime, tuple(xattrs), info.linkname, info.size, (number, path))


def differences(original: Tree, result: Tree) -> list[str]:
    """One line for each entry of ``result`` that is not the original's in every respect; records may have less in them
    or say more.
    """
    found = []
    for path, now in result.items():
        before = original.get(path)
        if before is None:
            found.append(f"{path}: not in the original")
        elif judged(path, before) != judged(path, now):
            found.append(f"{path}: {before[:-1]} became {now[:-1]}")
    if links(original, result) != links(result, result):
        found.append("hard links are not the same")
    return found


def judged(path: str, member: Member) -> tuple[object, ...]:
    """What must stay the same of a path, whatever its inode is called."""
    return (member._replace(bytes=0) if RECORDS.fullmatch(path) else member)[:-1]


def links(tree: Tree, kept: Tree) -> set[tuple[str, ...]]:
    """The groups of kept names that share an inode in ``tree``."""
    names: dict[tuple[int, str], list[str]] = defaultdict(list)
    for path in kept.keys() & tree.keys():
        names[tree[path].inode].append(path)
    return {tuple(sorted(group)) for group in names.values() if len(group) > 1}
