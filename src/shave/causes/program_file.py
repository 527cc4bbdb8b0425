"""An interpreter must find the file that it is told to run.

### program-file-missing

`python app.py`, `node server.js`, `java -jar app.jar`, `sh start.sh`: the program is there, but not the file that it is
given, which a relative path looks for in WORKDIR. Known from the words of ENTRYPOINT and CMD and of what they start;
files of that name elsewhere are named, with the instruction that copied them. Where a volume is mounted the file may
come with it: then it is a note. Fix: WORKDIR, or the path as the image has it.

Sources: of each interpreter, in `src/shave/facts/interpreters.toml`.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from posixpath import join, normpath

from msgspec import Struct, convert

from shave.causes.launches import Launch, final, placed
from shave.causes.places import elsewhere, is_mounted, shown
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis
from shave.facts import load


class Interpreter(Struct, frozen=True, forbid_unknown_fields=True):
    """How a program is told what to run; the fields as in facts/interpreters.toml."""

    names: tuple[str, ...]
    source: str
    values: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    instead: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()
    operand: bool = True


@cache
def interpreters() -> tuple[Interpreter, ...]:
    """All that are known."""
    return convert(load("interpreters")["interpreter"], tuple[Interpreter, ...])


def look(patient: Patient) -> Iterator[Diagnosis]:
    """Files that the launches are to run, and that are nowhere."""
    for launch in final(patient):
        known, name = _known(launch), told(launch)
        if known and name and launch.directory is not None:
            there = placed(patient, launch.directory)
            if not any(there.resolve(name + ending) is not None for ending in ("", *known.endings)):
                yield _missing(there, launch, name)


def told(launch: Launch) -> str | None:
    """The path of what an interpreter is to run; None if nothing is, or only a run knows."""
    known, rest = _known(launch), iter(launch.words[1:])
    for word in rest if known else ():
        if word is None or known is None or word in known.instead:
            return None
        if word in known.given:
            return next(rest, None)
        if word in known.values:
            next(rest, None)
        elif not word.startswith(("-", "+")):
            return word if known.operand else None
    return None


def _known(launch: Launch) -> Interpreter | None:
    return next((each for each in interpreters() if any(fnmatchcase(launch.name, name) for name in each.names)), None)


def _missing(patient: Patient, launch: Launch, name: str) -> Diagnosis:
    place = normpath(join("/", patient.directory, name))
    text = f"{name}, which {launch.name} is to run, is not there" + ("" if place == name else f" ({place})")
    found = elsewhere(patient, name)
    fix = f"name /{found[0]} instead" if found else "copy it into the last stage"
    if found and not name.startswith("/") and f"/{found[0]}".endswith(f"/{normpath(name)}"):
        fix = f"WORKDIR /{found[0].removesuffix(normpath(name)).strip('/')}, or {fix}"
    sure = launch.sure and not is_mounted(patient, name)
    return Diagnosis("program-file-missing", text, tuple(shown(patient, found)), fix, sure)
