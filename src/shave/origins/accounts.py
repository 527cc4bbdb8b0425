"""Users and groups of a spec, and who owns what it adds. Sources: passwd(5), group(5), useradd(8)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from shave.accounts import NOWHERE, Account, Accounts, Membership, group, is_number, parsed, passwd
from shave.errors import CannotError, UsageError
from shave.needs import Files
from shave.origins.placing import Member, placed
from shave.spec import Spec, User
from shave.stage import Stage, Stratum, laid
from shave.tree import Entry, Tree

_ROOT = Account("root", 0, 0, "root", "/root")
_PASSWD, _GROUP = "etc/passwd", "etc/group"
_HOME = 0o700
_MOST_BYTES = 1 << 20
# chown(2) takes the highest number for "as it is"
_MOST_ID = (1 << 32) - 2
_SHOWN = 8
_NAME = re.compile(r"[^:\s\0/-][^:\s\0/]*")
# Filesystem Hierarchy Standard 3.0, and what base-passwd says of its users
_SYSTEMS = re.compile(r"|bin|sbin|dev|etc|lib|proc|run|sys|tmp|usr(/.*)?|var(/[^/]+)?")
T = TypeVar("T")


def known(files: Files) -> Accounts:
    """Who is known in an image."""
    return parsed(_read(files, _PASSWD), _read(files, _GROUP))


def owner(accounts: Accounts, user: str, group: str) -> tuple[int, int]:
    """The numbers of a user, by default root, and of a group, by default the user's own.

    Raises CannotError for names that the image does not know; root it always does.
    """
    users = {"root": _ROOT} | {**accounts.users}
    if is_number(user):
        uid = _number(int(user), user)
        own = next((each.gid for each in users.values() if each.uid == uid), uid)
    else:
        found = _known(users, user or "root", "user")
        uid, own = found.uid, found.gid
    return uid, _gid(accounts, group) if group else own


def _gid(accounts: Accounts, group: str) -> int:
    if is_number(group):
        return _number(int(group), group)
    return _known({"root": Membership("root", 0)} | {**accounts.groups}, group, "group").gid


def accounts(spec: Spec, below: Stage, directory: Path, mtime: int) -> tuple[Stratum, ...]:
    """The users and groups of a spec, added to those of the image, root, and homes, which are for their users alone.

    Raises UsageError for names and numbers that no system has.
    """
    if not spec.users and not spec.groups:
        return ()
    there = known(below)
    users = [*([] if "root" in there.users else [_ROOT]), *map(_account, spec.users)]
    named = [Membership(each.name, each.gid, each.members) for each in spec.groups]
    for user in users:
        _refuse_odd(user.name, (user.uid, user.gid), (user.comment, user.home, user.shell))
        there = there.user(user)
    for each in (*_own_groups(users, named), *named):
        _refuse_odd(each.name, (each.gid,), each.members)
        there = there.group(each)
    files = ((_PASSWD, passwd(there)), (_GROUP, group(there)))
    tables = ((Entry(path, "file", 0o644, mtime=mtime, size=len(body)), (body,)) for path, body in files)
    ordered = sorted((*_homes(users, below.tree, mtime), *tables), key=lambda member: member[0].path)
    return (laid("spec:user", "system", placed(ordered, below.tree, mtime), directory / "spec-user.tar"),)


def _account(user: User) -> Account:
    gid = user.uid if user.gid is None else user.gid
    return Account(user.name, user.uid, gid, user.comment, user.home, user.shell)


def _own_groups(users: Iterable[Account], groups: Iterable[Membership]) -> Iterator[Membership]:
    """The group of each user that is in no other's."""
    numbers = {each.gid for each in groups}
    for user in users:
        if user.gid not in numbers:
            numbers.add(user.gid)
            yield Membership(user.name, user.gid)


def _homes(users: Iterable[Account], tree: Tree, mtime: int) -> Iterator[Member]:
    """The directories of users that live where nothing else does; those of a home in /bin own nothing there."""
    homes = {user.home.strip("/"): user for user in reversed([*users])}
    for path, user in homes.items():
        if f"/{path}" != NOWHERE and not _SYSTEMS.fullmatch(path) and tree.resolve(path).path is None:
            yield Entry(path, "directory", _HOME, user.uid, user.gid, mtime), ()


def _refuse_odd(name: str, numbers: Iterable[int], texts: Iterable[str]) -> None:
    """Raise UsageError for what cannot stand in a line."""
    for number in numbers:
        _number(number, name)
    if not _NAME.fullmatch(name) or any(character in text for text in texts for character in ":\n\0"):
        raise UsageError(f"the user or group {name!r} cannot be written", "no colon, no line break, no empty name")


def _number(number: int, name: str) -> int:
    if not 0 <= number <= _MOST_ID:
        raise UsageError(f"{number} is no number of a user or group ({name})", f"take one from 0 to {_MOST_ID}")
    return number


def _read(files: Files, path: str) -> bytes:
    found = files.tree.resolve(path).path
    entry = files.tree.get(found) if found else None
    return files.read(found, 0, _MOST_BYTES) if found and entry and entry.kind == "file" else b""


def _known(table: Mapping[str, T], name: str, what: str) -> T:
    if name in table:
        return table[name]
    names = ", ".join([*table][:_SHOWN]) + (" …" if len(table) > _SHOWN else "")
    raise CannotError(f"the image has no {what} {name!r}", f"it has {names}; others come with [[{what}]]")
