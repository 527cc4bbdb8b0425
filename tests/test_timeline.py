"""Events sorted in small runs are sorted events."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import folded, timeline
from shave.errors import BadImageError
from shave.timeline import ASKED, DELETED, EMPTIED, IMPLIED, PUT, Event, by_path
from shave.tree import Entry

PATHS = st.text(st.sampled_from("ab/\udcff"), max_size=4)


def event(path: str, time: int, what: int) -> Event:
    return path, time, what, Entry("link", "hardlink", link=path) if what == ASKED else Entry(path, "directory", time)


EVENTS = st.builds(event, PATHS, st.integers(0, 99), st.sampled_from((DELETED, EMPTIED, ASKED, IMPLIED, PUT)))


@given(st.lists(EVENTS, max_size=40), st.integers(1, 9), st.integers(1, 3))
def test_sorted_as_a_whole(events: list[Event], run: int, block: int) -> None:
    with patch.object(timeline, "RUN_EVENTS", run), patch.object(folded, "BLOCK_VALUES", block):
        count, found = by_path(iter(events))
        assert (count, list(found)) == (len(events), sorted(events, key=lambda event: event[:3]))


def test_long_paths_end_a_run_and_too_many_are_refused() -> None:
    long = "a/" * 2000
    with patch.object(timeline, "MAX_WEIGHT", 1 << 24), pytest.raises(BadImageError, match="more than 8000000 paths"):
        by_path(event(f"{number}/{long}", number, PUT) for number in range(1 << 14))
    with patch.object(timeline, "MAX_EVENTS", 50_000), pytest.raises(BadImageError, match="more than 50000 paths"):
        by_path(event(str(number), number, PUT) for number in range(70_000))
