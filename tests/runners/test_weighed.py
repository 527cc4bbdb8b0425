"""The largest weight of what ran is kept; what was over at once has none."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import pytest

from shave.runners.protocol import Start
from shave.runners.weighed import Weighed


class Scales:
    """Stands for an image that is prepared, and for its container, which runs until its weights are all taken."""

    def __init__(self, *weights: int) -> None:
        self.weights, self.taken = list(weights), Event()
        if not weights:
            self.taken.set()

    @contextmanager
    def start(self, start: Start) -> Iterator["Scales"]:
        yield self

    def wait(self, timeout: float) -> int | None:
        return 0 if self.taken.is_set() else None

    def resident_bytes(self) -> int:
        weight = self.weights.pop(0)
        if not self.weights:
            self.taken.set()
        return weight


@pytest.mark.parametrize(("weights", "peak"), [((1, 7, 3), 7), ((0,), None), ((), None)])
def test_the_largest_counts(weights: tuple[int, ...], peak: int | None) -> None:
    scales = Scales(*weights)
    weighed = Weighed(scales)  # type: ignore[arg-type]
    with weighed.start(Start(("x",), ())):
        assert scales.taken.wait(30)
    assert weighed.peak_memory_bytes == peak
