"""systemd-tmpfiles --create NAME.conf: directories, links and files of services below /var, /run and /etc.

Without systemd in the image the call does nothing in Debian, and init scripts make these; a container has neither, so
that they are made here. Of the lines those of type d, D, v, q, Q, L, f and C are followed. Source: tmpfiles.d(5).
"""

import shlex
from collections.abc import Iterator, Sequence

from shave.accounts import Accounts
from shave.maintainer.draft import Draft
from shave.maintainer.protocol import Call, Effects
from shave.maintainer.users import known
from shave.stage import Stage

_PLACES = ("/etc/tmpfiles.d/", "/usr/lib/tmpfiles.d/")
_BELOW = ("/var/", "/run/", "/etc/")


class Tmpfiles:
    """Calls that name their files."""

    names: tuple[str, ...] = ("systemd-tmpfiles",)

    def effects(self, stage: Stage, calls: Sequence[Call]) -> Effects:
        draft = Draft(stage)
        accounts = known(draft)
        for call in calls:
            if "--create" not in call.words:
                continue
            for name in (word for word in call.words[1:] if word and word.endswith(".conf")):
                text = next((found for place in _PLACES if (found := draft.read(place + name)) is not None), b"")
                for words in _parsed(text.decode("utf-8", "surrogateescape")):
                    _line(draft, call, accounts, words)
        return draft.effects()


def _parsed(text: str) -> Iterator[list[str]]:
    """Type, path, mode, user, group, age, argument of each line; "-" for what is left out."""
    for line in text.splitlines():
        try:
            words = shlex.split(line)
        except ValueError:
            continue
        if len(words) >= 2 and not line.lstrip().startswith("#"):
            yield words + ["-"] * (7 - len(words))


def _line(draft: Draft, call: Call, accounts: Accounts, words: Sequence[str]) -> None:
    kind, path, mode, user, group, _ = words[:6]
    argument = " ".join(words[6:])
    if "^" in kind or not path.startswith(_BELOW) or "%" in path or "/../" in path:
        return
    owner = accounts.owner("0" if user == "-" else user), accounts.gid("0" if group == "-" else group)
    bits = int(mode.lstrip("~:0") or "0", 8) if set(mode) <= set("~:01234567") and len(mode) < 8 else None
    if owner[0] is None or owner[1] is None:
        draft.remark(call.unit, f"{path} of its tmpfiles.d belongs to {user}:{group}, whom the image does not have")
    elif kind[0] in "dDvqQ":
        named = None if (mode, user, group) == ("-", "-", "-") else (owner[0], owner[1])
        draft.directory(call.unit, path, 0o755 if bits is None else bits, named)
    elif kind[0] in "fF" and draft.entry(path) is None:
        body = b"" if argument == "-" else argument.encode("utf-8", "surrogateescape")
        draft.file(call.unit, path, body, 0o644 if bits is None else bits, (owner[0], owner[1]))
    elif kind[0] == "L" and draft.entry(path, follow_last=False) is None:
        draft.symlink(call.unit, path, argument if argument != "-" else f"/usr/share/factory{path}")
    elif kind[0] == "C" and draft.entry(path) is None:
        source = argument if argument != "-" else f"/usr/share/factory{path}"
        if (copied := draft.read(source)) is not None:
            draft.file(call.unit, path, copied, 0o644 if bits is None else bits, (owner[0], owner[1]))
