"""The lines between the two shaves."""

import pytest

from shave.errors import CannotError, NotRunningError
from shave.events import BlobWritten, Event, Priced, Remark, StageAdvanced, StageEnded, StageStarted
from shave.helper.words import event_line, failure_line, farewell_line, hear
from shave.plan import Price


@pytest.mark.parametrize(
    "event",
    [
        StageStarted("read", 5),
        StageAdvanced("read", 3),
        StageEnded("read", 0.5),
        Remark("héllo\n", "warning"),
        BlobWritten("sha256:0", 5, "copied"),
        Priced("unit", (Price("unit", 1, 2, 3, 4, 5, 6),)),
    ],
)
def test_events_arrive_as_they_were(event: Event) -> None:
    line = event_line(event)
    assert line.count(b"\n") == 1
    assert hear(line) == event


def test_the_farewell() -> None:
    assert hear(farewell_line()) is None


def test_errors_are_raised_again() -> None:
    with pytest.raises(NotRunningError, match="it does not run") as caught:
        hear(failure_line(NotRunningError("it does not run", "give it an argument")))
    assert caught.value.hint == "give it an argument"


def test_a_path_that_is_not_utf8_can_be_told_of() -> None:
    with pytest.raises(CannotError, match=r"no \\udcff"):
        hear(failure_line(CannotError("no \udcff")))
