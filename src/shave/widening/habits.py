"""What programs of a kind use on ways that no run took: the table ``facts/habits.toml``.

A habit has a condition on a kept file (its path, a symbol or words in its code) and what stays then: paths, commands.
"""

from collections.abc import Callable, Iterator
from functools import cache

from msgspec import Struct, convert

from shave.closure import Root
from shave.elf import MAGIC
from shave.facts import load
from shave.globs import matcher
from shave.reason import Link, Reason
from shave.scene import Scene

MAX_CODE_BYTES = 1 << 30
_PIECE = 8 << 20


class Habit(Struct, frozen=True, forbid_unknown_fields=True):
    """One habit: of files that match ``paths``, or of ELF files outside the base that name one of ``symbols`` or hold
    one of ``words``; not of those that match ``but``. Without a condition it is everybody's.
    """

    name: str
    why: str
    source: str
    keep: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    @property
    def marks(self) -> tuple[bytes, ...]:
        """What is looked for in code: symbols stand between NULs, in tables of strings and in Go's of functions.

        Source: Go, runtime/symtab.go, funcnametab. Every program of Go has time.LoadLocationFromTZData.
        """
        return (*(b"\0%s\0" % symbol.encode() for symbol in self.symbols), *(word.encode() for word in self.words))


@cache
def habits() -> tuple[Habit, ...]:
    """All habits."""
    return convert(load("habits")["habit"], tuple[Habit, ...])


@cache
def shared_data() -> Callable[[str], bool]:
    """Whether a path is data that habits keep: everybody reads it, so it does not say that its package is used."""
    return matcher(glob for habit in habits() for glob in habit.keep)


class Habits:
    """Keeps what a habit asks for as soon as one file that has it stays."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.kept = scene.once(_kept)
        self.left = {habit.name: habit for habit in habits()}
        self.excepted = {habit.name: matcher(habit.but) for habit in habits()}
        self.matches: dict[str, Callable[[str], bool]] = {habit.name: matcher(habit.paths) for habit in habits()}

    def roots(self) -> Iterator[Root]:
        """What everybody has the habit to use."""
        for habit in habits():
            if not (habit.paths or habit.symbols or habit.words):
                del self.left[habit.name]
                yield from ((link.target, link.reason) for link in self._kept(habit, ""))

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """What the habits of a file ask for, each once for an image."""
        if not self.left:
            return
        found = [habit for habit in self.left.values() if self.matches[habit.name](path)]
        if self.scene.is_compiled_job:
            found = [habit for habit in found if not habit.commands]
        if head.startswith(MAGIC) and not self.scene.in_base(path) and self.scene.is_used(path):
            found += self._in_code(path)
        for habit in found:
            if not self.excepted[habit.name](path) and habit.name in self.left:
                del self.left[habit.name]
                yield from self._kept(habit, path)

    def _in_code(self, path: str) -> list[Habit]:
        asked = {mark: habit for habit in self.left.values() for mark in habit.marks}
        found: dict[str, Habit] = {}
        for piece in _pieces(self.scene, path) if asked else ():
            found.update((habit.name, habit) for mark, habit in asked.items() if mark in piece)
        return list(found.values())

    def _kept(self, habit: Habit, path: str) -> Iterator[Link]:
        reason = Reason("habit", habit.why, path)
        if habit.keep:
            yield from (Link(each, reason) for each in self.kept(habit))
        for name in habit.commands:
            if place := self.scene.command(name):
                yield Link(place, reason)


def _kept(scene: Scene) -> Callable[[Habit], tuple[str, ...]]:
    """The paths that a habit keeps, found when it is first asked for."""

    @cache
    def paths(habit: Habit) -> tuple[str, ...]:
        wanted = matcher(habit.keep)
        return tuple(path for path in scene.tree.nodes if wanted(path))

    return paths


def _pieces(scene: Scene, path: str) -> Iterator[bytes]:
    """A file in pieces that overlap by more than any mark."""
    entry = scene.tree.get(path)
    size = min(entry.size, MAX_CODE_BYTES) if entry else 0
    for at in range(0, size, _PIECE):
        yield scene.files.read(path, at, min(_PIECE + 256, size - at))
