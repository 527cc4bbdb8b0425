"""What a gate says to those who run it, in the common measure of all forms that CI systems read."""

from typing import Literal

from msgspec import Struct

Level = Literal["error", "warning", "note", "pass"]


class Notice(Struct, frozen=True):
    """One rule and what came of it. ``rule`` is its name, the same for every image; ``title`` a few words; ``message``
    all there is to say, in lines; ``target`` the file it is about, with its ``line`` if it has one (from 1), or the
    image. "pass" says that there is nothing to complain of.
    """

    rule: str
    level: Level
    title: str
    message: str
    target: str
    line: int = 0
