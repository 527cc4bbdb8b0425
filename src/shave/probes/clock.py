"""Does a token tell the time of its run? Pure.

A time of day is more than noise: it is compared with the clock of its own run, so that a lost time zone shows in a text
that is never the same twice, and so that a minute that happened to be the same in both originals is no difference.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

_FORMATS = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%d/%b/%Y:%H:%M:%S",
)
_EPOCH = re.compile(r"(1\d{9})(?:\.\d+|(?:\d{3}){1,3})?")
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

_DAY = 86400.0
_ZONE_STEP = 900.0
_FARTHEST_ZONE = 15 * 3600.0
_SLACK = 120.0


class Told(Struct, frozen=True):
    """A token, and when its answer came (seconds since the epoch; 0 if unknown)."""

    text: str
    clock: float


class _Moment(Struct, frozen=True):
    seconds: float
    precision: float
    period: float = 0.0


def keeps_time(originals: Sequence[Told], other: Told) -> bool | None:
    """Does ``other`` tell the time of its run in the zone in which all ``originals`` do? None if they do not.

    Originals that agree although more time lay between them than the token can hide tell a constant, not the time.
    """
    zones = {_zone(told) for told in originals}
    if len(zones) != 1 or None in zones or _is_constant(originals):
        return None
    return _zone(other) in zones


def _is_constant(originals: Sequence[Told]) -> bool:
    clocks = [told.clock for told in originals]
    moment = _moment(originals[0].text)
    apart = max(clocks) - min(clocks)
    return len({told.text for told in originals}) == 1 and moment is not None and apart > moment.precision + 1


def _zone(told: Told) -> float | None:
    """Seconds east of UTC of the zone in which the token tells the time of its run; None if it tells another time.

    Zones are multiples of 15 minutes (tz database). A bare date is today's in some zone: 0.
    """
    moment = _moment(told.text)
    if moment is None or not told.clock:
        return None
    offset = moment.seconds - told.clock
    if moment.period:
        offset = (offset + moment.period / 2) % moment.period - moment.period / 2
    if moment.precision == _DAY:
        return 0.0 if -_DAY - _FARTHEST_ZONE < offset < _FARTHEST_ZONE else None
    zone = round(offset / _ZONE_STEP) * _ZONE_STEP
    near = abs(offset - zone) <= moment.precision + _SLACK
    return zone if near and abs(zone) <= _FARTHEST_ZONE else None


def _moment(text: str) -> _Moment | None:
    """The time that ``text`` names, read as UTC; a number counts if it can be an epoch in s, ms, µs or ns."""
    if time := _TIME.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in time.groups())
        return _Moment(hours * 3600.0 + minutes * 60.0 + seconds, 1.0 if time[3] else 60.0, _DAY)
    if epoch := _EPOCH.fullmatch(text):
        return _Moment(float(epoch[1]), 1.0)
    if _DATE.fullmatch(text):
        return _parsed(text, "%Y-%m-%d", _DAY)
    if not text[-1:].isdigit():
        return None
    whole = re.sub(r"[.,]\d+$", "", text)
    return next((found for layout in _FORMATS if (found := _parsed(whole, layout, 1.0))), None)


def _parsed(text: str, layout: str, precision: float) -> _Moment | None:
    try:
        return _Moment(datetime.strptime(text, layout).replace(tzinfo=UTC).timestamp(), precision)
    except ValueError:
        return None
