"""What was installed as a whole: packages, their versions, their paths."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from msgspec import Struct

from shave.tree import Tree


class Package(Struct, frozen=True):
    """One installed package: ``manager`` ("dpkg"), its name and version as that manager prints them.

    ``paths`` are sorted, normalised as in ``shave.tree``, symlinked directories resolved; they need not be there any
    more. ``requires`` are units that its own record says it needs (``dpkg:libc6``: names as written there, without
    versions; of alternatives the first), ``source`` what it was built from where that has another name, ``asked``
    whether somebody asked for it by name (None where the manager does not say). ``kind`` says more of what it is, such
    as a .NET application's deployment model. ``within`` is the file that holds it whole, such as the jar of a nested
    jar or the program that a module was linked into; such a package has no paths of its own. ``architecture`` is what
    the system's package managers say of it, in their words ("amd64", "all", "x86_64", "noarch").
    """

    manager: str
    name: str
    version: str
    paths: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    source: str = ""
    asked: bool | None = None
    kind: str = ""
    within: str = ""
    architecture: str = ""

    @property
    def unit(self) -> str:
        """``manager:name``, such as ``dpkg:libc6:amd64``: the same in every version, different for every manager."""
        return f"{self.manager}:{self.name}"

    @property
    def bare(self) -> str:
        """The unit as others require it: dpkg's without the architecture."""
        name = self.name.partition(":")[0] if self.manager == "dpkg" else self.name
        return f"{self.manager}:{name}"


class Unread(Struct, frozen=True):
    """A record that could not be read, and why: what it says is not known, and nothing may be concluded from that."""

    path: str
    why: str


def holders(packages: Iterable[Package]) -> dict[str, Package]:
    """The package of each path: the first manager's that has it, as long as no other unit of that manager has it."""
    found: dict[str, Package] = {}
    shared: set[str] = set()
    for package in packages:
        for path in package.paths:
            before = found.setdefault(path, package)
            if before is not package and before.manager == package.manager and before.unit != package.unit:
                shared.add(path)
    for path in shared:
        del found[path]
    return found


def owners(packages: Iterable[Package]) -> dict[str, str]:
    """The unit of each path that has a holder."""
    found: dict[str, Any] = holders(packages)
    units: dict[int, str] = {}
    for path, package in found.items():  # in place: a second table would cost as much as the first
        found[path] = units.get(id(package)) or units.setdefault(id(package), package.unit)
    return found


def real_paths(tree: Tree) -> Callable[[str], str]:
    """Where a path of a record is, or would be: normalised, symlinked directories resolved as far as they are there.

    ``/lib/x`` is ``usr/lib/x`` where /lib is a symlink (merged /usr).
    """

    known = {"": ""}

    def step(here: str, part: str) -> str:
        if part == "..":
            return here.rpartition("/")[0]
        if part in ("", "."):
            return here
        below = f"{here}/{part}" if here else part
        entry = tree.get(below)
        found = tree.resolve(below).path if entry and entry.kind == "symlink" else None
        return below if found is None else found

    def directory(path: str) -> str:
        """Beside its own, only the directory above is kept: a path of a thousand parts would else cost a thousand."""
        if path not in known:
            above, _, name = path.rpartition("/")
            near = above
            while near not in known:
                near = near.rpartition("/")[0]
            known[above] = reduce(step, above[len(near) :].split("/"), known[near])
            known[path] = step(known[above], name)
        return known[path]

    def real(path: str) -> str:
        above, _, name = path.rstrip("/").rpartition("/")
        if name in ("", ".", ".."):
            return directory(path)
        return f"{directory(above)}/{name}".lstrip("/")

    return real
