"""What the core tells while it works. A verb takes a sink; the default one is silent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Literal

from msgspec import Struct

from shave.plan import Grain, Price


class StageStarted(Struct, frozen=True):
    """A stage begins. ``total`` is its expected amount (bytes, files), 0 if unknown, ``of`` what it is about."""

    stage: str
    total: int = 0
    of: str = ""


class StageAdvanced(Struct, frozen=True):
    """``amount`` more of the stage's total is done."""

    stage: str
    amount: int


class StageEnded(Struct, frozen=True):
    """A stage is over after ``seconds`` of wall time."""

    stage: str
    seconds: float
    of: str = ""


class Remark(Struct, frozen=True):
    """Something worth a line while the work goes on; ``level`` is "info", "warning", or "detail" (shown by ``-v``)."""

    text: str
    level: str = "info"


class BlobWritten(Struct, frozen=True):
    """A layer's blob is complete where an image is being written.

    It was "copied", was there already ("reused"), or the registry took it from another repository ("mounted").
    """

    digest: str
    packed_bytes: int
    how: Literal["copied", "reused", "mounted"]


class Priced(Struct, frozen=True):
    """A plan is made and nothing is built yet: what each grain would keep, and which one it is."""

    grain: Grain
    prices: tuple[Price, ...]


Event = StageStarted | StageAdvanced | StageEnded | Remark | BlobWritten | Priced
Sink = Callable[[Event], None]


def silent(event: Event) -> None:
    """The sink that hears nothing."""


@contextmanager
def stage(sink: Sink, name: str, total: int = 0, of: str = "") -> Iterator[Callable[[int], None]]:
    """Tell the start and the end of a stage; the value is called with each amount done."""
    sink(StageStarted(name, total, of))
    begun = monotonic()
    try:
        yield lambda amount: sink(StageAdvanced(name, amount))
    finally:
        sink(StageEnded(name, monotonic() - begun, of))
