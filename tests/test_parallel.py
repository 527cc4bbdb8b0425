"""Work in threads: all of it, in order, and an end to it."""

from threading import Event as Flag
from typing import Any

import pytest

from shave.events import Event, StageAdvanced, StageEnded, StageStarted, silent
from shave.parallel import Advance, each


def test_results_come_in_the_order_of_the_items() -> None:
    heard: list[Event] = []

    def work(item: int, advance: Advance) -> int:
        advance(item)
        return item * 2

    assert each("sum", 6, [3, 1, 2], work, heard.append, 2) == (6, 2, 4)
    assert heard[0] == StageStarted("sum", 6)
    assert sorted(event.amount for event in heard if isinstance(event, StageAdvanced)) == [1, 2, 3]
    assert isinstance(heard[-1], StageEnded)
    assert each("nothing", 0, [], work, silent) == ()


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_the_first_failure_ends_the_others(failure: Any) -> None:
    ended = Flag()
    begun = Flag()

    def work(item: int, advance: Advance) -> None:
        if item == 1:
            begun.wait(60)
            raise failure
        begun.set()
        try:
            while True:
                advance(0)
        finally:
            ended.set()

    with pytest.raises(failure):
        each("work", 0, range(2), work, silent, 2)
    assert ended.is_set()
