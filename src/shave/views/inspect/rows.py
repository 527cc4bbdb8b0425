"""What ``shave inspect`` found, as rows of words and numbers: the terminal and Markdown show the same ones."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from shave.finding import Finding
from shave.verbs.inspected import Base, DirectoryRow, Inspected, LayerRow, UnitRow
from shave.views.units import megabytes, share
from shave.views.visible import one_line

Row = TypeVar("Row")
Cells = tuple[str, ...]
Weighed = UnitRow | DirectoryRow | LayerRow | Finding

LAYERS = ("layer", "packed", "unpacked", "entries", "instruction")
SIGNS = "entries: + added  ~ other content  · other mode, owner or time only  - removed"
UNITS = ("packed", "unpacked", "files", "layer", "unit", "version")
UNOWNED = ("packed", "unpacked", "files", "directory")
_BASE_BY = {
    "annotation": "says its annotation",
    "label": "says its label",
    "layers": "its layers are the same",
    "history": "by its history",
}


def packed(inspected: Inspected) -> Callable[[int], str]:
    """How packed bytes of this image are shown: marked where they are estimates."""
    return lambda count: megabytes(count, inspected.measures.packed_estimated)


def figures(inspected: Inspected) -> Iterator[tuple[str, str]]:
    """The image's measures with their names."""
    measures = inspected.measures
    yield "packed", packed(inspected)(measures.packed_bytes)
    yield "unpacked", megabytes(measures.unpacked_bytes)
    yield "content", megabytes(measures.content_bytes)
    yield "wasted", megabytes(measures.wasted_bytes)
    yield "efficiency", f"{100 * inspected.efficiency.score:.1f} %"
    yield "files", str(measures.files)


def savings(inspected: Inspected) -> str:
    """What all fixes together save."""
    measures, count = inspected.measures, len(inspected.findings)
    if not inspected.saved_unpacked_bytes:
        return "the findings save no bytes" if count else "no findings"
    return (
        f"{plural(count, 'finding')}; {'its fix saves' if count == 1 else 'their fixes save'} "
        f"{packed(inspected)(inspected.saved_packed_bytes)} packed "
        f"({share(inspected.saved_packed_bytes, measures.packed_bytes)}), "
        f"{megabytes(inspected.saved_unpacked_bytes)} unpacked "
        f"({share(inspected.saved_unpacked_bytes, measures.unpacked_bytes)})" + _how_sure(inspected)
    )


_SURE = {"certain": "for certain", "likely": "likely", "possible": "if the image can do without"}


def _how_sure(inspected: Inspected) -> str:
    """The same packed bytes by how sure the findings are, where that differs."""
    sums = dict.fromkeys(_SURE, 0)
    for finding in inspected.findings:
        sums[finding.confidence] += finding.counted_packed
    parts = [f"{packed(inspected)(count)} {_SURE[sure]}" for sure, count in sums.items() if count]
    return f": {', '.join(parts)}" if len(parts) > 1 else ""


def base(found: Base) -> str:
    """Which base image the lowest layers came with, and how that is known."""
    name = one_line(found.reference or found.digest or "an image that nothing names")
    lowest = "layer 1 is" if found.layers == 1 else f"layers 1 to {found.layers} are"
    return f"base: {name} ({_BASE_BY[found.found_by]}" + (f"; {lowest} its own)" if found.layers else ")")


def blame(finding: Finding, inspected: Inspected) -> Iterator[str]:
    """The layers that wrote the bytes of a finding, and the one that made waste of them, each with its instruction."""
    writers = finding.layers[:1]
    more = f" and {plural(len(finding.layers) - 1, 'more layer')}" if len(finding.layers) > 1 else ""
    if finding.culprit is not None and finding.culprit not in writers:
        yield f"{_layer(finding.culprit, inspected)}"
        yield from (f"written by {_layer(number, inspected)}{more}" for number in writers)
    else:
        yield from (f"{_layer(number, inspected)}{more}" for number in writers)


def _layer(number: int, inspected: Inspected) -> str:
    instruction = inspected.layers[number].instruction
    return f"layer {number + 1}" + (f": {instruction}" if instruction else "")


def layer(row: LayerRow, inspected: Inspected) -> Cells:
    """Cells under ``LAYERS``; the instruction as written, of any length."""
    did = row.changes
    counts = zip("+~·-", (did.added, did.changed, did.touched, did.removed), strict=True)
    return (
        str(row.number + 1),
        packed(inspected)(row.packed_bytes),
        megabytes(row.unpacked_bytes),
        " ".join(f"{sign}{count.entries}" for sign, count in counts if count.entries),
        ("base: " if row.base else "") + (row.instruction or "–"),
    )


def unit(row: UnitRow, inspected: Inspected) -> Cells:
    """Cells under ``UNITS``."""
    named = one_line(row.unit) + (f" ({one_line(row.kind)})" if row.kind else "")
    number = "–" if row.layer is None else str(row.layer + 1)
    return *_bytes(row, inspected), number, named, one_line(row.version)


def directory(row: DirectoryRow, inspected: Inspected) -> Cells:
    """Cells under ``UNOWNED``."""
    return *_bytes(row, inspected), "/" + one_line(row.path.strip("/"))


def _bytes(row: UnitRow | DirectoryRow, inspected: Inspected) -> Cells:
    return packed(inspected)(row.packed_bytes), megabytes(row.unpacked_bytes), str(row.files)


def managers(units: Sequence[UnitRow]) -> str:
    """How many units there are of each manager: ``dpkg 112, python 9``."""
    counts = Counter(row.manager for row in units)
    return ", ".join(f"{one_line(manager)} {count}" for manager, count in counts.most_common())


def rest(
    rows: Sequence[UnitRow | DirectoryRow | LayerRow | Finding], names: str, inspected: Inspected
) -> Iterator[str]:
    """One line about rows that are not shown, if there are any; ``names`` is what they are, in the plural."""
    if rows:
        count = packed(inspected)(sum(row.packed_bytes for row in rows))
        yield f"and {len(rows)} more {names}, {count} packed (--format json or html shows all)"


def plural(count: int, name: str) -> str:
    """``1 layer``, ``2 layers``."""
    return f"{count} {name}" + ("" if count == 1 else "s")


def summary(finding: Finding) -> str:
    """What a finding is about, in one line of any length."""
    return f"{finding.title}: {finding.detail}" if finding.detail else finding.title


def cut(rows: Sequence[Row], shown: int) -> tuple[Sequence[Row], Sequence[Row]]:
    """The first rows and the others; a single other row takes no more room than a line about it."""
    return (rows, ()) if len(rows) <= shown + 1 else (rows[:shown], rows[shown:])
