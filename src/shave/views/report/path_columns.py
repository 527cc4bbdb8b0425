"""The paths of a plan as columns of numbers: each directory, name, unit and reason is written once."""

from collections.abc import Iterator
from typing import Any

from shave.plan import Dropped, Kept, Plan
from shave.reason import foremost
from shave.tree import parents
from shave.views.parts.numbers import Directories, Numbered
from shave.views.why import said

Cells = tuple[str | int, ...]
_COLUMNS = ("name", "directory", "unit", "why", "bytes", "source")


def path_columns(plan: Plan) -> dict[str, Any]:
    """Every path that holds nothing itself, sorted.

    ``unit`` and ``why`` are numbers of ``units``, where 0 is none, and ``whys``: a fate, a kind of reason ("" for what
    is dropped), the reason in words, and how it reads in a chain. ``source`` is the number of the path that the
    foremost reason names, -1 where it names none of these.
    """
    directories, units, whys = Directories(), Numbered(""), Numbered[tuple[str, str, str, str]]()
    leaves = _leaves(plan)
    numbers = {found.path: number for number, found in enumerate(leaves)}

    def cells(found: Kept | Dropped) -> Cells:
        above, _, name = found.path.rpartition("/")
        first = foremost(found.reasons) if isinstance(found, Kept) else None
        source = numbers.get(first.source, -1) if first and first.source else -1
        why = ("kept", first.because, first.detail, said(first, source >= 0)) if first else _dropped(found)
        return name, directories.number(above), units.number(found.unit), whys.number(why), found.bytes, source

    columns = zip(*map(cells, leaves), strict=True) if leaves else [[]] * len(_COLUMNS)
    return {
        **dict(zip(_COLUMNS, columns, strict=True)),
        "directory_above": directories.above,
        "directory_name": directories.names,
        "units": units.values(),
        "whys": whys.values(),
    }


def _leaves(plan: Plan) -> list[Kept | Dropped]:
    holding = {above for found in _all(plan) for above in parents(found.path)} | {""}
    return sorted((found for found in _all(plan) if found.path not in holding), key=lambda found: found.path)


def _all(plan: Plan) -> Iterator[Kept | Dropped]:
    yield from plan.kept
    yield from plan.dropped


def _dropped(found: Kept | Dropped) -> tuple[str, str, str, str]:
    return "dropped", "", found.rule if isinstance(found, Dropped) else "", ""
