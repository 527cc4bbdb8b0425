"""update-alternatives --install: which of several programs a common name means.

The links /etc/alternatives/NAME and LINK lead to the choice of the highest priority, of equal ones to the first that
was installed; so do those of its slaves, where their files are there. Choices that are not in the image are passed
over. dpkg's records are written where dpkg itself is in. Source: update-alternatives(1) of dpkg 1.21 and 1.22.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from shave.maintainer.draft import Draft
from shave.maintainer.protocol import Call, Effects
from shave.stage import Stage

_LINKS, _RECORDS = "/etc/alternatives", "/var/lib/dpkg/alternatives"
_INSTALLS, _CHANGES = "--install", ("--set", "--set-selections")
_OPTIONS = {"--quiet": 0, "--force": 0, "--verbose": 0, "--skip-auto": 0, "--log": 1, "--root": 1}

_MANUAL = re.compile(r"\.[1-9]\.gz$")
"""Names of manuals, which are left out with other documentation."""


class Choice(Struct, frozen=True):
    """One program for a name, offered by the package ``unit``; ``slaves`` are names with their links and files."""

    unit: str
    name: str
    link: str
    path: str
    priority: int
    slaves: Mapping[str, tuple[str, str]]


class Alternatives:
    """Calls with constant words."""

    names: tuple[str, ...] = ("update-alternatives",)

    def effects(self, stage: Stage, calls: Sequence[Call]) -> Effects:
        draft = Draft(stage)
        groups: dict[str, dict[str, Choice]] = {}
        for call in calls:
            read = _read(call)
            if isinstance(read, Choice):
                if draft.entry(read.path):
                    groups.setdefault(read.name, {})[read.path] = read
            elif read:
                draft.remark(call.unit, f"its {call.script} calls update-alternatives {read}")
        for name, choices in sorted(groups.items()):
            _laid(draft, name, list(choices.values()))
        return draft.effects()


def _read(call: Call) -> Choice | str:
    """What is installed; else what cannot be done, or nothing if that is nothing."""
    words = list(call.words[1:])
    while words and words[0] in _OPTIONS:
        del words[: 1 + _OPTIONS[words[0] or ""]]
    action = words[0] if words else None
    if action in _CHANGES:
        return f"{action}, which shave does not emulate"
    if action is not None and action != _INSTALLS:
        return ""
    if None in words or len(words) < 5:
        is_manual = len(words) > 2 and _MANUAL.search(words[2] or "")
        return "" if is_manual else "with words that only a run knows"
    return _choice(call.unit, [word or "" for word in words[1:]])


def _choice(unit: str, words: list[str]) -> Choice | str:
    link, name, path, priority, *rest = words
    if not _is_safe(name, link) or not priority.lstrip("-").isdecimal() or len(priority) > 10:
        return f"--install {link} {name}, which it would refuse"
    slaves = {}
    while rest:
        option, *rest = rest
        if option == "--slave" and len(rest) >= 3 and _is_safe(rest[1], rest[0]):
            slaves[rest[1]] = (rest[0], rest[2])
            del rest[:3]
        elif option not in _OPTIONS:
            return f"with {option}, which shave does not know"
    return Choice(unit, name, link, path, int(priority), slaves)


def _is_safe(name: str, link: str) -> bool:
    return bool(name) and "/" not in name and name not in (".", "..") and link.startswith("/")


def _laid(draft: Draft, name: str, installed: Sequence[Choice]) -> None:
    choices = sorted(installed, key=lambda choice: choice.path)
    best = max(installed, key=lambda choice: choice.priority)
    _linked(draft, best.unit, name, best.link, best.path)
    for slave, (link, path) in best.slaves.items():
        if draft.entry(path):
            _linked(draft, best.unit, slave, link, path)
    if draft.entry("/usr/bin/dpkg"):
        draft.file(draft.owner("/usr/bin/dpkg"), f"{_RECORDS}/{name}", _record(choices))


def _linked(draft: Draft, unit: str, name: str, link: str, path: str) -> None:
    """The two links; a real file in the place of the outer one stays, as the tool leaves it."""
    draft.symlink(unit, f"{_LINKS}/{name}", path)
    before = draft.entry(link, follow_last=False)
    if before is None or before.kind == "symlink":
        draft.symlink(unit, link, f"{_LINKS}/{name}")


def _record(choices: Sequence[Choice]) -> bytes:
    """The status file of a name: its state and link, its slaves, its choices by path (lib/dpkg's alternative_save)."""
    slaves = {name: link for choice in choices for name, (link, _) in choice.slaves.items()}
    return "".join(f"{line}\n" for line in _lines(choices, dict(sorted(slaves.items())))).encode(
        "utf-8", "surrogateescape"
    )


def _lines(choices: Sequence[Choice], slaves: Mapping[str, str]) -> Iterator[str]:
    yield from ("auto", choices[-1].link)
    for name, link in slaves.items():
        yield from (name, link)
    yield ""
    for choice in choices:
        yield from (choice.path, str(choice.priority))
        yield from (choice.slaves.get(name, ("", ""))[1] for name in slaves)
    yield ""
