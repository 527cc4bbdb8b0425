"""What a builder must be able to do: make an image from a Dockerfile."""

from pathlib import Path
from typing import Protocol

from msgspec import Struct

from shave.dockerfile.abilities import Ability as Ability
from shave.supervised import Stopped, never


class Order(Struct, frozen=True):
    """One build. ``dockerfile`` is the text, ``context`` a directory of the host, ``tag`` the name of the result.

    ``log`` is a file that the builder's output is written to while it works; ``timeout`` is in seconds. What
    ``is_anew`` takes nothing from the builder's cache.
    """

    dockerfile: str
    context: Path
    tag: str
    log: Path
    target: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    network: str = ""
    timeout: float = 1800.0
    is_anew: bool = False


class Outcome(Struct, frozen=True):
    """How a build ended: ``reference`` is where the image is, "" without one; ``message`` says why in one line."""

    reference: str
    seconds: float
    message: str = ""
    is_timeout: bool = False


class Builder(Protocol):
    """One way of building images here."""

    name: str

    def refusal(self) -> str | None:
        """Why it cannot be used here, in one sentence; None if it can. Cheap: asked of each."""

    def version(self) -> str:
        """That of what carries its builds out here. Raises CannotError."""

    def lacks(self, abilities: frozenset[Ability]) -> frozenset[Ability]:
        """Which of these it has not in the version that is here."""

    def build(self, order: Order, is_stopped: Stopped = never) -> Outcome:
        """Build. A build that fails is an outcome; raises CannotError where none can be begun.

        At the end no process of it is left, nor of a build that ``is_stopped`` or whose time is over.
        """
