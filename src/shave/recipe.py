"""A Dockerfile as what it does: its steps, and of each the tools that it calls and how.

``Call`` is what rules look at: ``apt-get -y install curl`` and ``sudo /usr/bin/apt-get install -y curl`` are one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, cached_property
from itertools import groupby
from posixpath import basename
from typing import TypeVar, cast

from msgspec import Struct, convert
from msgspec.structs import replace

from shave.dockerfile.assignments import Assignment, assignments
from shave.dockerfile.parser import parse
from shave.dockerfile.parts import Dockerfile, Instruction, Stage
from shave.dockerfile.scopes import Scope, Scopes, scopes
from shave.dockerfile.shells import Shell, shell_of
from shave.dockerfile.steps import Step as Statement
from shave.facts import load
from shave.shell import Command, is_parsed

T = TypeVar("T")
_VERSIONED = re.compile(r"(pip|python|ruby|gem|php|clang|gcc|g\+\+)-?[0-9][0-9.]*")
_BEHIND_VARIABLE = re.compile(rb"\"?\$(?:\w+|\{\w+\})\"?(?:/[\w.+-]+)*/([\w.+-]+)\"?")
_TAG = re.compile(r"[^/:@]+(?:/[^/:@]+)*")


class Call(Struct, frozen=True, dict=True):
    """A command of a RUN. Its ``start`` and ``end``, and the ``spans`` of its words, are offsets of the Dockerfile.

    ``words`` are None where only a run knows them; ``spans`` is empty for a command in a string. ``statement`` is what
    the command is, or the simplest that it stands in, None where the text could not be parsed. ``file_name`` is that of
    the program, also where only a run knows its directory: "cargo" of ``$HOME/.cargo/bin/cargo``.
    """

    words: tuple[str | None, ...]
    spans: tuple[tuple[int, int], ...]
    start: int
    end: int
    statement: Statement | None = None
    file_name: str = ""

    @cached_property
    def tool(self) -> str:
        """The name of the program, without directory and, of the like of "pip3.11", without its version; that of the
        module of ``python -m pip``.
        """
        if self.is_module:
            return self.words[2] or ""
        found = _VERSIONED.fullmatch(self.file_name)
        return found[1] if found else self.file_name

    @cached_property
    def is_module(self) -> bool:
        """Whether it is ``python -m MODULE``."""
        return self.file_name.startswith("python") and self.words[1:2] == ("-m",) and len(self.words) > 2

    @cached_property
    def _behind(self) -> int:
        """The first word behind the tool's name."""
        return 3 if self.is_module else 1

    @cached_property
    def plain(self) -> tuple[int, ...]:
        """The numbers of the words that are neither options nor their values; all are behind ``--``."""
        found: list[int] = []
        at, values = self._behind, _values(self.tool)
        while at < len(self.words):
            word = self.words[at]
            if word == "--":
                return (*found, *range(at + 1, len(self.words)))
            if word in values or _ends_in_value(word or "", values):
                at += 1
            elif word is None or not word.startswith("-") or word == "-":
                found.append(at)
            at += 1
        return tuple(found)

    @property
    def verb(self) -> str:
        """The first word that is no option, "" for none: "install" of ``apt-get -y install curl``."""
        return (self.words[self.plain[0]] or "") if self.plain else ""

    @property
    def operands(self) -> tuple[str | None, ...]:
        """All words that are no options, the verb among them."""
        return tuple(self.words[at] for at in self.plain)

    @property
    def targets(self) -> tuple[str | None, ...]:
        """What the verb is done to: the operands behind it."""
        return self.operands[1:]

    def has(self, *options: str) -> bool:
        """Whether one of these options is given: as it is, with ``=value``, or as a letter among others (``-qy``)."""
        values = _values(self.tool)
        words = [_without_value(word, values) for word in self.words[self._behind :] if word]
        return any(self._is(word, option) for word in words for option in options)

    def value(self, *options: str) -> str | None:
        """The value of the last of these options, as ``--name value``, ``--name=value``, or behind a letter among
        others (``-fsSLo x``, ``-C/x``); None for none.
        """
        found, values = None, _values(self.tool)
        for at, word in enumerate(self.words):
            name, equals, value = (word or "").partition("=")
            letter, rest = _valued(word or "", values)
            if name in options:
                found = value if equals else (self.words[at + 1] if at + 1 < len(self.words) else None)
            elif letter in options:
                found = rest or (self.words[at + 1] if at + 1 < len(self.words) else None)
        return found

    @staticmethod
    def _is(word: str, option: str) -> bool:
        if word == option or word.startswith(f"{option}="):
            return True
        is_letter = len(option) == 2 and option[0] == "-" and option[1] != "-"
        return is_letter and word[0] == "-" and word[1:2] not in ("-", "") and option[1] in word[1:]


class Step(Struct, frozen=True, dict=True):
    """An instruction: its ``number`` among all of the file, and that of its stage, -1 before the first FROM."""

    file: Dockerfile
    instruction: Instruction
    number: int
    stage: int
    scope: Scope

    @property
    def keyword(self) -> str:
        """The instruction's, in capitals."""
        return self.instruction.keyword

    @cached_property
    def variables(self) -> dict[str, str]:
        """What ARG and ENV of the file set, as this step sees it."""
        return self.scope.at(self.instruction.start)

    @cached_property
    def shell(self) -> Shell | None:
        """What a shell is given, None for an instruction without a command."""
        offset = self.instruction.start
        return shell_of(self.file.text, self.instruction, self.scope.shell(offset), self.variables)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """All commands, in the order in which they stand; of a RUN in a foreign shell none."""
        shell = self.shell
        if shell is None or shell.unread:
            return ()
        return tuple(_call(shell, command) for command in shell.commands if command.words)

    @cached_property
    def assignments(self) -> Mapping[str, tuple[Assignment, ...]]:
        """What its shell text sets variables to, by their names, in offsets of the Dockerfile."""
        shell, found = self.shell, dict[str, list[Assignment]]()
        if shell and not shell.unread:
            # of a JSON array the words stand in no text of a shell
            text = shell.text if shell.text.text else self.instruction.code
            for each in assignments(text.text):
                start, end = text.origin(each.start), text.origin(each.end)
                found.setdefault(each.name, []).append(replace(each, start=start, end=end))
        return {name: tuple(each) for name, each in found.items()}

    @property
    def is_overlong(self) -> bool:
        """Whether its shell text is beyond what is parsed: of its calls only the names are known."""
        return bool(self.shell and not self.shell.unread and not is_parsed(self.shell.text.text))

    @property
    def start(self) -> int:
        """Where its keyword stands."""
        return self.instruction.name.start

    @property
    def end(self) -> int:
        """Where its text ends, here-documents not counted."""
        return self.instruction.code_end


class Recipe(Struct, frozen=True, dict=True):
    """A Dockerfile, and what its steps do; ``target`` is the number of the stage that the image is of, -1 the last."""

    file: Dockerfile
    scopes: Scopes
    steps: tuple[Step, ...]
    target: int = -1

    def once(self, find: Callable[["Recipe"], T]) -> T:
        """What ``find`` finds of this recipe, found when it is first asked for: so rules share what is dear."""
        found = self.__dict__.setdefault("_found", {})
        if find not in found:
            found[find] = find(self)
        return cast(T, found[find])

    @property
    def final(self) -> Stage | None:
        """The stage that the image is of; None for a file without FROM."""
        return self.file.stages[self.target] if self.file.stages else None

    @cached_property
    def shipped(self) -> frozenset[int]:
        """The numbers of the stages whose layers are in the image: the last one, and those that it starts from."""
        found, stage = set(), self.final
        while stage is not None and stage.number not in found:
            found.add(stage.number)
            stage = self.file.stages[stage.parent] if stage.parent is not None else None
        return frozenset(found)

    @cached_property
    def runs(self) -> tuple[Step, ...]:
        """The RUNs whose layers are in the image: what others leave behind costs nobody anything."""
        return tuple(step for step in self.steps if step.keyword == "RUN" and step.stage in self.shipped)

    @cached_property
    def _by_stage(self) -> dict[int, tuple[Step, ...]]:
        return {stage: tuple(steps) for stage, steps in groupby(self.steps, key=lambda step: step.stage)}

    def of(self, stage: int) -> tuple[Step, ...]:
        """The steps of a stage."""
        return self._by_stage.get(stage, ())

    def before(self, step: Step) -> Step | None:
        """The step right before one of the same stage."""
        found = self.steps[step.number - 1] if step.number else None
        return found if found and found.stage == step.stage else None

    def line(self, stage: int) -> Iterator[int]:
        """A stage and those that it is built on, the nearest first."""
        parent: int | None = stage
        while parent is not None and parent >= 0:
            yield parent
            parent = self.file.stages[parent].parent

    def base(self, stage: int) -> str | None:
        """The image that a stage is built on at last, variables expanded; None where that is not known."""
        return self._bases[stage]

    @cached_property
    def _bases(self) -> tuple[str | None, ...]:
        found: list[str | None] = []
        for stage, base in zip(self.file.stages, self.scopes.bases, strict=True):
            found.append(base if stage.parent is None else found[stage.parent])
        return tuple(found)

    @cached_property
    def families(self) -> dict[int, str]:
        """Which package manager the image of each stage has, as ``facts/families.toml`` calls it; "" if not known."""
        return {
            stage.number: family(self.base(stage.number) or "") or self._called(stage.number)
            for stage in self.file.stages
        }

    def _called(self, stage: int) -> str:
        tools = {call.tool for step in self.of(stage) for call in step.calls}
        return next((row.name for row in _families() if tools & (row.managers | row.programs)), "")


def read(text: bytes) -> Recipe:
    """What a Dockerfile does. Any text is one."""
    file = parse(text)
    return recipe(file)


def recipe(file: Dockerfile) -> Recipe:
    """What the steps of a Dockerfile do."""
    found = scopes(file)
    stages = {id(each): stage.number for stage in file.stages for each in stage.instructions}
    steps = []
    for number, instruction in enumerate(file.instructions):
        stage = stages.get(id(instruction), -1)
        steps.append(Step(file, instruction, number, stage, found.stages[stage] if stage >= 0 else found.before))
    return Recipe(file, found, tuple(steps))


def family(image: str) -> str:
    """The package manager of a public image, by its name and tag; "" if not known.

    >>> family("python:3.11-alpine"), family("docker.io/library/debian"), family("acme/app")
    ('alpine', 'debian', '')
    """
    short = image.removeprefix("docker.io/").removeprefix("library/")
    found = _TAG.match(short)
    name, tag = (found[0], short[found.end() :]) if found else (short, "")
    rows = _families()
    by_tag = (row.name for row in rows if any(word in tag for word in row.tags))
    by_name = (row.name for row in rows if any(fnmatchcase(name, glob) for glob in row.images))
    return next(by_tag, next(by_name, ""))


def package_tools(family: str) -> frozenset[str]:
    """The tools by which systems of a family install packages.

    >>> sorted(package_tools("debian"))
    ['apt', 'apt-get', 'aptitude']
    """
    return next(row.managers for row in _families() if row.name == family)


class _Family(Struct, frozen=True):
    name: str
    images: tuple[str, ...]
    source: str
    tags: tuple[str, ...] = ()
    managers: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()


class _Tool(Struct, frozen=True):
    names: tuple[str, ...]
    values: frozenset[str]
    source: str


@cache
def _families() -> tuple[_Family, ...]:
    return convert(load("families")["family"], tuple[_Family, ...])


@cache
def _tools() -> dict[str, frozenset[str]]:
    rows = convert(load("calls")["tool"], tuple[_Tool, ...])
    return {name: row.values for row in rows for name in row.names}


def _values(tool: str) -> frozenset[str]:
    return _tools().get(tool, frozenset())


def _valued(word: str, values: frozenset[str]) -> tuple[str, str]:
    """Of letters behind one dash the first that takes a value, as an option, and what of the word is that value."""
    if word[:1] == "-" and word[1:2] != "-" and word not in values:
        for at, letter in enumerate(word[1:], 2):
            if f"-{letter}" in values:
                return f"-{letter}", word[at:]
    return "", ""


def _without_value(word: str, values: frozenset[str]) -> str:
    """``-yoAPT::Get::x=y`` as ``-yo``."""
    _, rest = _valued(word, values)
    return word.removesuffix(rest)


def _ends_in_value(word: str, values: frozenset[str]) -> bool:
    """Whether the value of the last of its letters is the next word. Source: POSIX.1-2024, 12.2, guideline 5."""
    letter, rest = _valued(word, values)
    return bool(letter) and not rest


def _call(shell: Shell, command: Command) -> Call:
    """A command in offsets of the Dockerfile."""
    text, name = shell.text, _file_name(shell, command)
    if not text.text:  # words of a JSON array
        return Call(command.words, (), 0, 0, None, name)
    spans = tuple(text.span(*span) for span in command.spans)
    return Call(command.words, spans, *text.span(command.start, command.end), _statement(shell, command), name)


def _file_name(shell: Shell, command: Command) -> str:
    """What the program is called, "" if only a run knows that too."""
    if command.name is not None or not command.spans:
        return basename(command.name or "")
    found = _BEHIND_VARIABLE.fullmatch(shell.text.text[slice(*command.spans[0])])
    return found[1].decode("ascii") if found else ""


def _statement(shell: Shell, command: Command) -> Statement | None:
    """The smallest statement that a command stands in."""
    around = [each for each in shell.steps if each.start <= command.start and command.end <= each.end]
    return min(around, key=lambda each: each.end - each.start, default=None)
