"""Where files that a spec adds go: at real paths, below directories that are made if they are missing."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from shave.errors import CannotError
from shave.package import real_paths
from shave.tree import Entry, Kind, Tree, parents

Member = tuple[Entry, Iterable[bytes]]
_WORDS: dict[Kind, str] = {"directory": "a directory", "symlink": "a symlink that leads nowhere"}


def placed(members: Iterable[Member], tree: Tree, mtime: int) -> Iterator[Member]:
    """The members where ``tree`` has their directories, symlinks of it followed, after the directories that are missing
    (root's, 0755). A member stands after the directory that it is in, if that is one.

    Raises CannotError for a file in the place of a directory, and the other way round.
    """
    real, made = real_paths(tree), set[str]()
    for entry, body in members:
        path = real(entry.path)
        if entry.kind == "directory" and (leads := tree.resolve(path).path) is not None:
            path = leads
        _refuse_clash(tree, path, entry.kind)
        for above in reversed([*parents(path)]):
            if above not in tree and above not in made:
                yield Entry(above, "directory", 0o755, mtime=mtime), ()
                made.add(above)
        if entry.kind == "directory":
            made.add(path)
        if path:
            yield replace(entry, path=path, link=real(entry.link) if entry.kind == "hardlink" else entry.link), body


def _refuse_clash(tree: Tree, path: str, kind: Kind) -> None:
    """Something may take the place of its like; a directory is never hidden, and nothing goes below a file."""
    there = tree.get(path)
    if there and (there.kind == "directory") != (kind == "directory"):
        raise _clash(path, there.kind, "a directory" if kind == "directory" else "something else")
    for above in parents(path):
        entry = tree.get(above)
        if entry:
            if entry.kind != "directory":
                raise _clash(above, entry.kind, "a directory")
            return


def _clash(path: str, kind: Kind, wanted: str) -> CannotError:
    words = _WORDS.get(kind, "a file")
    return CannotError(f"/{path} is {words} in the image already: the spec wants {wanted} there", "give another path")
