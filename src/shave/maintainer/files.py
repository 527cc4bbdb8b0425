"""mkdir, install, chown, chgrp, chmod, ln, cp, touch, dpkg-statoverride and texts that are written: what services find
at home.

Only words that are known, and paths below which no other file system lies. Sources: the manuals of GNU coreutils 9.1,
dpkg-statoverride(1).
"""

import posixpath
import re
from collections.abc import Callable, Sequence
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from shave.accounts import Accounts
from shave.maintainer.draft import Draft
from shave.maintainer.modes import changed
from shave.maintainer.options import Given, given
from shave.maintainer.protocol import Call, Effects
from shave.maintainer.users import known
from shave.stage import Stage
from shave.tree import Entry

_ELSEWHERE = ("/dev/", "/proc/", "/sys/", "/run/systemd/")
"""What a container finds mounted, or empty."""
_SCRATCH = "tmp/"
"""Where scripts prepare files. Nothing stays there."""
_UMASK = 0o022
_FORGOTTEN = ("/run/", "/var/run/", "/var/log/", "/var/cache/")
"""Where a file whose text only a run knows is a note of that run."""
_MOST_CHANGES = 200_000
_VALUED = {
    "mkdir": "-m --mode",
    "install": "-m --mode -o --owner -g --group -t --target-directory",
    "chown": "--reference --from",
    "chgrp": "--reference",
    "chmod": "--reference",
    "ln": "-t --target-directory",
    "cp": "-t --target-directory",
    "touch": "-d -r -t --date --reference",
    "rm": "",
    "rmdir": "",
    "mv": "-t",
    "dpkg-statoverride": "--admindir --root",
    "ucf": "--src-dir --state-dir --sum-file",
}
_PATHS = {"chown": 1, "chgrp": 1, "chmod": 1, "ln": 1, "dpkg-statoverride": 3}
"""Behind how many operands the paths begin."""


class _Work(Struct, frozen=True):
    """A command at work: on what, for whom, what it says, and the mode that new files do not get."""

    draft: Draft
    unit: str
    accounts: Accounts
    words: Given
    umask: int


class Files:
    """Calls with constant words and absolute paths, in their order."""

    names: tuple[str, ...] = (*_VALUED, ">", ">>", "umask")

    def effects(self, stage: Stage, calls: Sequence[Call]) -> Effects:
        draft = Draft(stage)
        accounts = known(draft)
        for _, run in groupby(calls, key=lambda call: (call.unit, call.script)):
            umask = _UMASK
            for call in run:
                umask = _masked(call, umask)
                why = _done(draft, accounts, call, umask)
                if why:
                    doing = "writes a file" if call.name in (">", ">>") else f"calls {call.name}"
                    draft.remark(call.unit, f"its {call.script} {doing} {why}: that is not done")
        for path in [path for path in draft.members if f"{path}/".startswith(_SCRATCH)]:
            del draft.members[path]
        return draft.effects()


def _masked(call: Call, umask: int) -> int:
    """The umask behind a call."""
    word = call.words[1] if call.name == "umask" and len(call.words) == 2 else None
    return int(word, 8) if word and re.fullmatch("[0-7]{1,4}", word) else umask


def _done(draft: Draft, accounts: Accounts, call: Call, umask: int) -> str:
    """Do it; if that cannot be, why."""
    if call.name == "umask":
        return ""
    if call.name in (">", ">>"):
        return _written(draft, call, umask)
    words = given(call.words, frozenset(_VALUED[call.name].split()))
    if words is None:
        # what only a run knows may still lie where nothing is to be done
        return "" if call.name in ("rm", "rmdir") else "with words that only a run knows"
    relative = next((path for path in words.operands[_PATHS.get(call.name, 0) :] if not path.startswith("/")), None)
    if relative is not None and call.name not in ("rm", "rmdir"):
        return f"for {relative}, which lies where only a run knows"
    return _COMMANDS[call.name](_Work(draft, call.unit, accounts, words, umask))


def _written(draft: Draft, call: Call, umask: int) -> str:
    path, body = call.words[1:3]
    if path is None:
        return "whose name only a run knows"
    if _is_elsewhere(path):
        return ""
    if body is None and path.startswith((*_FORGOTTEN, f"/{_SCRATCH}")):
        draft.forget(path)
        return ""
    if body is None or not path.startswith("/"):
        return f"{path}, whose text only a run knows"
    before = draft.read(path) or b"" if call.name == ">>" else b""
    draft.file(call.unit, path, before + body.encode("utf-8", "surrogateescape"), 0o666 & ~umask)
    return ""


def _is_elsewhere(path: str) -> bool:
    return f"{posixpath.normpath(path)}/".startswith(_ELSEWHERE)


def _paths(work: _Work, start: int = 0) -> list[str]:
    return [path for path in work.words.operands[start:] if path.startswith("/") and not _is_elsewhere(path)]


def _mkdir(work: _Work) -> str:
    plain = 0o777 & ~work.umask
    mode = changed(plain, work.words.first("-m", "--mode") or f"{plain:o}", directory=True)
    for path in _paths(work):
        work.draft.directory(work.unit, path, plain if mode is None else mode)
    return ""


def _install(work: _Work) -> str:
    """install -d PATH…, install SOURCE PATH."""
    words = work.words
    owner = _owner(work.accounts, words.first("-o", "--owner") or "0", words.first("-g", "--group") or "0")
    directory = "-d" in words or "--directory" in words
    mode = changed(0, words.first("-m", "--mode") or "755", directory)
    if owner is None or mode is None:
        return "for an owner that the image does not have"
    if not directory:
        return _copied(work, mode, owner)
    for path in _paths(work):
        work.draft.directory(work.unit, path)
        _changed(work, path, lambda entry: replace(entry, mode=mode, uid=owner[0], gid=owner[1]))
    return ""


def _copied(work: _Work, mode: int | None, owner: tuple[int, int]) -> str:
    """One file to another place; ``mode`` None keeps the file's own."""
    if len(work.words.operands) != 2:
        return "for more than one file"
    source, target = work.words.operands
    entry, body = work.draft.entry(source), work.draft.read(source)
    if source == "/dev/null":
        entry, body = Entry("", "file"), b""
    if _is_elsewhere(target) or not target.startswith("/"):
        return ""
    if entry is None or body is None:
        prepared = source.startswith(f"/{_SCRATCH}")
        return f"of {'what it prepares' if prepared else source}, which the image does not have as a file"
    into = work.draft.entry(target)
    if target.endswith("/") or (into is not None and into.kind == "directory"):
        target = f"{target.rstrip('/')}/{posixpath.basename(source)}"
    work.draft.file(work.unit, target, body, entry.mode if mode is None else mode, owner)
    return ""


def _cp(work: _Work) -> str:
    if {"-r", "-R", "-a", "--recursive", "--archive"} & work.words.options.keys():
        entry = work.draft.entry(work.words.operands[0]) if work.words.operands else None
        if entry is None or entry.kind == "directory":
            return "for a directory"
    return _copied(work, None, (0, 0))


def _ln(work: _Work) -> str:
    operands, words = work.words.operands, work.words
    if not {"-s", "--symbolic"} & words.options.keys() or len(operands) != 2:
        return "for what is no symbolic link"
    target, path = operands
    if not path.startswith("/") or _is_elsewhere(path):
        return ""
    there = work.draft.entry(path, follow_last=bool(not {"-n", "--no-dereference", "-T"} & words.options.keys()))
    if work.draft.real(path) in work.draft.emptied and there is not None and there.kind == "directory":
        work.draft.migrate(work.unit, work.draft.real(path), target)
        return ""
    if there is not None and there.kind == "directory":
        path = f"{path.rstrip('/')}/{posixpath.basename(target)}"
        there = work.draft.entry(path, follow_last=False)
    if there is None or {"-f", "--force"} & words.options.keys():
        work.draft.symlink(work.unit, path, target)
    return ""


def _touch(work: _Work) -> str:
    for path in _paths(work):
        if work.draft.entry(path) is None:
            work.draft.file(work.unit, path, b"", 0o666 & ~work.umask)
    return ""


def _rm(work: _Work) -> str:
    """What a first installation removes is from before, or was made on the way; what the image has stays."""
    for path in _paths(work):
        if work.draft.forget(path) is None and work.draft.entry(path, follow_last=False) is not None:
            return f"for {path}, which the image has"
    return ""


def _rmdir(work: _Work) -> str:
    """A directory that packages have stays, as it does for dpkg, if no link takes its place (base-files' /var/run)."""
    work.draft.emptied.update(work.draft.real(path) for path in _paths(work))
    return ""


def _mv(work: _Work) -> str:
    """What was made on the way gets its place; what is not there needs none."""
    if len(work.words.operands) != 2:
        return "for more than one file"
    source, target = work.words.operands
    if work.draft.entry(source, follow_last=False) is None:
        return ""
    made = work.draft.forget(source)
    if made is None or not target.startswith("/"):
        return f"for {source}, which the image has"
    if not _is_elsewhere(target):
        entry, body = made
        work.draft.put(work.unit, replace(entry, path=work.draft.real(target)), body)
    return ""


def _ucf(work: _Work) -> str:
    """ucf NEW PATH: the configuration as it is shipped, where there is none yet; ucf(1)."""
    if len(work.words.operands) != 2 or work.draft.entry(work.words.operands[1]):
        return ""
    return _copied(work, None, (0, 0))


def _chown(work: _Work) -> str:
    if not work.words.operands:
        return ""
    whom = work.words.operands[0]
    user, colon, named = whom.partition(":" if ":" in whom else ".")
    uid = work.accounts.owner(user) if user else -1
    gid = work.accounts.gid(named) if named else -1
    if user and colon and not named and user in work.accounts.users:
        gid = work.accounts.users[user].gid
    return _owned(work, uid, gid)


def _chgrp(work: _Work) -> str:
    return _owned(work, -1, work.accounts.gid(work.words.operands[0])) if work.words.operands else ""


def _owned(work: _Work, uid: int | None, gid: int | None) -> str:
    """Change owners; -1 leaves them as they are. Programs lose their set-id bits (chown(2))."""
    if uid is None or gid is None:
        return f"to {work.words.operands[0]}, whom the image does not have"

    def owned(entry: Entry) -> Entry:
        kept = entry.mode if entry.kind == "directory" else entry.mode & ~(0o6000 if entry.mode & 0o010 else 0o4000)
        return replace(entry, uid=entry.uid if uid == -1 else uid, gid=entry.gid if gid == -1 else gid, mode=kept)

    return _each(work, owned)


def _chmod(work: _Work) -> str:
    # "-x" and the like look like options
    if not work.words.operands:
        return ""
    text = work.words.operands[0]
    if changed(0, text, directory=False) is None:
        return f"with the mode {text}"

    def moded(entry: Entry) -> Entry:
        mode = changed(entry.mode, text, entry.kind == "directory")
        return entry if entry.kind == "symlink" or mode is None else replace(entry, mode=mode)

    return _each(work, moded)


def _each(work: _Work, change: Callable[[Entry], Entry]) -> str:
    """Change the operands behind the first, and with -R all below them."""
    recursive = {"-R", "--recursive"} & work.words.options.keys()
    follow = not recursive and not {"-h", "--no-dereference"} & work.words.options.keys()
    for path in _paths(work, 1):
        real = work.draft.real(path, follow_last=follow)
        if work.draft.entry(path, follow_last=follow) is None:
            continue
        for each in work.draft.below(real) if recursive else (real,):
            _change(work, each, change)
            if work.draft.changes > _MOST_CHANGES:
                return "for more files than scripts have to do with"
    return ""


def _changed(work: _Work, path: str, change: Callable[[Entry], Entry]) -> None:
    _change(work, work.draft.real(path, follow_last=True), change)


def _change(work: _Work, real: str, change: Callable[[Entry], Entry]) -> None:
    before = work.draft.entry(f"/{real}", follow_last=False)
    after = change(before) if before is not None else None
    if after is not None and after != before:
        work.draft.change(work.draft.owner(f"/{real}") or work.unit, real, after)


def _statoverride(work: _Work) -> str:
    """--update --add USER GROUP MODE PATH; without --update only the record, which nothing here reads."""
    words = work.words
    if "--add" not in words or "--update" not in words:
        return ""
    if len(words.operands) != 4:
        return "with words that it would refuse"
    user, named, text, path = words.operands
    owner, mode = _owner(work.accounts, user.lstrip("#"), named.lstrip("#")), changed(0, text, directory=False)
    if owner is None or mode is None:
        return f"for {user}:{named}, whom the image does not have"
    if work.draft.entry(path):
        _changed(work, path, lambda entry: replace(entry, mode=mode, uid=owner[0], gid=owner[1]))
    return ""


def _owner(accounts: Accounts, user: str, named: str) -> tuple[int, int] | None:
    uid, gid = accounts.owner(user), accounts.gid(named)
    return None if uid is None or gid is None else (uid, gid)


_COMMANDS: dict[str, Callable[[_Work], str]] = {
    "mkdir": _mkdir,
    "install": _install,
    "chown": _chown,
    "chgrp": _chgrp,
    "chmod": _chmod,
    "ln": _ln,
    "cp": _cp,
    "touch": _touch,
    "rm": _rm,
    "rmdir": _rmdir,
    "mv": _mv,
    "ucf": _ucf,
    "dpkg-statoverride": _statoverride,
}
