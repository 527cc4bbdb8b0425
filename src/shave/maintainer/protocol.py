"""What is emulated: one command that maintainer scripts call, or one kind of file that a trigger looks at."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from shave.stage import Made, Remark, Stage


class Call(Struct, frozen=True):
    """A command in a maintainer script: of which unit, in which script, its words; None for what only a run knows."""

    unit: str
    script: str
    words: tuple[str | None, ...]

    @property
    def name(self) -> str:
        """The command without its directory; empty if only a run knows it."""
        return (self.words[0] or "").rpartition("/")[2]


def bare(unit: str) -> str:
    """The name in a unit of dpkg's: "libc6" of "dpkg:libc6:amd64"."""
    return unit.split(":")[1] if ":" in unit else unit


class Effects(Struct, frozen=True):
    """What a command leaves behind: files with the unit that would own them, and what could not be done."""

    made: tuple[tuple[str, Made], ...] = ()
    remarks: tuple[Remark, ...] = ()


class Emulation(Protocol):
    """One command (or trigger). Its docstring says what the command does, and with what source that is known."""

    names: tuple[str, ...]
    """The commands that it stands for."""

    def effects(self, stage: Stage, calls: Sequence[Call]) -> Effects:
        """What the calls leave in the image ``stage``, in which earlier emulations have already left theirs.

        It is asked even where nothing calls: a trigger needs no call.
        """
