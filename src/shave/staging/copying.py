"""What is copied to a last stage, and which directories it makes: what is everybody's is copied file by file."""

from collections import Counter
from collections.abc import Iterable, Iterator
from posixpath import dirname

from shave import facts
from shave.accounts import parsed
from shave.staging.built import Built
from shave.staging.protocol import Directory
from shave.tree import Tree, parents

_PASSWD = "/etc/passwd"
_MOST_COPIES, _MOST_REMOVED, _LEAST_REMOVED, _MOST_PASSWD = 16, 8, 100_000, 1 << 20


def copies(built: Built, base: str) -> tuple[str, ...]:
    """What is to be copied, directories for all that is in them; absolute paths."""
    places = tuple(dict.fromkeys(_places(built.tree, _wanted(built, base))))
    if len(places) > _MOST_COPIES:
        above = (dirname(each) if dirname(each) not in _shared() else each for each in places)
        places = tuple(dict.fromkeys(above))
    return tuple(f"/{each}" for each in places if not any(above in places for above in parents(each)))


def _wanted(built: Built, base: str) -> list[str]:
    """All that has to be there; an image of the language as base brings what somebody unpacked in the base of the
    build.
    """
    is_plain = base == built.system != built.building.base
    return sorted(built.own | built.foreign if is_plain else built.own)


def files(built: Built, base: str) -> frozenset[str]:
    """What of it are files."""
    return frozenset(path for path in copies(built, base) if path.strip("/") not in built.tree.children)


def removed(built: Built, base: str) -> tuple[str, ...]:
    """What is large below directories that are copied, and not needed; absolute paths."""
    copied = {path.strip("/") for path in copies(built, base)}
    below = {path for path in built.tree.nodes if not copied.isdisjoint(parents(path))} - built.tree.children.keys()
    sizes: Counter[str] = Counter()
    left = sorted(below.difference(_wanted(built, base)))
    for path, place in zip(left, _places(built.tree, left), strict=True):
        sizes[place] += built.tree.nodes[path].entry.size
    return tuple(sorted(f"/{place}" for place, size in sizes.most_common(_MOST_REMOVED) if size >= _LEAST_REMOVED))


def directories(built: Built, base: str) -> tuple[Directory, ...]:
    """New directories, above copies or among them, that are not root's, or not as COPY and WORKDIR make them."""
    copied = [path.strip("/") for path in copies(built, base)]
    home = _home(built) if base != "scratch" and _home(built) != built.working else ""
    paths = {*copied, *(above for path in copied for above in parents(path)), built.working, home}
    found = []
    for path in sorted(path for path in paths if path in built.tree and built.is_new(path)):
        entry = built.tree.nodes[path].entry
        is_made = path != home and (entry.uid, entry.gid, entry.mode & 0o7777) == (0, 0, 0o755)
        if entry.kind == "directory" and not is_made:
            found.append(Directory(f"/{path}", entry.mode & 0o7777, entry.uid, entry.gid))
    return tuple(found)


def _home(built: Built) -> str:
    """The home directory of who runs it; "" where nobody says."""
    path = built.tree.resolve(_PASSWD).path
    known = parsed(built.scene.files.read(path, 0, _MOST_PASSWD) if path else b"", b"")
    number = known.owner(built.scene.config.run.user.partition(":")[0] or "0")
    said = next((each.home for each in known.users.values() if each.uid == number), "")
    return built.scene.environment.get("HOME", said).strip("/")


def _shared() -> frozenset[str]:
    """Directories that other files of a base may be in."""
    system = facts.load("application")["system"]
    below = (f"{above}/{name}" for above in ("usr", "usr/local") for name in facts.load("application")["everybodys"])
    return frozenset((*system, *below))


def _places(tree: Tree, paths: Iterable[str]) -> Iterator[str]:
    """The paths; for all that is in a directory which is not everybody's, the directory."""
    chosen = tuple(paths)
    left = Counter(above for path in tree.nodes if path and path not in tree.children for above in parents(path))
    left.subtract(above for path in chosen for above in parents(path))
    shared = _shared()
    for path in chosen:
        whole = (above for above in reversed([*parents(path)]) if not left[above] and above not in shared)
        yield next(whole, path)
