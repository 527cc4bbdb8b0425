"""Users and groups of a spec, and who owns what it adds. Sources: passwd(5), group(5), useradd(8)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from shave.errors import CannotError, UsageError
from shave.needs import Files
from shave.origins.placing import Member, placed
from shave.spec import Group, Spec, User
from shave.stage import Stage, Stratum, laid
from shave.tree import Entry, Tree

PASSWD, GROUP = "etc/passwd", "etc/group"
NOWHERE = "/nonexistent"
_ROOT = User("root", 0, home="/root", comment="root")
_HOME = 0o700
_MOST_BYTES = 1 << 20
# chown(2) takes the highest number for "as it is"
_MOST_ID = (1 << 32) - 2
_MOST_DIGITS, _SHOWN = 10, 8
_NAME = re.compile(r"[^:\s\0/-][^:\s\0/]*")
# Filesystem Hierarchy Standard 3.0, and what base-passwd says of its users
_SYSTEMS = re.compile(r"|bin|sbin|dev|etc|lib|proc|run|sys|tmp|usr(/.*)?|var(/[^/]+)?")
T = TypeVar("T")


class Owners(Struct, frozen=True):
    """The users of an image by name, each with its number and its group's, and its groups; root is always known."""

    users: dict[str, tuple[int, int]]
    groups: dict[str, int]

    def of(self, user: str, group: str) -> tuple[int, int]:
        """The numbers of an owner; the group is by default the user's own. Raises CannotError for unknown names."""
        uid, own = self._user(user or "root")
        return uid, self._group(group) if group else own

    def _user(self, user: str) -> tuple[int, int]:
        if not is_number(user):
            return _known({"root": (0, 0)} | self.users, user, "user")
        uid = _number(int(user), user)
        return next((known for known in self.users.values() if known[0] == uid), (uid, uid))

    def _group(self, group: str) -> int:
        return _number(int(group), group) if is_number(group) else _known({"root": 0} | self.groups, group, "group")


def is_number(text: str) -> bool:
    """Whether a word may be a uid or gid: images may say anything, in any length."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def owners(files: Files) -> Owners:
    """Who is known in an image."""
    users = {words[0]: (int(words[2]), int(words[3])) for words in rows(files, PASSWD, 4)}
    groups = {words[0]: int(words[2]) for words in rows(files, GROUP, 3)}
    return Owners(users, groups)


def accounts(spec: Spec, below: Stage, directory: Path, mtime: int) -> tuple[Stratum, ...]:
    """The users and groups of a spec, added to those of the image, root, and homes, which are for their users alone.

    Raises UsageError for names and numbers that no system has.
    """
    if not spec.users and not spec.groups:
        return ()
    known = {words[0] for words in rows(below, PASSWD, 4)}
    users = (*(user for user in (_ROOT,) if user.name not in known), *spec.users)
    groups = (*_own_groups(users, spec.groups), *spec.groups)
    members = (
        *_homes(users, below.tree, mtime),
        _table(below, PASSWD, {user.name: _passwd(user) for user in users}, mtime),
        _table(below, GROUP, {group.name: _group(group) for group in groups}, mtime),
    )
    ordered = sorted(members, key=lambda member: member[0].path)
    return (laid("spec:user", "system", placed(ordered, below.tree, mtime), directory / "spec-user.tar"),)


def _own_groups(users: Iterable[User], groups: Iterable[Group]) -> Iterator[Group]:
    """The group of each user that is in no other's."""
    numbers = {group.gid for group in groups}
    for user in users:
        if _gid(user) not in numbers:
            numbers.add(_gid(user))
            yield Group(user.name, _gid(user))


def _gid(user: User) -> int:
    return user.uid if user.gid is None else user.gid


def _homes(users: Iterable[User], tree: Tree, mtime: int) -> Iterator[Member]:
    """The directories of users that live where nothing else does; those of a home in /bin own nothing there."""
    homes = {user.home.strip("/"): user for user in reversed([*users])}
    for path, user in homes.items():
        if f"/{path}" != NOWHERE and not _SYSTEMS.fullmatch(path) and tree.resolve(path).path is None:
            yield Entry(path, "directory", _HOME, user.uid, _gid(user), mtime), ()


def _table(below: Stage, path: str, lines: Mapping[str, str], mtime: int) -> Member:
    """A file of lines that begin with a name, with these added or in the place of those of their name."""
    before = [line for line in _text(below, path).splitlines() if line.partition(":")[0] not in lines]
    body = "".join(f"{line}\n" for line in (*before, *lines.values())).encode("utf-8", "surrogateescape")
    return Entry(path, "file", 0o644, mtime=mtime, size=len(body)), (body,)


def _passwd(user: User) -> str:
    numbers = str(_number(user.uid, user.name)), str(_number(_gid(user), user.name))
    return _line(user.name, "x", *numbers, user.comment, user.home, user.shell)


def _group(group: Group) -> str:
    return _line(group.name, "x", str(_number(group.gid, group.name)), ",".join(group.members))


def _line(name: str, *fields: str) -> str:
    if not _NAME.fullmatch(name) or any(character in field for field in fields for character in ":\n\0"):
        raise UsageError(f"the user or group {name!r} cannot be written", "no colon, no line break, no empty name")
    return ":".join((name, *fields))


def _number(number: int, name: str) -> int:
    if not 0 <= number <= _MOST_ID:
        raise UsageError(f"{number} is no number of a user or group ({name})", f"take one from 0 to {_MOST_ID}")
    return number


def rows(files: Files, path: str, fields: int) -> Iterator[list[str]]:
    """The lines of at least so many fields, all from the third on numbers."""
    for line in _text(files, path).splitlines():
        words = line.split(":")
        if len(words) >= fields and all(map(is_number, words[2:fields])):
            yield words


def _text(files: Files, path: str) -> str:
    found = files.tree.resolve(path).path
    entry = files.tree.get(found) if found else None
    is_file = found is not None and entry is not None and entry.kind == "file"
    return files.read(found, 0, _MOST_BYTES).decode("utf-8", "surrogateescape") if found and is_file else ""


def _known(table: Mapping[str, T], name: str, what: str) -> T:
    if name in table:
        return table[name]
    names = ", ".join([*table][:_SHOWN]) + (" …" if len(table) > _SHOWN else "")
    raise CannotError(f"the image has no {what} {name!r}", f"it has {names}; others come with [[{what}]]")
