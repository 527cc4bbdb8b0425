"""What became of units, and which directories lose entries: each with the option that keeps it."""

from collections.abc import Iterator, Sequence

from shave.plan import Fate, Listing, UnitFate
from shave.verbs.keeping import keep_below, keep_unit
from shave.views.columns import columns
from shave.views.units import megabytes
from shave.views.visible import one_line

HEAD = ("unit", "fate", "kept", "dropped", "lost files", "lost", "keep it with")
LISTED = ("directory", "entries lost", "of", "keep them with")
_FATES: tuple[Fate, ...] = ("whole", "split", "gone")
_SHOWN = 3


def text(units: Sequence[UnitFate], listings: Sequence[Listing]) -> Iterator[str]:
    """Counts, and the largest of those that a user may miss something of."""
    if units:
        yield ""
        yield from columns([("units", "kept", "dropped", "lost"), *_counts(units)], right=(1, 2))
    if listings:
        yield ""
        yield from columns([("listed directories", "lost"), *_listed(listings)])


def _counts(units: Sequence[UnitFate]) -> Iterator[tuple[str, ...]]:
    for fate in _FATES:
        found = [unit for unit in units if unit.fate == fate]
        kept, dropped = sum(unit.kept_bytes for unit in found), sum(unit.dropped_bytes for unit in found)
        more = "; to keep one whole:" if fate == "split" and found else ""
        yield f"{len(found)} {fate}{more}", megabytes(kept), megabytes(dropped), ""
        if fate == "split":
            for unit in sorted(found, key=_loss)[:_SHOWN]:
                lost = f"{_files(unit.lost_files)}, {megabytes(unit.lost_bytes)}"
                sizes = megabytes(unit.kept_bytes), megabytes(unit.dropped_bytes)
                yield f"  {one_line(keep_unit(unit.unit))}", *sizes, lost


def _listed(listings: Sequence[Listing]) -> Iterator[tuple[str, ...]]:
    yield f"{len(listings)} not whole; to keep all of one:", ""
    for listing in sorted(listings, key=_missing)[:_SHOWN]:
        yield f"  {one_line(keep_below(listing.path))}", f"{listing.lost} of {listing.entries} entries"


def unit_rows(units: Sequence[UnitFate]) -> Iterator[tuple[str, ...]]:
    """All units, those that lost most first."""
    for unit in sorted(units, key=_loss):
        yield (
            one_line(f"{unit.unit} {unit.version}".rstrip()),
            unit.fate,
            megabytes(unit.kept_bytes),
            megabytes(unit.dropped_bytes),
            str(unit.lost_files),
            megabytes(unit.lost_bytes),
            "" if unit.fate == "whole" else one_line(keep_unit(unit.unit)),
        )


def listing_rows(listings: Sequence[Listing]) -> Iterator[tuple[str, ...]]:
    """All directories that lose entries, those that lose most first."""
    for listing in sorted(listings, key=_missing):
        option = one_line(keep_below(listing.path))
        yield f"/{one_line(listing.path)}", str(listing.lost), str(listing.entries), option


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _loss(unit: UnitFate) -> tuple[int, int, str]:
    return -unit.lost_bytes, -unit.lost_files, unit.unit


def _missing(listing: Listing) -> tuple[int, str]:
    return -listing.lost, listing.path
