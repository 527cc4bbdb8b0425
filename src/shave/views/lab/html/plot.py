"""Packed bytes against start time as a drawing of its own, without a script: SVG 2, both axes logarithmic."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, log10, sqrt

from msgspec import Struct

from shave.views.lab import cells
from shave.views.page import shown
from shave.views.visible import one_line, shortened

_WIDTH, _HEIGHT = 960, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 26, 46
_LINE, _LETTER, _ABOVE, _BELOW = 15, 7, 6, 17
_LABEL = 40
_MOST_TICKS = 9


class Point(Struct, frozen=True):
    """A variant that works, and whether no other is smaller and starts as soon. Neither figure is 0."""

    name: str
    packed_bytes: int
    start_seconds: float
    is_front: bool


class Axis(Struct, frozen=True):
    """Values from ``low`` to ``high``, drawn from ``begin`` to ``end``."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Where a value is drawn."""
        share = log10(value / self.low) / log10(self.high / self.low)
        return round(self.begin + share * (self.end - self.begin), 1)

    def ticks(self) -> list[float]:
        """Round values within: of every power of ten 1, 2 and 5, or 1 alone."""
        powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        fine = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        inside = [value for value in fine if self.low <= value <= self.high]
        return inside if len(inside) <= _MOST_TICKS else [value for value in inside if log10(value) % 1 < 1e-9]


def axis(values: Sequence[float], begin: float, end: float) -> Axis:
    """An axis with room around all values, over a power of ten or more."""
    low, high = min(values) / 1.3, max(values) * 1.3
    missing = max(1.0, sqrt(10 * low / high))
    return Axis(low / missing, high * missing, begin, end)


def plot(name: str, points: Sequence[Point]) -> str:
    """The drawing: to the left and down is better. A line joins the front."""
    x = axis([point.packed_bytes for point in points], _LEFT, _WIDTH - _RIGHT)
    y = axis([point.start_seconds for point in points], _HEIGHT - _BOTTOM, _TOP)
    title = f"{one_line(name)}: packed bytes (across) and start (up) of the variants that work"
    parts = [*_across(x), *_up(y), _front(points, x, y), *_dots(points, x, y), *_labels(points, x, y)]
    drawn = "\n".join(part for part in parts if part)
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{shown(title)}">\n{drawn}\n</svg>'
    )


def _across(x: Axis) -> Iterator[str]:
    bottom = _HEIGHT - _BOTTOM
    for value in x.ticks():
        at = x.at(value)
        yield f'<path class="grid" d="M{at} {_TOP}V{bottom}"/>'
        yield f'<text class="tick" x="{at}" y="{bottom + 18}" text-anchor="middle">{_round(value, _bytes)}</text>'
    yield f'<text class="tick" x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end">packed</text>'


def _up(y: Axis) -> Iterator[str]:
    for value in y.ticks():
        at = y.at(value)
        yield f'<path class="grid" d="M{_LEFT} {at}H{_WIDTH - _RIGHT}"/>'
        yield f'<text class="tick" x="{_LEFT - 8}" y="{at + 4}" text-anchor="end">{_round(value, _seconds)}</text>'
    yield f'<text class="tick" x="{_LEFT - 8}" y="14" text-anchor="end">start</text>'


def _round(value: float, unit: Callable[[float], tuple[float, str]]) -> str:
    number, name = unit(value)
    return f"{number:g} {name}"


def _bytes(value: float) -> tuple[float, str]:
    return next(
        ((value / size, name) for size, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")) if value >= size), (value, "B")
    )


def _seconds(value: float) -> tuple[float, str]:
    return (value, "s") if value >= 1 else (round(1000 * value, 6), "ms")


def _front(points: Sequence[Point], x: Axis, y: Axis) -> str:
    """In steps: between two of the front nothing is both."""
    front = sorted((x.at(point.packed_bytes), y.at(point.start_seconds)) for point in points if point.is_front)
    if not front:
        return ""
    steps = "".join(f"H{across}V{up}" for across, up in front[1:])
    return f'<path class="front" d="M{front[0][0]} {_TOP}V{front[0][1]}{steps}H{_WIDTH - _RIGHT}"/>'


def _dots(points: Sequence[Point], x: Axis, y: Axis) -> Iterator[str]:
    for point in points:
        figures = f"{cells.amount(point.packed_bytes).text} packed, start {cells.start(point.start_seconds).text}"
        title = f"<title>{shown(one_line(point.name))}: {figures}</title>"
        best = " best" if point.is_front else ""
        place = f'cx="{x.at(point.packed_bytes)}" cy="{y.at(point.start_seconds)}"'
        yield f'<circle class="dot{best}" {place} r="5">{title}</circle>'


def _labels(points: Sequence[Point], x: Axis, y: Axis) -> Iterator[str]:
    """Above or below each point its name, off the lines, if no other is there; those of the front come first."""
    taken: list[tuple[float, float, float]] = []
    for point in sorted(points, key=lambda point: (not point.is_front, point.packed_bytes)):
        name = shortened(point.name, _LABEL)
        width, across, up = _LETTER * len(name), x.at(point.packed_bytes), y.at(point.start_seconds)
        left = across + 7 if across + 7 + width < _WIDTH - _RIGHT else across - 7 - width
        place = next((up + step for step in (-_ABOVE, _BELOW) if _is_free(left, width, up + step, taken)), None)
        if place is not None:
            taken.append((left, left + width, place))
            yield f'<text class="name" x="{left:.1f}" y="{place:.1f}">{shown(name)}</text>'


def _is_free(left: float, width: float, up: float, taken: Sequence[tuple[float, float, float]]) -> bool:
    return all(left > right or left + width < begin or abs(up - other) >= _LINE - 1 for begin, right, other in taken)
