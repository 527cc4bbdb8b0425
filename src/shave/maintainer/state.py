"""What is known at one point of a script that is followed: variables, arguments, what it has called so far."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tree_sitter import Node

from shave.maintainer.conditions import Status
from shave.maintainer.words import Words

_MOST_STEPS = 10_000
_DEEPEST = 40
_TEXT_STEP = 64
"""Bytes of a text that count as one step."""


class Answers(Protocol):
    """What the image and its tools say to a script that asks."""

    def exists(self, operator: str, path: str) -> Status:
        """Whether ``test OPERATOR PATH`` holds."""

    def status(self, words: Words) -> Status:
        """Whether a command succeeds."""

    def output(self, words: Words) -> str | None:
        """What a command prints, without newlines at the end."""

    def filtered(self, words: Words, text: str) -> str | None:
        """What a command prints that reads a text."""

    def files(self, pattern: str) -> Sequence[str] | None:
        """The paths that match a pattern of glob(7), or that itself if there are none; None if that is not known."""

    def debconf(self, question: str) -> str | None:
        """The answer to a question of debconf."""

    def source(self, path: str) -> bytes | None:
        """The text of a file that a script reads by ``.``; empty if it sets nothing, None if it cannot be read."""


class UnreadableError(Exception):
    """The script cannot be followed: it is too long, too deep or goes on for ever."""


class LeftError(Exception):
    """The script leaves a loop, a function or itself."""

    def __init__(self, how: str, status: Status = None) -> None:
        super().__init__(how)
        self.how = how
        self.status = status


class State:
    """What is known. It changes from statement to statement."""

    def __init__(self, arguments: Words, variables: Mapping[str, str], answers: Answers) -> None:
        self.answers = answers
        self.arguments = arguments
        self.variables: dict[str, str | None] = dict(variables)
        self.functions: dict[str, Node] = {}
        self.commands: list[Words] = []
        self.named: set[str | None] = set()
        self.strange = False
        self.steps = 0
        self.depth = 0

    def step(self, text_bytes: int = 0) -> None:
        """Count a statement, or a text that is read. Raises UnreadableError for more than scripts have."""
        self.steps += 1 + text_bytes // _TEXT_STEP
        if self.steps > _MOST_STEPS:
            raise UnreadableError("it goes on for too long")
        if self.depth > _DEEPEST:
            raise UnreadableError("it is nested too deep")

    def note(self, words: Words) -> None:
        """A command that is started."""
        self.commands.append(words)
        self.named.update(words)

    def exists(self, operator: str, path: str) -> Status:
        """Of what the script itself may have made before, nobody knows."""
        found = self.answers.exists(operator, path)
        return None if found is False and path in self.named else found

    def branches(self, ways: Sequence[Callable[[], Status]]) -> Status:
        """Follow each from here; behind them, what they agree on is known. Those that leave have no say in that."""
        before, arguments = dict(self.variables), self.arguments
        ends: list[tuple[dict[str, str | None], Words]] = []
        statuses: set[Status] = set()
        left: list[LeftError] = []
        for way in ways:
            self.variables, self.arguments = dict(before), arguments
            try:
                statuses.add(way())
                ends.append((self.variables, self.arguments))
            except LeftError as error:
                left.append(error)
        if not ends:
            raise min(left, key=lambda error: ("break", "return", "exit").index(error.how))
        self.variables = _agreed([variables for variables, _ in ends])
        self.arguments = ends[0][1] if all(each == ends[0][1] for _, each in ends) else tuple(None for _ in arguments)
        return statuses.pop() if len(statuses) == 1 else None

    def alone(self, way: Callable[[], Status]) -> Status:
        """Follow in a subshell: what is set there is lost."""
        variables, arguments = dict(self.variables), self.arguments
        try:
            return way()
        except LeftError as error:
            return error.status
        finally:
            self.variables, self.arguments = variables, arguments

    def leave(self, how: str, words: Words) -> Status:
        known = {"0": True, None: None}
        raise LeftError(how, known.get(words[0], False) if words else None)

    def shift(self, words: Words) -> Status:
        count = int(words[0]) if words and words[0] and words[0].isdecimal() and len(words[0]) < 9 else 1
        self.arguments = self.arguments[count:]
        return True

    def set_(self, words: Words) -> Status:
        if words[:1] == ("--",):
            self.arguments = words[1:]
        elif words and not (words[0] or "-").startswith(("-", "+")):
            self.arguments = words
        return True

    def variable_read(self, words: Words) -> Status:
        for word in words:
            if word is not None and not word.startswith("-"):
                self.variables[word] = None
        return None

    def asked(self, words: Words) -> Status:
        """db_get: the answer is in RET (confmodule(3))."""
        self.variables["RET"] = self.answers.debconf(words[0]) if words and words[0] else None
        return None if self.variables["RET"] is None else True


def _agreed(ends: Sequence[dict[str, str | None]]) -> dict[str, str | None]:
    names = {name for variables in ends for name in variables}
    return {name: ends[0].get(name, "") if len({each.get(name, "") for each in ends}) == 1 else None for name in names}
