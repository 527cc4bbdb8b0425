"""A hundred thousand files as columns of numbers: each directory and each name is written once."""

from collections.abc import Iterable
from typing import Any

from shave.verbs.inspected import FileRow
from shave.views.inspect.html.kinds import kind
from shave.views.parts.numbers import Directories, Numbered


def file_columns(rows: Iterable[FileRow]) -> dict[str, Any]:
    """Everything but directories, in the rows' order. ``unit``, ``reason`` and ``kind`` are numbers of ``units``,
    ``reasons`` and ``kinds``, where 0 is none; ``links`` are the targets by file number.
    """
    directories, units, reasons, kinds = Directories(), Numbered(""), Numbered(""), Numbered[str]()
    links: dict[int, str] = {}
    columns: list[tuple[str | int, ...]] = []
    for row in rows:
        if row.kind == "directory":
            continue
        above, _, name = row.path.strip("/").rpartition("/")
        if row.link:
            links[len(columns)] = ("→ " if row.kind == "symlink" else "= /") + row.link
        numbers = directories.number(above), row.layer, units.number(row.unit), reasons.number(row.reason)
        columns.append((name, *numbers, kinds.number(kind(row)), row.packed_bytes, row.unpacked_bytes))
    names = ("name", "directory", "layer", "unit", "reason", "kind", "packed", "unpacked")
    return {
        **dict(zip(names, zip(*columns, strict=True) if columns else [[]] * len(names), strict=True)),
        "directory_above": directories.above,
        "directory_name": directories.names,
        "units": units.values(),
        "reasons": reasons.values(),
        "kinds": kinds.values(),
        "links": links,
    }
