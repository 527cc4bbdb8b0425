"""A hundred thousand files as columns of numbers: each directory and each name is written once."""

from collections.abc import Hashable, Iterable
from typing import Any, Generic, TypeVar

from shave.verbs.inspected import FileRow
from shave.views.inspect.html.kinds import kind

Value = TypeVar("Value", bound=Hashable)


class _Numbered(Generic[Value]):
    """Values numbered in the order in which they first come."""

    def __init__(self, *first: Value) -> None:
        self._numbers = {value: number for number, value in enumerate(first)}

    def number(self, value: Value) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Value]:
        return list(self._numbers)


class _Directories:
    """Directories as (the number of the one above, name); 0 is the root, whose own name is empty."""

    def __init__(self) -> None:
        self._numbers = {"": 0}
        self.above, self.names = [0], [""]

    def number(self, path: str) -> int:
        known = self._numbers.get(path)
        if known is not None:
            return known
        missing = [path]
        while (above := missing[-1].rpartition("/")[0]) not in self._numbers:
            missing.append(above)
        for each in reversed(missing):
            parent, _, name = each.rpartition("/")
            self._numbers[each] = len(self.names)
            self.above.append(self._numbers[parent])
            self.names.append(name)
        return self._numbers[path]


def file_columns(rows: Iterable[FileRow]) -> dict[str, Any]:
    """Everything but directories, in the rows' order. ``unit``, ``reason`` and ``kind`` are numbers of ``units``,
    ``reasons`` and ``kinds``, where 0 is none; ``links`` are the targets by file number.
    """
    directories, units, reasons, kinds = _Directories(), _Numbered(""), _Numbered(""), _Numbered[str]()
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
