"""Tools are installed that nothing of the image calls.

What: both curl and wget, or an editor, a pager, a tracer or a tool for networks is installed in the image, and no later
step, ENTRYPOINT, CMD or HEALTHCHECK calls it.

Why: each is a few megabytes with what it needs. To look into a container there is `docker debug`, `kubectl debug` and
`shave cat`, which need nothing in the image.

The fix takes the words away, and is not safe: a script that is copied may call the tool, or people who look inside.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates vim && rm -rf /var/lib/apt/lists/*

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*

Bad, as one of them is enough:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends curl wget && rm -rf /var/lib/apt/lists/*
    RUN curl -fsSL https://example.org/x -o /x

Good, as it is called:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
    RUN curl -fsSL https://example.org/x -o /x

Source: Installed-Size of Debian 12's packages
"""

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct, convert, field

from shave.dockerfile.edits import Edit
from shave.facts import load
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step, package_tools
from shave.rules.known import Known
from shave.rules.protocol import Rule

_APT = package_tools("debian")
_INSTALLING = dict.fromkeys(_APT | package_tools("rpm"), "install") | dict.fromkeys(package_tools("alpine"), "add")
_SOURCE = "Installed-Size of Debian 12's packages"
_SUDOERS = re.compile(rb"sudoers|-a?G[ \t]+\S*sudo|(?:adduser|usermod|gpasswd)[^\n]*\bsudo\b")
_FETCHERS = frozenset({"curl", "wget"})


class _Tool(Struct, frozen=True):
    """``companions`` are the packages whose bytes are counted with its own."""

    package: str
    programs: tuple[str, ...]
    unpacked_bytes: int
    companions: tuple[str, ...] = field(name="with", default=())


@cache
def _tools() -> dict[str, _Tool]:
    return {row.package: row for row in convert(load("stray_tools")["tool"], tuple[_Tool, ...])}


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call in the image that installs such tools."""
    called = frozenset(each.tool for step in recipe.steps for each in step.calls)
    for step in recipe.runs:
        for call in step.calls:
            if call.verb == _INSTALLING.get(call.tool) and (stray := list(_stray(recipe, call, called))):
                yield _finding(step, call, stray)


def _stray(recipe: Recipe, call: Call, called: frozenset[str]) -> Iterator[int]:
    """The numbers of the words that name tools which nobody calls; of two that fetch, one is enough."""
    words = {at: call.words[at] or "" for at in call.plain[1:]}
    if "sudo" in words.values() and _SUDOERS.search(recipe.file.text):
        called = called | {"sudo"}
    fetchers = _FETCHERS.intersection(words.values())
    for at, word in words.items():
        tool = _tools().get(word.partition("=")[0])
        is_one_of_two = word in _FETCHERS and len(fetchers) == 2
        if tool and not called.intersection(tool.programs) and (word not in _FETCHERS or is_one_of_two):
            if is_one_of_two and not called & _FETCHERS and word == "curl":
                continue
            yield at


def _finding(step: Step, call: Call, stray: list[int]) -> LintFinding:
    names = [(call.words[at] or "").partition("=")[0] for at in stray]
    size = sum(_tools()[name].unpacked_bytes for name in names)
    edits = tuple(Edit(call.spans[at - 1][1], call.spans[at][1]) for at in stray) if call.spans else ()
    is_all = len(stray) == len(call.targets)
    is_whole = not any(b"#" in step.file.text[edit.start : edit.end] for edit in edits)
    return LintFinding(
        "SHV222",
        "info",
        f"nothing of the image calls {' and '.join(names)}",
        step.number,
        *(call.spans[stray[0]] if call.spans else (call.start, call.end)),
        advice="leave it out; shave cat and docker debug look inside without it",
        fix=Fix(f"leave {', '.join(names)} out", edits, is_safe=False) if edits and not is_all and is_whole else None,
        about=About("packages", (step.number,), names=tuple(names)),
        amount=Amount(size // 3, size, measured=False, source=_SOURCE) if call.tool in _APT else None,
    )


RULE = Rule("SHV222", "Tools are installed that nothing of the image calls", "info", ("DL4001",), look)
