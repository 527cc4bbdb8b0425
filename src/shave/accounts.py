"""Users and groups as /etc/passwd, /etc/group, /etc/shadow and /etc/gshadow say them.

Sources: passwd(5), group(5), shadow(5), gshadow(5); glibc, pwd/fgetpwent_r.c and grp/fgetgrent_r.c for lines that are
too short.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

_FIRST_SYSTEM, _FIRST, _LAST = 100, 1000, 60_000
"""adduser.conf(5): FIRST_SYSTEM_UID, FIRST_UID; numbers from 60000 up are Debian's own (Policy 9.2.2)."""
NOBODY = 65534
NOWHERE = "/nonexistent"
_DIGITS = 10


class Account(Struct, frozen=True):
    """A line of /etc/passwd."""

    name: str
    uid: int
    gid: int
    comment: str = ""
    home: str = NOWHERE
    shell: str = "/usr/sbin/nologin"


class Membership(Struct, frozen=True):
    """A line of /etc/group."""

    name: str
    gid: int
    members: tuple[str, ...] = ()


class Accounts(Struct, frozen=True):
    """Who there is, by name, in the order of the files."""

    users: Mapping[str, Account]
    groups: Mapping[str, Membership]

    def user(self, account: Account) -> "Accounts":
        """With this user, in the place of one of that name."""
        return Accounts({**self.users, account.name: account}, self.groups)

    def group(self, group: Membership) -> "Accounts":
        """With this group, in the place of one of that name."""
        return Accounts(self.users, {**self.groups, group.name: group})

    def member(self, user: str, group: str) -> "Accounts":
        """With a user as member of a group that there is, and is not his own."""
        known = self.groups[group]
        if user in known.members or (user in self.users and self.users[user].gid == known.gid):
            return self
        return self.group(replace(known, members=(*known.members, user)))

    def free(self, system: bool) -> int:
        """The first number that is neither a user's nor a group's, of those for system users or for people."""
        taken = {user.uid for user in self.users.values()} | {group.gid for group in self.groups.values()}
        return next(number for number in range(_FIRST_SYSTEM if system else _FIRST, _LAST) if number not in taken)

    def owner(self, name: str) -> int | None:
        """The number of a user by name or number."""
        if is_number(name):
            return int(name)
        return self.users[name].uid if name in self.users else None

    def gid(self, name: str) -> int | None:
        """The number of a group by name or number."""
        if is_number(name):
            return int(name)
        return self.groups[name].gid if name in self.groups else None


def parsed(passwd: bytes, group: bytes) -> Accounts:
    """The users and groups of the two files; of two lines of one name the first counts, broken ones do not."""
    users: dict[str, Account] = {}
    groups: dict[str, Membership] = {}
    for name, uid, gid, comment, home, shell in _rows(passwd, 7, 2):
        users.setdefault(name, Account(name, int(uid), int(gid), comment, home, shell))
    for name, gid, members in _rows(group, 4, 1):
        groups.setdefault(name, Membership(name, int(gid), tuple(each for each in members.split(",") if each)))
    return Accounts(users, groups)


def passwd(accounts: Accounts) -> bytes:
    """/etc/passwd; passwords are elsewhere."""
    return _lines(
        f"{user.name}:x:{user.uid}:{user.gid}:{user.comment}:{user.home}:{user.shell}"
        for user in accounts.users.values()
    )


def group(accounts: Accounts) -> bytes:
    """/etc/group."""
    return _lines(f"{each.name}:x:{each.gid}:{','.join(each.members)}" for each in accounts.groups.values())


def shadow(accounts: Accounts, before: bytes = b"") -> bytes:
    """/etc/shadow: lines that are there stay, others are locked. When is left empty: passwords do not age; day 0 would
    ask for a new one.
    """
    known = {line.partition(b":")[0].decode("utf-8", "surrogateescape"): line for line in before.splitlines()}
    added = (f"{name}:!::0:99999:7:::" for name in accounts.users if name not in known)
    return b"".join(line + b"\n" for line in known.values()) + _lines(added)


def gshadow(accounts: Accounts) -> bytes:
    """/etc/gshadow: nobody has a group's password."""
    return _lines(f"{each.name}:*::{','.join(each.members)}" for each in accounts.groups.values())


def is_number(text: str) -> bool:
    """Whether a word may be a uid or gid: images may say anything, in any length."""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS


def _rows(text: bytes, count: int, numbers: int) -> Iterator[list[str]]:
    """The fields of each line but for its password; those behind so many numbers may be missing, and are empty."""
    for line in text.decode("utf-8", "surrogateescape").split("\n"):
        name, _, *rest = [*line.split(":"), "", ""]
        if name and len(rest) - 2 >= numbers and all(map(is_number, rest[:numbers])):
            yield [name, *rest, *[""] * count][: count - 1]


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
