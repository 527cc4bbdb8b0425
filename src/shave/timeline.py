"""What layers do to paths: events in time, sorted by path without ever holding all of them as objects.

The time of an event is its layer and its number within: ``layer << LAYER_BITS | number``. A layer's deletions have the
number 0, its entries count from 1.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, msgpack

from shave.columns import Columns, columns, rows, weight
from shave.errors import BadImageError
from shave.folded import Folder, Form
from shave.tree import Entry

LAYER_BITS = 32
# What is sorted at once, as objects: some 10 MB.
RUN_EVENTS = 1 << 14
RUN_WEIGHT = 8 << 20
# A path of 4096 bytes may imply 2047 directories; the sum of them, and of their letters, needs a bound of its own.
MAX_EVENTS = 8_000_000
MAX_WEIGHT = 1 << 29

# What happens to a path; of two things at one time the lower number comes first. DELETED: it and all below it goes;
# EMPTIED: all below it goes; ASKED: a hard link (the event's entry) wants to know what is here; IMPLIED: it must be a
# directory; PUT: the event's entry is here from now on.
DELETED, EMPTIED, ASKED, IMPLIED, PUT = range(5)

Event = tuple[str, int, int, Entry]
"""Path, time, what, and the entry."""


class _Block(Struct, frozen=True, array_like=True):
    entries: Columns
    times: list[int]
    whats: list[int]


def _encode(events: Sequence[Event]) -> bytes:
    _, times, whats, entries = zip(*events, strict=True)
    return msgpack.encode(_Block(columns(entries), list(times), list(whats)))


def _decode(data: bytes) -> list[Event]:
    block = msgpack.decode(data, type=_Block)
    return [
        (entry.link if what == ASKED else entry.path, time, what, entry)
        for entry, time, what in zip(rows(block.entries), block.times, block.whats, strict=True)
    ]


EVENTS = Form[Event](_encode, _decode, lambda event: weight(event[3]))


def by_path(events: Iterable[Event]) -> tuple[int, Iterator[Event]]:
    """How many events, and they sorted by path and time. Raises BadImageError if they are more than any image has.

    Sorted runs are folded and merged: memory grows by some 30 bytes an event.
    """
    runs: list[deque[bytes]] = []
    run: list[Event] = []
    run_weight = total = total_weight = 0
    for event in events:
        run.append(event)
        run_weight += len(event[0])
        if len(run) == RUN_EVENTS or run_weight > RUN_WEIGHT:
            total, total_weight = total + len(run), total_weight + run_weight
            if total > MAX_EVENTS or total_weight > MAX_WEIGHT:
                raise BadImageError(f"its layers have more than {MAX_EVENTS} paths, or longer ones than any image")
            runs.append(_folded(run))
            run, run_weight = [], 0
    run.sort()
    return total + len(run), heapq.merge(*map(_unfolded, runs), run) if runs else iter(run)


def _folded(run: list[Event]) -> deque[bytes]:
    run.sort()
    folder = Folder(EVENTS)
    for event in run:
        folder.add(event)
    return deque(folder.folded().blocks)


def _unfolded(run: deque[bytes]) -> Iterator[Event]:
    """The events of a run, which are forgotten as they are read."""
    while run:
        yield from EVENTS.unfold(run.popleft())
