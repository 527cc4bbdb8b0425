"""The answer of ``shave size`` as tables: for the terminal, to be pasted into a report, on a page with bars."""

from collections.abc import Iterator
from textwrap import wrap

from msgspec import Struct

from shave.verbs.pull import Link, Model
from shave.verbs.sharing import Sharing
from shave.verbs.size import Row, Sized
from shave.views import markdown as marked
from shave.views.columns import columns
from shave.views.page import page, shown
from shave.views.units import megabytes
from shave.views.visible import one_line, visible

Cells = tuple[str, ...]
_UNKNOWN = "–"
_WIDTH = 100
_MATRIX = 10
"""A terminal has room for so many columns of other images."""
_STYLE = """.bar.parts { display: flex; background: none; }
.bar.parts i { min-width: 0; border-radius: 0; }
.bar.parts .content { background: color-mix(in srgb, var(--accent) 45%, var(--paper)); }
.bar.parts .wasted { background: var(--warm); }
.bars { width: 34%; }
.warm { color: var(--warm); }
"""


class Table(Struct, frozen=True):
    """A table whose first column is names and whose others are numbers, and what must be said about them."""

    head: Cells
    rows: tuple[Cells, ...]
    notes: tuple[str, ...] = ()


def text(sized: Sized) -> str:
    """For the terminal."""
    return visible("\n".join(_text(sized)) + "\n")


def _text(sized: Sized) -> Iterator[str]:
    for table in _tables(sized, _MATRIX):
        yield from columns([table.head, *table.rows], right=range(1, len(table.head)))
        for note in table.notes:
            # a reference is one word, however long and hyphenated
            yield from wrap(note, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        yield ""
    yield f"next: {one_line(sized.next)}"


def markdown(sized: Sized) -> str:
    """Tables to paste into a report."""
    return visible("\n\n".join(_markdown(sized)) + "\n")


def _markdown(sized: Sized) -> Iterator[str]:
    for table in _tables(sized, len(sized.images)):
        yield "\n".join(marked.table(table.head, table.rows, right=range(1, len(table.head))))
        yield from table.notes


def html(sized: Sized) -> bytes:
    """A page of its own, without a script."""
    first, *others = _tables(sized, len(sized.images))
    body = ["<h1>shave size</h1>", _with_bars(first, sized), *map(_table, others)]
    return page("shave size", "\n".join(body), _STYLE)


def _with_bars(table: Table, sized: Sized) -> str:
    head = '<th>packed; content and <span class="warm">wasted</span></th>'
    rows = [_cells(cells) + _bars(row, sized) for cells, row in zip(table.rows, sized.images, strict=True)]
    return _frame(_head(table.head) + head, rows, table.notes)


def _bars(row: Row, sized: Sized) -> str:
    """Packed bytes, and below them those on disk, all images to one scale."""
    largest = max((max(row.packed_bytes, row.unpacked_bytes or 0) for row in sized.images), default=0) or 1
    packed = f'<span class="bar parts">{_part("packed", row.packed_bytes, largest)}</span>'
    disk = _part("content", row.content_bytes, largest) + _part("wasted", row.wasted_bytes, largest)
    return f'<td class="bars">{packed}<span class="bar parts">{disk}</span></td>'


def _part(name: str, count: int | None, largest: int) -> str:
    if not count:
        return ""
    return f'<i class="{name}" title="{name} {megabytes(count)}" style="width: {100 * count / largest:.2f}%"></i>'


def _table(table: Table) -> str:
    return f"<h2>{shown(table.head[0])}</h2>\n" + _frame(_head(table.head), list(map(_cells, table.rows)), table.notes)


def _frame(head: str, rows: list[str], notes: Cells) -> str:
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    below = "".join(f'\n<p class="soft">{shown(note)}</p>' for note in notes)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{below}"


def _head(head: Cells) -> str:
    return f"<th>{shown(head[0])}</th>" + "".join(f'<th class="number">{shown(name)}</th>' for name in head[1:])


def _cells(cells: Cells) -> str:
    numbers = "".join(f'<td class="number">{shown(cell)}</td>' for cell in cells[1:])
    return f'<td class="path">{shown(cells[0])}</td>{numbers}'


def _tables(sized: Sized, room: int) -> Iterator[Table]:
    """Costs, pulls if links or another image were given, sharing of two images or more; in it all pairs of images, if
    there are at most ``room`` images.
    """
    yield _costs(sized)
    if sized.has or sized.model:
        yield _pulls(sized)
    if sized.sharing:
        yield _sharing(sized, sized.sharing, room)


def _costs(sized: Sized) -> Table:
    head = ("image", "layers", "packed", "unpacked", "content", "wasted", "ratio")
    return Table(head, tuple(_cost(name, row) for name, row in _named(sized)), tuple(_cost_notes(sized)))


def _cost(name: str, row: Row) -> Cells:
    return (
        name,
        str(row.layers),
        megabytes(row.packed_bytes, row.packed_estimated),
        *(_amount(count) for count in (row.unpacked_bytes, row.content_bytes, row.wasted_bytes)),
        _UNKNOWN if row.ratio is None else f"{row.ratio:.2f}",
    )


def _cost_notes(sized: Sized) -> Iterator[str]:
    if any(row.packed_estimated for row in sized.images):
        yield "~ estimated: the source has no compressed layers; --packed compresses them to count"
    if any(row.unpacked_bytes is None for row in sized.images):
        yield "– not known from the manifest; --deep reads the layers"
    if sized.baseline not in {row.reference for row in sized.images}:
        yield f"ratio to the packed bytes of {one_line(sized.baseline)}"


def _pulls(sized: Sized) -> Table:
    links = [pull.link for pull in sized.images[0].pulls]
    missing = ("missing",) if sized.has else ()
    head = tuple(f"{when} {rate(link)}" for link in links for when in ("cold", *(("warm",) if sized.has else ())))
    return Table(("pull", *missing, *head), tuple(_pull(*each) for each in _named(sized)), tuple(_pull_notes(sized)))


def _pull(name: str, row: Row) -> Cells:
    missing = () if row.missing_bytes is None else (megabytes(row.missing_bytes, row.packed_estimated),)
    times = (when for pull in row.pulls for when in (pull.cold_seconds, pull.warm_seconds) if when is not None)
    return (name, *missing, *map(seconds, times))


def _pull_notes(sized: Sized) -> Iterator[str]:
    if sized.has:
        yield f"missing, warm: on a node that has {', '.join(map(one_line, sized.has))}"
    if sized.model:
        yield assumed(sized.model, sized.images[0].pulls[0].link)


def assumed(model: Model, link: Link) -> str:
    return (
        f"assumed: {1000 * link.rtt_seconds:g} ms a round trip, {model.round_trips} of them before the first layer; "
        f"{model.at_once} layers at a time share the link; unpacked in order meanwhile, "
        f"{megabytes(model.unpack_packed_bytes_per_second)} packed a second"
    )


def _sharing(sized: Sized, sharing: Sharing, room: int) -> Table:
    names = [name for name, _ in _named(sized)]
    others = len(names) if len(names) <= room else 0
    head = ("shared", "unique", "shared", *(f"has {number}" for number in range(1, others + 1)))
    rows = tuple(
        (f"{number} {name}", *(megabytes(count, sharing.estimated) for count in counts[: 2 + others]))
        for number, (name, one) in enumerate(zip(names, sharing.images, strict=True), 1)
        for counts in [(one.unique_bytes, one.shared_bytes, *one.pull_bytes)]
    )
    return Table(head, rows, tuple(_sharing_notes(sharing, others)))


def _sharing_notes(sharing: Sharing, others: int) -> Iterator[str]:
    stored, separate = (megabytes(count, sharing.estimated) for count in (sharing.stored_bytes, sharing.separate_bytes))
    yield f"stored for all: {stored}, of {separate} without sharing; layers are compared by {sharing.identity}"
    if others:
        yield "has N: what a node that has image N pulls"
    else:
        yield "--format json has what a node with one image pulls of each other"


def _named(sized: Sized) -> Iterator[tuple[str, Row]]:
    """Each image with what tells it from the others: its reference, and its platform where there are several."""
    several = len({row.platform for row in sized.images}) > 1
    for row in sized.images:
        yield one_line(f"{row.reference} {row.platform}" if several else row.reference), row


def _amount(count: int | None) -> str:
    return _UNKNOWN if count is None else megabytes(count)


def seconds(count: float) -> str:
    return f"{count:.1f} s" if count < 100 else f"{count:.0f} s"


def rate(link: Link) -> str:
    """``1 Mbit/s``, in the largest unit that it has one of."""
    for power, prefix in ((9, "G"), (6, "M"), (3, "k")):
        if link.bits_per_second >= 10**power:
            return f"{link.bits_per_second / 10**power:g} {prefix}bit/s"
    return f"{link.bits_per_second} bit/s"
