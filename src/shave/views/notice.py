"""What a gate says to those who run it, in the common measure of all forms that CI systems read."""

from typing import Literal

from msgspec import Struct

Level = Literal["error", "warning", "note", "pass"]


class Place(Struct, frozen=True):
    """From a line and column to another, both from 1; columns count characters, and ``end_column`` is behind it."""

    line: int
    column: int
    end_line: int
    end_column: int


class Mending(Struct, frozen=True):
    """What would mend it in a few words, and what comes instead of what stands at each place."""

    text: str
    edits: tuple[tuple[Place, str], ...]


class Notice(Struct, frozen=True):
    """One rule and what came of it. ``rule`` is its name, the same for every image; ``title`` a few words; ``message``
    all there is to say, in lines; ``target`` the file it is about, with its ``line`` if it has one (from 1), or the
    image. "pass" says that there is nothing to complain of. ``place`` is where in the file, exactly.
    """

    rule: str
    level: Level
    title: str
    message: str
    target: str
    line: int = 0
    place: Place | None = None
    mending: Mending | None = None


class Help(Struct, frozen=True):
    """What is to be known of a rule: its name in a few words, what it finds, and its page as Markdown."""

    name: str
    what: str
    page: str
