"""What a tracer must be able to do."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from shave.evidence import Evidence
from shave.runners.protocol import Start


class Trace(Protocol):
    """A running trace of one container."""

    def attach(self, start: Start) -> Start:
        """The same start, changed so that the container is traced."""

    def label(self, probe: str) -> None:
        """From now on accesses belong to this probe."""

    def quiet_seconds(self) -> float:
        """Seconds since a path was touched that no one touched before."""

    def evidence(self, image: str) -> Evidence:
        """What was seen. Asked once, after the container has ended. Raises CannotError if the trace broke."""


class Tracer(Protocol):
    """One way of seeing which paths a container uses."""

    name: str

    def refusal(self) -> str | None:
        """Why it cannot be used here, in one sentence; None if it can."""

    def trace(self, directory: Path) -> AbstractContextManager[Trace]:
        """Begin. ``directory`` is private and holds whatever the tracer needs."""
