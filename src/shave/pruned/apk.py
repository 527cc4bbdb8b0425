"""apk's records: the database of what is installed, and the world that somebody asked for.

apk refuses a database with fields that it does not know, so nothing in it says that a package is split.

Sources: apk(5), "apk-package" (F: a directory, M: its rights; R: a file, a: its rights, Z: its checksum), apk-world(5).
"""

from collections.abc import Iterator

from shave.catalog.apk import DATABASES, WORLD, wanted
from shave.pruned.protocol import Remains


def pruned(remains: Remains) -> Iterator[tuple[str, bytes]]:
    """The database, wherever it lies, and the world."""
    yield from remains.rewritten(DATABASES, lambda text, _: _database(text, remains))
    yield from remains.rewritten((WORLD,), lambda text, _: _world(text, remains))


def _database(text: str, remains: Remains) -> str:
    """The packages that are left, with those of their directories and files that are there."""
    body = text.rstrip("\n")
    left = [block for written in body.split("\n\n") if (block := _block(written, remains))]
    return "\n\n".join(left) + text[len(body) :] if left else ""


def _block(block: str, remains: Remains) -> str:
    lines = block.split("\n")
    name = next((line[2:] for line in lines if line.startswith("P:")), "")
    return "" if remains.fate(f"apk:{name}") == "gone" else "\n".join(_lines(lines, remains))


def _lines(lines: list[str], remains: Remains) -> Iterator[str]:
    directory, stays = "", True
    for line in lines:
        letter, _, value = line.partition(":")
        if letter == "F":
            directory, stays = value, remains.stays(value)
        elif letter == "R":
            stays = remains.stays(f"{directory}/{value}")
        elif letter not in ("M", "a", "Z"):
            stays = True
        if stays:
            yield line


def _world(text: str, remains: Remains) -> str:
    """What was asked for and is not gone; what no package is called by stays, for one may provide it."""
    return "\n".join(_line(line, remains) for line in text.split("\n") if not line or _line(line, remains))


def _line(line: str, remains: Remains) -> str:
    return " ".join(word for word in line.split(" ") if remains.fate(f"apk:{wanted(word)}") != "gone")
