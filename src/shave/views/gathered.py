"""Many paths in few lines: those of one directory together, the heaviest directories opened first."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

from msgspec import Struct

from shave.tree import parents
from shave.verbs.diff import PathChange


class Gathered(Struct, frozen=True):
    """One path, or a directory with all the rows below it."""

    path: str
    rows: tuple[PathChange, ...]

    @property
    def title(self) -> str:
        """The path as people read it; a directory says how many paths it stands for."""
        if len(self.rows) == 1:
            row = self.rows[0]
            return f"/{row.path}" + ("/" if row.kind == "directory" and row.path else "")
        return f"/{self.path}/ ({len(self.rows)} paths)" if self.path else f"/ ({len(self.rows)} paths)"


def gather(rows: Sequence[PathChange], most: int) -> list[Gathered]:
    """The rows in at most ``most`` groups, the heaviest first; a directory that stands above other rows is left out."""
    above = {directory for row in rows for directory in parents(row.path)}
    whole = Gathered("", tuple(row for row in rows if row.path not in above and (row.path or len(rows) == 1)))
    closed: list[Gathered] = []
    heap = [(_weight(whole), "", whole)] if whole.rows else []
    heapify(heap)
    while heap:
        *_, group = heappop(heap)
        parts = list(_opened(group)) if len(group.rows) > 1 else []
        if parts and len(closed) + len(heap) + len(parts) <= most:
            for part in parts:
                heappush(heap, (_weight(part), part.path, part))
        else:
            closed.append(group)
    return sorted(closed, key=lambda group: (_weight(group), group.path))


def _opened(group: Gathered) -> Iterator[Gathered]:
    """What a group holds: paths and directories directly below its own."""
    start = len(group.path) + 1 if group.path else 0
    parts: defaultdict[str, list[PathChange]] = defaultdict(list)
    for row in group.rows:
        end = row.path.find("/", start)
        parts[row.path if end < 0 else row.path[:end]].append(row)
    for path, rows in parts.items():
        yield Gathered(rows[0].path if len(rows) == 1 else path, tuple(rows))


def _weight(group: Gathered) -> tuple[int, int]:
    return -sum(abs(row.growth.packed_bytes) for row in group.rows), -len(group.rows)
