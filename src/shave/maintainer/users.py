"""adduser, addgroup, useradd, groupadd, usermod, gpasswd, systemd-sysusers: users and groups of services.

What has no number gets the first free one from 100 up, in the order of the packages' names, a user and his own group
the same; the tools count so too (adduser) or from 999 down (useradd, systemd-sysusers). base-passwd's own users come
from its master files. Sources: adduser(8) 3.134 and 3.152, useradd(8), usermod(8), sysusers.d(5).
"""

import shlex
from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from shave.accounts import NOBODY, Account, Accounts, Membership, group, gshadow, parsed, passwd, shadow
from shave.maintainer.draft import Draft
from shave.maintainer.options import Given, given
from shave.maintainer.protocol import Call, Effects
from shave.stage import Stage

_PASSWD, _GROUP = "/etc/passwd", "/etc/group"
_MASTERS = "/usr/share/base-passwd/"
_SHADOW_GROUP = 42
_ROOT = Account("root", 0, 0, "root", "/root", "/bin/bash")
_SYSUSERS = ("/etc/sysusers.d/", "/run/sysusers.d/", "/usr/lib/sysusers.d/")
_VALUED = {
    "adduser": "--home --shell --uid --gid --gecos --comment --ingroup --firstuid --lastuid --conf --firstgid "
    "--lastgid",
    "addgroup": "--gid --conf --firstgid --lastgid",
    "useradd": "-b --base-dir -c --comment -d --home-dir --home -e -f -g --gid -G --groups -K --key -k --skel -p "
    "--password -s --shell -u --uid",
    "groupadd": "-g --gid -K --key -p --password -U --users",
    "usermod": "-c --comment -d --home -e -f -g --gid -G --groups -l --login -p --password -s --shell -u --uid",
    "gpasswd": "-a --add -d --delete",
    "systemd-sysusers": "--root --image --replace",
}
Change = Callable[[Accounts, Given], Accounts | None]


class Users:
    """Calls that make users and groups, and base-passwd's master files."""

    names: tuple[str, ...] = tuple(_VALUED)

    def effects(self, stage: Stage, calls: Sequence[Call]) -> Effects:
        draft = Draft(stage)
        before = _based(draft)
        accounts = before
        for call in (*calls, *calls):  # the second time for members of groups that a later package makes
            changed = self._called(draft, accounts, call)
            if changed is None:
                draft.remark(call.unit, f"its {call.script} calls {call.name} with words that only a run knows")
            accounts = changed or accounts
        if accounts.users or accounts.groups:
            _written(draft, accounts, calls)
        return draft.effects()

    def _called(self, draft: Draft, accounts: Accounts, call: Call) -> Accounts | None:
        words = given(call.words, frozenset(_VALUED[call.name].split()))
        if words is None:
            return None
        if call.name == "systemd-sysusers":
            return _sysusers(draft, accounts, words)
        changed = _CHANGES[call.name](accounts, words)
        if changed is not None:
            _homes(draft, accounts, changed, words, call)
        return changed


def known(draft: Draft) -> Accounts:
    """The users and groups that the image has."""
    return parsed(draft.read(_PASSWD) or b"", draft.read(_GROUP) or b"")


def _based(draft: Draft) -> Accounts:
    """The image's own, and those of base-passwd that it does not have."""
    own = known(draft)
    master = parsed(draft.read(f"{_MASTERS}passwd.master") or b"", draft.read(f"{_MASTERS}group.master") or b"")
    uids = {user.uid for user in own.users.values()}
    gids = {each.gid for each in own.groups.values()}
    users = {name: each for name, each in master.users.items() if name not in own.users and each.uid not in uids}
    groups = {name: each for name, each in master.groups.items() if name not in own.groups and each.gid not in gids}
    return Accounts({**own.users, **users}, {**own.groups, **groups})


def _written(draft: Draft, accounts: Accounts, calls: Sequence[Call]) -> None:
    """The files, if they are to change; the shadow files where the passwd package turns them on (shadowconfig(8))."""
    unit = draft.owner(f"{_MASTERS}passwd.master") or draft.owner(_PASSWD) or (calls[0].unit if calls else "")
    accounts = Accounts({"root": _ROOT, **accounts.users}, {"root": Membership("root", 0), **accounts.groups})
    if known(draft) != accounts:
        draft.file(unit, _PASSWD, passwd(accounts))
        draft.file(unit, _GROUP, group(accounts))
    if draft.entry("/usr/bin/passwd"):
        unit = draft.owner("/usr/bin/passwd")
        locked = shadow(accounts, draft.read("/etc/shadow") or b"")
        draft.file(unit, "/etc/shadow", locked, 0o640, (0, _SHADOW_GROUP))
        draft.file(unit, "/etc/gshadow", gshadow(accounts), 0o640, (0, _SHADOW_GROUP))


def _homes(draft: Draft, before: Accounts, after: Accounts, words: Given, call: Call) -> None:
    """The home of a new user, where the tool makes one: adduser always does if not told otherwise, useradd with -m."""
    if "--no-create-home" in words or (call.name == "useradd" and not ("-m" in words or "--create-home" in words)):
        return
    for name in after.users.keys() - before.users.keys():
        user = after.users[name]
        if user.home.startswith("/") and user.home != "/nonexistent" and draft.entry(user.home) is None:
            draft.directory(call.unit, user.home, 0o755, (user.uid, user.gid))


def _adduser(accounts: Accounts, words: Given) -> Accounts | None:
    """adduser [--system] NAME; adduser NAME GROUP; adduser --group NAME is addgroup's."""
    system = "--system" in words
    if len(words.operands) == 2:
        user, named = words.operands
        return accounts.member(user, named) if named in accounts.groups else accounts
    if len(words.operands) != 1:
        return None
    name = words.operands[0]
    if "--group" in words and not system:
        return _addgroup(accounts, words)
    if name in accounts.users:
        return accounts
    uid = _number(words.first("--uid")) or accounts.free(system)
    accounts, gid = _primary(accounts, words, name, uid, system)
    home = words.first("--home") or ("/nonexistent" if system else f"/home/{name}")
    shell = words.first("--shell") or ("/usr/sbin/nologin" if system else "/bin/bash")
    return accounts.user(Account(name, uid, gid, _comment(words), home, shell))


def _primary(accounts: Accounts, words: Given, name: str, uid: int, system: bool) -> tuple[Accounts, int]:
    """The primary group of a new user: one that is named, one of his own, or nogroup."""
    wanted = words.first("--gid", "-g", "--ingroup")
    if wanted is not None and "--group" not in words:
        gid = accounts.gid(wanted)
        return accounts, NOBODY if gid is None else gid
    if system and "--group" not in words:
        return accounts if "nogroup" in accounts.groups else accounts.group(Membership("nogroup", NOBODY)), NOBODY
    if name in accounts.groups:
        return accounts, accounts.groups[name].gid
    gid = _number(wanted) or uid
    if gid in {each.gid for each in accounts.groups.values()}:
        gid = accounts.free(system)
    return accounts.group(Membership(name, gid)), gid


def _addgroup(accounts: Accounts, words: Given) -> Accounts | None:
    """addgroup [--system] NAME, groupadd [-r] NAME; of two operands the first is a user for the group."""
    if len(words.operands) == 2:
        return _adduser(accounts, words)
    if len(words.operands) != 1:
        return None
    name = words.operands[0]
    if name in accounts.groups:
        return accounts
    system = "--system" in words or "-r" in words
    gid = _number(words.first("--gid", "-g"))
    return accounts.group(Membership(name, accounts.free(system) if gid is None else gid))


def _useradd(accounts: Accounts, words: Given) -> Accounts | None:
    if len(words.operands) != 1:
        return None
    name = words.operands[0]
    if name in accounts.users:
        return _usermod(accounts, Given({"-a": "", **words.options}, words.operands))
    system = "-r" in words or "--system" in words
    uid = _number(words.first("-u", "--uid")) or accounts.free(system)
    own_group = {"--group": ""} if words.first("-g", "--gid") is None else {}
    accounts, gid = _primary(accounts, Given({**words.options, **own_group}, ()), name, uid, system)
    home = words.first("-d", "--home-dir", "--home") or f"{words.first('-b', '--base-dir') or '/home'}/{name}"
    accounts = accounts.user(Account(name, uid, gid, _comment(words), home, words.first("-s", "--shell") or "/bin/sh"))
    return _joined(accounts, name, words)


def _usermod(accounts: Accounts, words: Given) -> Accounts | None:
    if len(words.operands) != 1:
        return None
    user = accounts.users.get(words.operands[0])
    if user is None:
        return accounts
    user = replace(
        user,
        home=words.first("-d", "--home") or user.home,
        shell=words.first("-s", "--shell") or user.shell,
        comment=_comment(words) or user.comment,
        uid=_number(words.first("-u", "--uid")) or user.uid,
        gid=accounts.gid(words.first("-g", "--gid") or str(user.gid)) or user.gid,
    )
    return _joined(accounts.user(user), user.name, words)


def _joined(accounts: Accounts, user: str, words: Given) -> Accounts:
    for name in (words.first("-G", "--groups") or "").split(","):
        if name in accounts.groups:
            accounts = accounts.member(user, name)
    return accounts


def _gpasswd(accounts: Accounts, words: Given) -> Accounts | None:
    user, named = words.first("-a", "--add"), words.operands[-1:]
    if user and named and named[0] in accounts.groups:
        return accounts.member(user, named[0])
    return accounts


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 10 else None


def _comment(words: Given) -> str:
    return (words.first("--gecos", "--comment", "-c") or "").replace(":", "").replace("\n", "")


def _sysusers(draft: Draft, accounts: Accounts, words: Given) -> Accounts:
    """The lines of the files that are named, or of all; sysusers.d(5). Users stand after the groups that they need."""
    lines = sorted(_lines(draft, words.operands), key=lambda line: "gumr".find(line[0][0]))
    for kind, name, number, *rest in (line + ["-"] * (6 - len(line)) for line in lines):
        accounts = _sysuser(accounts, kind[0], name, number, rest)
    return accounts


def _sysuser(accounts: Accounts, kind: str, name: str, number: str, rest: list[str]) -> Accounts:
    uid, _, gid = number.partition(":")
    match kind:
        case "g" if name not in accounts.groups:
            return accounts.group(Membership(name, _number(uid) or accounts.free(system=True)))
        case "u" if name not in accounts.users:
            comment, home, shell = ("" if each == "-" else each for each in rest[:3])
            free = _number(uid) or accounts.groups.get(name, Membership("", accounts.free(system=True))).gid
            options = {"--gid": gid} if gid else {"--group": ""}
            accounts, primary = _primary(accounts, Given(options, ()), name, free, system=True)
            return accounts.user(Account(name, free, primary, comment, home or "/", shell or "/usr/sbin/nologin"))
        case "m":
            if number not in accounts.groups:
                accounts = accounts.group(Membership(number, accounts.free(system=True)))
            return accounts.member(name, number)
    return accounts


def _lines(draft: Draft, names: Sequence[str]) -> Iterator[list[str]]:
    for path in names or _configured(draft):
        for place in ("",) if path.startswith("/") else _SYSUSERS:
            found = draft.read(place + path)
            if found is not None:
                yield from _parsed(found.decode("utf-8", "replace"))
                break


def _configured(draft: Draft) -> list[str]:
    places = ("etc/sysusers.d", "usr/lib/sysusers.d")
    paths = (path for place in places for path in draft.stage.tree.children.get(place, ()))
    return sorted({path.rpartition("/")[2] for path in paths if path.endswith(".conf")})


def _parsed(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        try:
            words = shlex.split(line, comments=False)
        except ValueError:
            continue
        if len(words) >= 2 and words[0][0] in "gum" and not line.lstrip().startswith("#"):
            yield words


_CHANGES: dict[str, Change] = {
    "adduser": _adduser,
    "addgroup": _addgroup,
    "useradd": _useradd,
    "groupadd": _addgroup,
    "usermod": _usermod,
    "gpasswd": _gpasswd,
}
