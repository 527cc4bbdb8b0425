"""What variables hold, and which shell runs commands, where an instruction stands.

Sources: Dockerfile reference, "ARG", "ENV", "SHELL"; moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping
from operator import itemgetter

from msgspec import Struct

from shave.dockerfile.lexer import expand
from shave.dockerfile.pairs import Pair, pairs
from shave.dockerfile.parts import Dockerfile, Instruction

MOST_VARIABLES = 1000
"""Of a stage; others of a hostile file are not known."""
MOST_INHERITED = 1 << 17
"""Values that all stages together take from others."""
DEFAULT_SHELL = ("/bin/sh", "-c")
"""On Linux; what the image that a stage starts from says is not known here."""
WINDOWS_SHELL = ("cmd", "/S", "/C")
"""On Windows, unless an instruction says otherwise."""
# "windows/servercore:ltsc2022", "python:3.13-windowsservercore", "winamd64/golang", and not "dockcross/windows-arm64"
_WINDOWS = re.compile(r"(?:^|/)windows[/:@]|^winamd64/|servercore|nanoserver|dotnet/framework/|:[\w.-]*windows")


class Scope(Struct, frozen=True):
    """The variables and shells of a stage: by name, values and the offsets of the instructions that set them.

    None is a value that is not known. What is inherited is set at -1; instructions see what stands before them.
    """

    values: Mapping[str, tuple[tuple[int, ...], tuple[str | None, ...]]]
    shells: tuple[tuple[int, tuple[str, ...]], ...]

    def value(self, name: str, offset: int) -> str | None:
        """What a variable holds for the instruction at ``offset``."""
        starts, values = self.values.get(name, ((), ()))
        at = bisect_left(starts, offset)
        return values[at - 1] if at else None

    def at(self, offset: int) -> dict[str, str]:
        """All known variables for the instruction at ``offset``."""
        found = ((name, self.value(name, offset)) for name in self.values)
        return {name: value for name, value in found if value is not None}

    def shell(self, offset: int) -> tuple[str, ...]:
        """The words of the SHELL for the instruction at ``offset``."""
        return self.shells[bisect_left(self.shells, offset, key=itemgetter(0)) - 1][1]


class Scopes(Struct, frozen=True):
    """``before`` is what FROM sees; of stages, by number, the scopes, and the bases expanded or None."""

    before: Scope
    bases: tuple[str | None, ...]
    stages: tuple[Scope, ...]


class _Growing:
    """A scope while it is read. ``current`` are the values now, ``inherited`` those that ARG without a value takes."""

    def __init__(
        self,
        escape: str,
        given: Mapping[str, str],
        inherited: Mapping[str, str],
        shell: tuple[str, ...] = DEFAULT_SHELL,
    ) -> None:
        self.escape, self.given, self.inherited = escape, given, inherited
        self.current: dict[str, str] = {}
        self.fixed: set[str] = set()
        self.history: dict[str, tuple[list[int], list[str | None]]] = {}
        self.shells: list[tuple[int, tuple[str, ...]]] = [(-2, shell)]

    def scope(self) -> Scope:
        values = {name: (tuple(starts), tuple(found)) for name, (starts, found) in self.history.items()}
        return Scope(values, tuple(self.shells))

    def set(self, at: int, name: str, value: str | None) -> None:
        if name not in self.history and len(self.history) == MOST_VARIABLES:
            return
        starts, values = self.history.setdefault(name, ([], []))
        starts.append(at)
        values.append(value)
        if value is None:
            self.current.pop(name, None)
        else:
            self.current[name] = value

    def inherit(self, parent: "_Growing") -> None:
        for name, value in parent.current.items():
            self.set(-1, name, value)
        self.fixed |= parent.fixed
        self.shells.append((-1, parent.shells[-1][1]))

    def read(self, instructions: tuple[Instruction, ...]) -> None:
        for each in instructions:
            if each.keyword == "ENV":
                self.environment(each)
            elif each.keyword == "ARG":
                self.arguments(each)
            elif each.keyword == "SHELL" and each.form == "json" and each.arguments:
                self.shells.append((each.start, tuple(word.value for word in each.arguments)))

    def environment(self, instruction: Instruction) -> None:
        """All values of an instruction are expanded with what was set before it."""
        found = [(expand(pair.name.value, self.current, self.escape), self._value(pair)) for pair in pairs(instruction)]
        for name, value in found:
            if name:
                self.fixed.add(name)
                self.set(instruction.start, name, value)

    def arguments(self, instruction: Instruction) -> None:
        """``ARG name=value``: what is given at the build counts first, and ENV before that."""
        for pair in pairs(instruction):
            name = pair.name.value
            if name in self.fixed:
                continue
            if name in self.given:
                self.set(instruction.start, name, self.given[name])
            elif pair.value is not None:
                self.set(instruction.start, name, self._value(pair))
            elif name in self.inherited:
                self.set(instruction.start, name, self.inherited[name])

    def _value(self, pair: Pair) -> str | None:
        return expand(pair.value.value, self.current, self.escape) if pair.value else ""


def scopes(dockerfile: Dockerfile, arguments: Mapping[str, str] | None = None, platform: str = "linux/amd64") -> Scopes:
    """The scopes of a build with these build arguments, for a platform, on the same platform.

    What a base image that is no stage sets is not known: its variables count as not set.
    """
    given = arguments or {}
    before = _Growing(dockerfile.escape, given, {})
    for name, value in _platform(platform).items():
        before.set(-1, name, given.get(name, value))
    for instruction in dockerfile.preamble:
        if instruction.keyword == "ARG":
            before.arguments(instruction)
    bases = tuple(expand(stage.base.value, before.current, before.escape) for stage in dockerfile.stages)
    stages = _stages(dockerfile, given, before.current, bases)
    return Scopes(before.scope(), bases, tuple(growing.scope() for growing in stages))


def _stages(
    dockerfile: Dockerfile, given: Mapping[str, str], known: Mapping[str, str], bases: tuple[str | None, ...]
) -> list[_Growing]:
    ends: list[_Growing] = []
    inherited = 0
    for stage, base in zip(dockerfile.stages, bases, strict=True):
        growing = _Growing(dockerfile.escape, given, known, _shell(stage.platform, base))
        parent = ends[stage.parent] if stage.parent is not None else None
        if parent and inherited + len(parent.current) <= MOST_INHERITED:
            inherited += len(parent.current)
            growing.inherit(parent)
        growing.read(stage.instructions)
        ends.append(growing)
    return ends


def _shell(platform: str, base: str | None) -> tuple[str, ...]:
    """Source: Dockerfile reference, "SHELL"."""
    is_windows = platform.lower().startswith("windows") or _WINDOWS.search((base or "").lower())
    return WINDOWS_SHELL if is_windows else DEFAULT_SHELL


def _platform(platform: str) -> dict[str, str]:
    """The predefined arguments; Dockerfile reference, "Automatic platform ARGs in the global scope"."""
    system, architecture, variant = (*platform.split("/"), "", "")[:3]
    values = {"PLATFORM": platform, "OS": system, "ARCH": architecture, "VARIANT": variant}
    return {side + name: value for side in ("BUILD", "TARGET") for name, value in values.items()}
