"""Tools are installed that nothing in the Dockerfile calls.

What: both curl and wget, or an editor, a pager, a tracer or a tool for networks is installed in the image, and no RUN,
ENTRYPOINT, CMD, HEALTHCHECK or ENV names it, nor is a program there that is known to call it, as git and psql do less.

Why: each is a few megabytes with what it needs. To look into a container there is `docker debug`, `kubectl debug` and
`shave cat`, which need nothing in the image.

The fix takes the words away, and is not safe: a script that is copied may call the tool, or people who look inside. Of
sudo, curl and others that scripts call there is none where a program runs or is started that nobody here read.

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
    CMD ["cat", "/x"]

Good, as it is called:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
    RUN curl -fsSL https://example.org/x -o /x
    CMD ["cat", "/x"]

Good, as the file itself is named:

    FROM alpine:3
    RUN apk add --no-cache nmap && setcap cap_net_raw+ep /usr/bin/nmap
    ENTRYPOINT ["/init"]

Good, as git shows its answers by it:

    FROM debian:12-slim
    RUN apt-get update && apt-get install -y --no-install-recommends less git && rm -rf /var/lib/apt/lists/*

Source: Installed-Size of Debian 12's packages
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from posixpath import basename

from msgspec import Struct, convert, field

from shave.dockerfile.edits import Edit
from shave.facts import load
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step, package_tools
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.strangers import stranger
from shave.rules.wanted import is_unknown
from shave.staging.protocol import STARTS

_APT = package_tools("debian")
_INSTALLING = dict.fromkeys(_APT | package_tools("rpm"), "install") | dict.fromkeys(package_tools("alpine"), "add")
_SOURCE = "Installed-Size of Debian 12's packages"
_FETCHERS = frozenset({"curl", "wget"})
_SILENT = frozenset({"FROM", "LABEL", "MAINTAINER", "EXPOSE"})
# A word, or a file among programs: /usr/share/man is not man
_NAMED = r"(?:(?<![\w./-])|(?<=bin/))(?:{})(?![\w/-])"


class _Tool(Struct, frozen=True):
    """``companions`` are the packages whose bytes are counted with its own, ``callers`` globs of packages, programs and
    images that call it where it is; scripts, too, call it ``in_scripts``.
    """

    package: str
    programs: tuple[str, ...]
    unpacked_bytes: int
    companions: tuple[str, ...] = field(name="with", default=())
    callers: tuple[str, ...] = ()
    in_scripts: bool = False


@cache
def _tools() -> dict[str, _Tool]:
    return {row.package: row for row in convert(load("stray_tools")["tool"], tuple[_Tool, ...])}


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call in the image that installs such tools."""
    for step in recipe.runs:
        for call in step.calls:
            if _installs(call) and (stray := list(_stray(recipe, call))):
                yield _finding(recipe, step, call, stray)


def _installs(call: Call) -> bool:
    return call.verb == _INSTALLING.get(call.tool)


def _stray(recipe: Recipe, call: Call) -> Iterator[int]:
    """The numbers of the words that name tools which nobody calls; of two that fetch, one is enough."""
    words = {at: call.words[at] or "" for at in call.plain[1:]}
    named = recipe.once(_named)
    spared = _FETCHERS if not _FETCHERS.issubset(words.values()) else frozenset() if named & _FETCHERS else {"curl"}
    for at, word in words.items():
        tool = word.partition("=")[0]
        if tool in _tools() and tool not in spared | named:
            yield at


def _named(recipe: Recipe) -> frozenset[str]:
    """The tools of which anything but an installation names a program or who is known to call it, or such a one is
    there.
    """
    return frozenset(tool.package for tool in _tools().values() if _is_named(recipe, tool))


def _is_named(recipe: Recipe, tool: _Tool) -> bool:
    names = "|".join(map(re.escape, (*tool.programs, *tool.callers))).encode()
    is_named = re.search(_NAMED.encode().replace(b"{}", names), recipe.once(_said)) is not None
    return is_named or any(fnmatchcase(each, glob) for glob in tool.callers for each in recipe.once(_brought))


def _said(recipe: Recipe) -> bytes:
    """What a file says, but for comments and installations."""
    text = bytearray(len(recipe.file.text))
    for step in recipe.steps:
        if step.keyword not in _SILENT:
            text[step.start : step.instruction.end] = recipe.file.text[step.start : step.instruction.end]
        comments = ((each.start, each.end) for each in step.instruction.comments)
        for start, end in (*comments, *_asked(step)):
            text[start:end] = bytes(end - start)
    return bytes(text)


def _asked(step: Step) -> Iterator[tuple[int, int]]:
    """Where the names of packages to install stand."""
    for call in filter(_installs, step.calls):
        whole = ((call.start or step.start, call.end or step.end),)
        yield from (call.spans[at] for at in call.plain[1:]) if call.spans else whole


def _brought(recipe: Recipe) -> frozenset[str]:
    """The packages that are installed, and the names of the bases."""
    calls = (call for step in recipe.steps for call in step.calls if _installs(call))
    packages = (word.partition("=")[0] for call in calls for word in call.targets if word)
    bases = (recipe.base(number) or "" for number in recipe.shipped)
    return frozenset({*packages, *(basename(each).partition(":")[0] for each in bases)})


def _finding(recipe: Recipe, step: Step, call: Call, stray: list[int]) -> LintFinding:
    tools = {at: _tools()[(call.words[at] or "").partition("=")[0]] for at in stray}
    names = list(dict.fromkeys(tool.package for tool in tools.values()))
    size = sum(_tools()[name].unpacked_bytes for name in names)
    is_read = stranger(recipe, step, call) is None and recipe.once(_is_known)
    gone = [at for at, tool in tools.items() if not tool.in_scripts or is_read]
    out = dict.fromkeys(tools[at].package for at in gone)
    edits = _without(step, call, gone)
    is_all = len(gone) == len(call.targets)
    return LintFinding(
        "SHV222",
        "info",
        f"nothing in this Dockerfile calls {' and '.join(names)}",
        step.number,
        *(call.spans[stray[0]] if call.spans else (call.start or step.start, call.end or step.end)),
        advice="leave it out, unless a script calls it; shave cat and docker debug look inside without it",
        fix=Fix(f"leave {', '.join(out)} out", edits, is_safe=False) if edits and not is_all else None,
        about=About("packages", (step.number,), names=tuple(names)),
        amount=Amount(size // 3, size, measured=False, source=_SOURCE) if call.tool in _APT else None,
    )


def _is_known(recipe: Recipe) -> bool:
    """Whether the image says what it starts, and all of that is known here, with its health check."""
    said = [step for step in recipe.steps if step.stage in recipe.shipped and step.keyword in (*STARTS, "HEALTHCHECK")]
    is_read = all(step.calls and not any(map(is_unknown, step.calls)) for step in said)
    return is_read and any(step.keyword in STARTS for step in said)


def _without(step: Step, call: Call, gone: list[int]) -> tuple[Edit, ...]:
    """The words with these numbers away, and lines of nothing else; others keep the line that they are on.

    () for a call in a string, and where a comment would go with them.
    """
    if not call.spans:
        return ()
    lines = [step.file.position(start)[0] for start, _ in call.spans]
    first = {line: at for at, line in reversed([*enumerate(lines)]) if at not in gone}
    edits = tuple(
        Edit(call.spans[at][0], call.spans[at + 1][0])
        if at < first.get(lines[at], at)
        else Edit(call.spans[at - 1][1], call.spans[at][1])
        for at in gone
    )
    return () if any(b"#" in step.file.text[edit.start : edit.end] for edit in edits) else edits


RULE = Rule("SHV222", "Tools are installed that nothing in the Dockerfile calls", "info", ("DL4001",), look)
