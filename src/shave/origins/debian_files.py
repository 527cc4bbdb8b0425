"""Which files of a Debian package come into the image, and where: merged /usr, documentation left out."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from shave.debian.merged_usr import ALIASES, merged
from shave.errors import BadImageError
from shave.globs import matcher
from shave.spec import Spec
from shave.tree import Entry, parents
from shave.waste.facts import Classifier, facts

LEFT_OUT = frozenset({"docs", "man", "locales"})
"""Kinds of waste facts; copyright files, which licences ask for, are none of them."""
_DOCUMENTATION = "usr/share/doc"
Takes = Callable[[Entry, str], bool]
"""Whether an entry comes in at a path of the image."""


def selection(spec: Spec) -> Takes:
    """What the spec includes, or neither excludes nor is documentation, a manual or a translation."""
    included = matcher(merged(glob.lstrip("/")) for glob in spec.include)
    excluded = matcher(merged(glob.lstrip("/")) for glob in spec.exclude)
    known = Classifier(fact for fact in facts() if fact.kind in LEFT_OUT)

    def takes(entry: Entry, path: str) -> bool:
        if included(path):
            return True
        return not excluded(path) and (known(path, entry.size) is None or _leads_to_copyright(entry, path))

    return takes


def _leads_to_copyright(entry: Entry, path: str) -> bool:
    """Packages of one source may have one directory of documentation and symlinks to it (Policy 12.3)."""
    return entry.kind == "symlink" and path.rpartition("/")[0] == _DOCUMENTATION


def chosen(entries: Sequence[Entry], takes: Takes) -> dict[str, str]:
    """Where each entry that comes in goes, by its path in the package. A directory comes if something in it does, or
    if the package has nothing in it.
    """
    where: dict[str, str] = {}
    full: set[str] = set()
    needed: set[str] = set()
    directories: dict[str, Entry] = {}
    for entry in entries:
        full.add(entry.path.rpartition("/")[0])
        if entry.kind == "directory":
            directories[entry.path] = entry
        elif takes(entry, path := merged(entry.path)):
            where[entry.path] = path
            needed.update(parents(entry.path))
    for path, entry in reversed(directories.items()):
        place = f"usr/{path}" if path in ALIASES else merged(path)
        if path in needed or (path not in full and takes(entry, place)):
            where[path] = place
            needed.update(parents(path))
    return where


def roots(entries: Sequence[Entry]) -> dict[str, Entry]:
    """The file that each hard link leads to, by its path. Raises BadImageError where none stands before it."""
    found: dict[str, Entry] = {}
    files: dict[str, Entry] = {}
    wanted = {entry.link for entry in entries if entry.kind == "hardlink"}
    for entry in entries if wanted else ():
        if entry.kind == "hardlink":
            if entry.link not in files:
                raise BadImageError(f"its hard link /{entry.path} leads to /{entry.link}, which it does not have")
            found[entry.path] = files[entry.link]
        if entry.path in wanted and entry.kind != "directory":
            files[entry.path] = found.get(entry.path, entry)
    return found


def placed(entries: Sequence[Entry], where: Mapping[str, str]) -> Iterator[Entry]:
    """The entries that have a place, each there. A hard link whose file has none is that file itself."""
    targets = roots(entries)
    homes = {target.path: where[target.path] for target in targets.values() if target.path in where}
    for entry in entries:
        place = where.get(entry.path)
        if place is None:
            continue
        target = targets[entry.path] if entry.kind == "hardlink" else entry
        home = homes.setdefault(target.path, place)
        yield replace(target, path=place) if home == place else replace(entry, path=place, link=home)
