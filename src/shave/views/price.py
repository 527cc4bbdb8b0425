"""What each grain keeps, as a table: told before anything is built, and again in the answer."""

from collections.abc import Iterator, Sequence

from shave.plan import Grain, Price
from shave.views.columns import columns
from shave.views.units import megabytes

HEAD = ("grain", "content", "files", "units", "by evidence", "by needs", "by habit")
NUMBERS = range(1, len(HEAD))
"""Which columns are numbers."""


def text(prices: Sequence[Price], grain: Grain) -> str:
    """Lines for a terminal; the star marks the grain that was chosen."""
    return "\n".join(columns([HEAD, *rows(prices, grain)], right=NUMBERS))


def rows(prices: Sequence[Price], grain: Grain) -> Iterator[tuple[str, ...]]:
    """A row for each grain: what it keeps, and how much of that runs used, files need, and habit alone keeps."""
    for price in prices:
        parts = (price.evidence_bytes, price.need_bytes, price.habit_bytes)
        yield (
            f"{'*' if price.grain == grain else ' '} {price.grain}",
            megabytes(price.content_bytes),
            str(price.files),
            str(price.units),
            *map(megabytes, parts),
        )
