"""What each line of a Dockerfile costs, as a table: the dearest first, the small ones together."""

from collections.abc import Iterator, Sequence

from shave.verbs.lint_lines import LineCost
from shave.views.columns import columns
from shave.views.units import megabytes
from shave.views.visible import one_line, shortened

_SHARE, _TEXT = 100, 50
HEAD = ("packed", "unpacked", "line", "instruction")


def rows(costs: Sequence[LineCost]) -> Iterator[tuple[str, str, str, str]]:
    """A row for each that costs at least a hundredth of them all, one for the others."""
    least = sum(each.packed_bytes for each in costs) / _SHARE
    small = [each for each in costs if each.packed_bytes < least]
    for each in costs:
        if each not in small:
            yield (
                *_bytes([each]),
                ", ".join(map(str, each.lines)) or "?",
                one_line(each.text) or "made by no known line",
            )
    if small:
        yield (*_bytes(small), "", f"{len(small)} more")


def lines(costs: Sequence[LineCost]) -> Iterator[str]:
    """For the terminal."""
    shown = [(*row[:3], shortened(row[3], _TEXT)) for row in rows(costs)]
    yield from columns([HEAD, *shown], right=(0, 1, 2))


def _bytes(costs: Sequence[LineCost]) -> tuple[str, str]:
    packed, unpacked = sum(each.packed_bytes for each in costs), sum(each.unpacked_bytes for each in costs)
    return megabytes(packed), megabytes(unpacked)
