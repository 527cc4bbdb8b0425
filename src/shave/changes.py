"""What each layer did to the layers below it: added, changed, rewrote with other metadata, removed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from msgspec import Struct

from shave.overlay import happenings
from shave.timeline import DELETED, EMPTIED, IMPLIED, LAYER_BITS, PUT, Event
from shave.tree import Entry, LayerIndex


class Count(Struct, frozen=True):
    """So many entries, and the bytes of the regular files among them."""

    entries: int = 0
    unpacked_bytes: int = 0


class LayerChanges(Struct, frozen=True):
    """What one layer did to those below. ``changed`` are other contents at a path that was there; ``touched`` the same
    content with another mode, owner or time: its body lies in the image once more. A directory that only has another
    time counts nowhere, for archives repeat every directory above a file, and one that is only implied is not counted
    either; a hard link counts as another content.
    """

    added: Count = Count()
    changed: Count = Count()
    touched: Count = Count()
    removed: Count = Count()


def changes(indices: Sequence[LayerIndex]) -> tuple[LayerChanges, ...]:
    """The changes of each layer, lowest first. Paths are followed as in ``overlay``, through their own layer's symlinks
    they are not. Raises BadImageError for more paths than any image has.
    """
    counts: list[dict[str, list[int]]] = [{} for _ in indices]
    above: list[tuple[str, list[int]]] = []
    for path, found in groupby(happenings(indices), itemgetter(0)):
        while above and not path.startswith(above[-1][0]):
            above.pop()
        # sorted by path, a-b stands between a and a/c
        lost = {time for begin, times in above if path.startswith(f"{begin}/" if begin else "") for time in times}
        gone: list[int] = []
        for layer, what, entry in _fates(found, lost, gone):
            if not path:
                continue  # the root, which every layer has
            count = counts[layer].setdefault(what, [0, 0])
            count[0] += 1
            count[1] += entry.size if entry.kind == "file" else 0
        if gone:
            above.append((path, gone))
    return tuple(LayerChanges(**{what: Count(*count) for what, count in each.items()}) for each in counts)


def _fates(found: Iterable[Event], lost: Collection[int], gone: list[int]) -> Iterator[tuple[int, str, Entry]]:
    """What each layer came to do to one path: layer, what, and the entry that it is about.

    ``lost`` are the times at which all below a directory above went; those at which all below this path went are added
    to ``gone``.
    """
    here: Entry | None = None
    for layer, events in groupby(_in_order(found, lost), lambda event: event[0] >> LAYER_BITS):
        before = here
        for time, what, entry in events:
            if entry and (what <= EMPTIED or (what == PUT and entry.kind != "directory")):
                gone.append(time)
            if what == PUT:
                here = entry
            elif what == DELETED or (what == IMPLIED and here and here.kind != "directory"):
                here = None
        if before and here is None:
            yield layer, "removed", before
        elif here and before is None:
            yield layer, "added", here
        elif before and here and here is not before and (fate := _fate(before, here)):
            yield layer, fate, here


def _in_order(found: Iterable[Event], lost: Collection[int]) -> Iterable[tuple[int, int, Entry | None]]:
    """What happens to a path by itself, and without an entry what happened to a directory above."""
    own: list[tuple[int, int, Entry | None]] = [(time, what, entry) for _, time, what, entry in found]
    if not lost:
        return own
    return sorted([*own, *((time, DELETED, None) for time in lost)], key=itemgetter(0, 1))


def _fate(before: Entry, here: Entry) -> str:
    """What became of an entry that another took the place of; "" if nothing that counts."""
    if before.kind != here.kind or not _same_content(before, here):
        return "changed"
    return "" if here.kind == "directory" and _metadata(before) == _metadata(here) else "touched"


def _same_content(before: Entry, here: Entry) -> bool:
    return here.kind != "hardlink" and (before.digest, before.size, before.link, before.device) == (
        here.digest,
        here.size,
        here.link,
        here.device,
    )


def _metadata(entry: Entry) -> tuple[object, ...]:
    return entry.mode, entry.uid, entry.gid, entry.xattrs
