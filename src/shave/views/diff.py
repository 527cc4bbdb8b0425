"""The answer of ``shave diff``, for the terminal and as Markdown: how much, then what of it by layer, unit and path."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from shave.verbs.diff import Diffed, LayerChange, PathChange, UnitChange
from shave.views import markdown as marked
from shave.views.columns import columns
from shave.views.gathered import gather
from shave.views.units import megabytes, share, signed
from shave.views.visible import abridged, one_line, shortened

_UNITS, _PATHS, _WIDTH = 12, 8, 60
# The heaviest are sought among so many times more directories than are shown: nearly all may lie below /usr.
_OPENED = 4
_SIGNS = {
    "same": "=",
    "repacked": "=",
    "added": "+",
    "removed": "-",
    "version": "~",
    "content": "~",
    "changed": "~",
    "metadata": "·",
}
_STATUSES = ("same", "repacked", "added", "removed", "version", "content", "changed", "metadata")
_TOTALS = ("", "packed", "unpacked", "content", "layers", "image")
_LAYERS = ("", "packed", "unpacked", "layer", "instruction")
_CHANGES = ("", "packed", "unpacked", "what", "")

Rows = list[tuple[str, ...]]


def text(diffed: Diffed) -> str:
    """The difference for the terminal."""
    return "\n".join(_text(diffed)) + "\n"


def markdown(diffed: Diffed) -> str:
    """The difference as a section with tables, to be pasted into a pull request."""
    return "\n".join(_markdown(diffed)) + "\n"


def _text(diffed: Diffed) -> Iterator[str]:
    yield from headline(diffed, str)
    yield ""
    yield from columns([_TOTALS, *_totals(diffed)], right=(1, 2, 3, 4))
    if _estimated(diffed):
        yield "~ packed bytes are estimated: a source has its layers uncompressed"
    for title, header, rows in _tables(diffed):
        yield ""
        yield title
        if rows:
            yield from (f"  {line}" for line in columns([header, *rows], right=(1, 2)))
    yield f"next: {one_line(diffed.next)}"


def _markdown(diffed: Diffed) -> Iterator[str]:
    first, second = headline(diffed, marked.code)
    yield f"## {first}"
    yield ""
    yield f"{second[:1].upper()}{second[1:]}."
    yield ""
    yield from marked.table(_TOTALS, [(*row[:-1], marked.code(row[-1])) for row in _totals(diffed)], right=(1, 2, 3, 4))
    for title, header, rows in _tables(diffed):
        yield ""
        yield f"### {title}"
        if rows:
            yield ""
            cells = [
                tuple(marked.code(cell) if number > 2 else cell for number, cell in enumerate(row)) for row in rows
            ]
            yield from marked.table(header, cells, right=(1, 2))


def headline(diffed: Diffed, quoted: Callable[[str], str]) -> Iterator[str]:
    """The answer in two lines: how much larger or smaller, and what a node with the first image pulls."""
    first, second = (quoted(one_line(side.reference)) for side in (diffed.before, diffed.after))
    before = diffed.before.measures
    packed = _compared(diffed.growth.packed_bytes, before.packed_bytes, _estimated(diffed))
    unpacked = _compared(diffed.growth.unpacked_bytes, before.unpacked_bytes)
    yield f"{second} is {packed} packed than {first}, {unpacked} unpacked"
    pull = diffed.pull
    if pull.packed_bytes:
        amount = megabytes(pull.packed_bytes, pull.estimated)
        yield f"a node that has the first pulls {amount}: {pull.layers} of {pull.of_layers} layers"
    else:
        yield "a node that has the first pulls nothing"


def _compared(growth: int, before: int, estimated: bool = False) -> str:
    if not growth:
        return "no larger"
    return f"{megabytes(abs(growth), estimated)} ({share(abs(growth), before)}) {'larger' if growth > 0 else 'smaller'}"


def _estimated(diffed: Diffed) -> bool:
    return diffed.before.measures.packed_estimated or diffed.after.measures.packed_estimated


def _totals(diffed: Diffed) -> Iterator[tuple[str, ...]]:
    for name, side in (("first", diffed.before), ("second", diffed.after)):
        sizes = side.measures
        packed = megabytes(sizes.packed_bytes, sizes.packed_estimated)
        content = megabytes(sizes.content_bytes)
        yield name, packed, megabytes(sizes.unpacked_bytes), content, str(side.layers), one_line(side.reference)
    before, after = diffed.before.measures, diffed.after.measures
    yield (
        "difference",
        signed(diffed.growth.packed_bytes, _estimated(diffed)),
        signed(diffed.growth.unpacked_bytes),
        signed(after.content_bytes - before.content_bytes),
        f"{diffed.after.layers - diffed.before.layers:+d}",
        "",
    )


def _tables(diffed: Diffed) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """Each part's title, header and rows."""
    yield _counted("layers", diffed.layers), _LAYERS, list(_layers(diffed))
    yield _counted("units", diffed.units), _CHANGES, list(_units(diffed))
    limited = f" that match {one_line(', '.join(diffed.globs))}" if diffed.globs else ""
    yield _counted(f"paths{limited}", diffed.paths), _CHANGES, list(_paths(diffed))


def _counted(name: str, rows: Sequence[LayerChange | UnitChange | PathChange]) -> str:
    counts: Counter[str] = Counter(row.status for row in rows)
    found = ", ".join(f"{counts[status]} {status}" for status in _STATUSES if counts[status])
    return f"{name}: {found or 'no difference'}"


def _layers(diffed: Diffed) -> Iterator[tuple[str, ...]]:
    """A row a layer; those that both have, and that stand together, in one."""
    for status, found in groupby(diffed.layers, lambda row: row.status):
        rows = list(found)
        if status == "same" and len(rows) > 1:
            total = sum(row.packed_bytes for row in rows), sum(row.unpacked_bytes for row in rows)
            yield "=", *map(megabytes, total), f"{_number(rows[0])}-{_number(rows[-1])}", f"{len(rows)} layers of both"
            continue
        for row in rows:
            made = ("the same content in another blob: " if status == "repacked" else "") + row.instruction
            sizes = megabytes(row.packed_bytes), megabytes(row.unpacked_bytes)
            yield _SIGNS[status], *sizes, str(_number(row)), shortened(made, _WIDTH) or "–"


def _number(row: LayerChange) -> int:
    """Layers are numbered from 1 for people, each in its own image."""
    return 1 + (row.after if row.after is not None else row.before or 0)


def _units(diffed: Diffed) -> Iterator[tuple[str, ...]]:
    for row in diffed.units[:_UNITS]:
        yield _SIGNS[row.status], *_growth(row), abridged(row.unit, _WIDTH) or "(nobody's)", _versions(row)
    rest = diffed.units[_UNITS:]
    if rest:
        packed, unpacked = (
            sum(getattr(row.growth, name) for row in rest) for name in ("packed_bytes", "unpacked_bytes")
        )
        yield "", signed(packed), signed(unpacked), f"and {len(rest)} more (--format json shows all)", ""


def _growth(row: UnitChange | PathChange) -> tuple[str, str]:
    return signed(row.growth.packed_bytes), signed(row.growth.unpacked_bytes)


def _versions(row: UnitChange) -> str:
    old, new = (abridged(", ".join(versions), _WIDTH) for versions in (row.versions_before, row.versions_after))
    if row.status == "version":
        return f"{old} → {new}"
    return "other bytes" + (f" of {new}" if new else "") if row.status == "content" else new or old


def _paths(diffed: Diffed) -> Iterator[tuple[str, ...]]:
    for status in ("added", "removed", "changed", "metadata"):
        rows = [row for row in diffed.paths if row.status == status]
        touched = [row for row in rows if row.fields == ("time",)]
        groups = gather([row for row in rows if row.fields != ("time",)], _PATHS * _OPENED)
        shown = groups if len(groups) <= _PATHS + 1 else groups[:_PATHS]
        rest = [row for group in groups[len(shown) :] for row in group.rows]
        yield from (_path(_SIGNS[status], abridged(group.title, _WIDTH), group.rows) for group in shown)
        if rest:
            yield _path(_SIGNS[status], f"and {len(rest)} other paths", rest)
        if touched:
            yield _path(_SIGNS[status], "1 path" if len(touched) == 1 else f"{len(touched)} paths", touched)


def _path(sign: str, title: str, rows: Sequence[PathChange]) -> tuple[str, ...]:
    growth = (sum(row.growth.packed_bytes for row in rows), sum(row.growth.unpacked_bytes for row in rows))
    fields = Counter(field for row in rows for field in row.fields)
    return sign, *map(signed, growth), title, ", ".join(fields)
