from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.probes.clock import Told, keeps_time

NOON = datetime(2026, 11, 5, 12, 0, 30, tzinfo=UTC)
LAYOUTS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%a, %d %b %Y %H:%M:%S", "%d/%b/%Y:%H:%M:%S", "%H:%M:%S")


def told(moment: datetime, layout: str, zone: float = 0, off: float = 0) -> Told:
    shifted = (moment + timedelta(seconds=off)).astimezone(timezone(timedelta(hours=zone)))
    return Told(shifted.strftime(layout), moment.timestamp())


def runs(*seconds: float) -> list[datetime]:
    return [NOON + timedelta(seconds=second) for second in seconds]


@pytest.mark.parametrize("layout", LAYOUTS)
@given(zone=st.sampled_from([0, 2, -5, 5.5, 5.75, 14, -11]))
def test_the_same_zone_keeps_time(layout: str, zone: float) -> None:
    one, two, other = runs(0, 11, 70000)
    assert keeps_time([told(one, layout, zone), told(two, layout, zone)], told(other, layout, zone)) is True


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_lost_zone_shows(layout: str) -> None:
    one, two, other = runs(0, 11, 30)
    assert keeps_time([told(one, layout, 2), told(two, layout, 2)], told(other, layout, 0)) is False


def test_a_minute_that_is_equal_twice_is_still_the_time() -> None:
    one, two, other = runs(0, 5, 40)
    assert keeps_time([told(one, "%H:%M"), told(two, "%H:%M")], told(other, "%H:%M")) is True
    assert told(one, "%H:%M").text == told(two, "%H:%M").text != told(other, "%H:%M").text


def test_a_day_that_turns_between_the_runs_is_still_today() -> None:
    one, two, other = runs(0, 5, 13 * 3600)
    assert keeps_time([told(one, "%Y-%m-%d"), told(two, "%Y-%m-%d")], told(other, "%Y-%m-%d")) is True


def test_an_epoch_is_a_time() -> None:
    one, two, other = runs(0, 5, 40)
    found = [Told(str(int(moment.timestamp() * 1000)), moment.timestamp()) for moment in (one, two, other)]
    assert keeps_time(found[:2], found[2]) is True


@pytest.mark.parametrize("text", ["2024-07-01T14:00:00", "1999-12-31", "word", "12", "99:99:99", "2024-99-99"])
def test_what_is_not_the_time_of_the_run_is_no_time(text: str) -> None:
    one, two, other = runs(0, 11, 30)
    found = [Told(text, moment.timestamp()) for moment in (one, two, other)]
    assert keeps_time(found[:2], found[2]) is None


def test_a_constant_near_the_time_of_the_run_is_no_time() -> None:
    one, two, other = runs(0, 11, 12)
    constant = told(one, "%H:%M:%S").text
    assert (
        keeps_time([Told(constant, one.timestamp()), Told(constant, two.timestamp())], told(other, "%H:%M:%S")) is None
    )


def test_without_a_clock_nothing_is_known() -> None:
    assert keeps_time([Told("12:00", 0), Told("12:00", 0)], Told("12:00", 0)) is None
