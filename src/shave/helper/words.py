"""What shave and the shave in the helper say to each other: a job in, lines of JSON out."""

from typing import Literal, get_args

import msgspec
from msgspec import Struct

from shave.errors import BadImageError, CannotError, NotRunningError, ShaveError, UsageError
from shave.events import Event
from shave.probe import Probe, RunOptions
from shave.verbs.slim import Wanted

HOME = "/shave"
"""The volume of the helper: ``in`` and ``mounts`` come from outside, ``out`` goes there, ``work`` is its own."""

FAREWELL = "done"
_EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
_ERRORS = {kind.__name__: kind for kind in (UsageError, CannotError, BadImageError, NotRunningError, ShaveError)}


class Job(Struct, frozen=True):
    """What is asked of image 0: to be slimmed as it is ``wanted``, given a previous result as image 1 if there are two
    ``images``; or traced; or to ``verify`` image 1 against it.
    """

    task: Literal["slim", "trace", "verify"]
    run: RunOptions
    probes: tuple[Probe, ...]
    tracer: str
    wanted: Wanted = Wanted()
    images: int = 1


class _Failed(Struct, frozen=True):
    kind: str
    message: str
    hint: str


def event_line(event: Event) -> bytes:
    """One event as a line."""
    return _line(type(event).__name__, event)


def failure_line(error: ShaveError) -> bytes:
    """The error that ended the job."""
    return _line("failed", _Failed(type(error).__name__, str(error), error.hint))


def farewell_line() -> bytes:
    """The job is done; its results are at ``out``."""
    return _line(FAREWELL, None)


def hear(line: bytes) -> Event | None:
    """The event of a line, None for the farewell. Raises the error that the helper raised."""
    word, value = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
    if word == "failed":
        failed = msgspec.json.decode(value, type=_Failed)
        raise _ERRORS.get(failed.kind, CannotError)(failed.message, failed.hint)
    return None if word == FAREWELL else msgspec.json.decode(value, type=_EVENTS[word])


def _line(word: str, value: Struct | None) -> bytes:
    return msgspec.json.encode((word, _ascii(value))) + b"\n"


def _ascii(value: Struct | None) -> object:
    """Lone surrogates (a path that is not UTF-8, in a message) are spelled out: msgspec's JSON has no room for them."""
    if value is None:
        return None
    return {
        name: part.encode("utf-8", "backslashreplace").decode() if isinstance(part, str) else part
        for name, part in msgspec.structs.asdict(value).items()
    }
