"""Bodies that no container can see, and the layer that took each of them away.

Which bodies are seen is read off the merged tree, so it is what overlayfs shows: hard links, opaque directories and
links to lower layers are as right as they are there. What took the others away is found by looking at nothing but their
own paths and those above.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from shave.catalog.explained import Explained
from shave.finding import Place
from shave.survey import Survey
from shave.tree import Entry, LayerIndex, parents

How = Literal["overwritten", "rewritten", "deleted", "hidden"]
"""Something else took its place or that of a directory above; the same content came again; it or a directory above was
deleted; a directory above was made opaque."""

Time = tuple[int, int]
"""A layer, and the number of an entry in it: its deletions come before all."""
BEGIN = -1


class Wasted(Struct, frozen=True):
    """Wasted bytes: of N copies of a file N-1 if the last is visible, all N if it was deleted; ``places`` are so many
    bodies.
    """

    unpacked_bytes: int
    packed_bytes: int
    places: int


class Lost(Struct, frozen=True, gc=False):
    """A body of a layer that the merged tree does not show, the layer that took it away (its own, where that has the
    path twice) and how. ``changed`` says in what a rewritten file's new entry differs: owner, mode, attributes, time.
    """

    place: Place
    culprit: int
    how: How
    changed: tuple[str, ...] = ()


class _Body(Struct, gc=False):
    """A body that went, and its further names."""

    time: Time
    entry: Entry
    names: list[tuple[Time, str]] = []


class _Act(Struct, frozen=True, gc=False):
    """Something that took away what stood at a path, or below it. Of one layer's acts the least ``rank`` counts."""

    time: Time
    rank: int
    how: How
    entry: Entry | None = None


def wasted(survey: Survey) -> Wasted:
    """The wasted bytes of an image: what ``unpacked bytes`` counts and no container can see."""
    unpacked, packed, places = 0, 0.0, 0
    for body in _bodies(survey):
        unpacked += body.entry.size
        packed += survey.packed(body.time[0], body.entry)
        places += 1
    return Wasted(unpacked, round(packed), places)


def lost(image: Explained) -> tuple[Lost, ...]:
    """``losses`` of an image that is explained, to be found once: ``image.once(lost)``."""
    return tuple(losses(image.survey))


def losses(survey: Survey) -> Iterator[Lost]:
    """Every body that no container sees, in the order of layers and entries; those without bytes are none."""
    bodies = list(_bodies(survey))
    if not bodies:
        return
    acts = _Acts(
        [layer.index for layer in survey.layers], frozenset(path for body in bodies for _, path in _names(body))
    )
    for body in bodies:
        # an inode is gone when its last name is
        culprit = max((acts.first(path, time) for time, path in _names(body)), key=lambda act: act.time[0])
        entry = body.entry
        layer, _ = body.time
        place = Place(entry.path, layer, entry.offset, entry.size, survey.packed(layer, entry))
        if culprit.entry and _same_content(entry, culprit.entry):
            yield Lost(place, culprit.time[0], "rewritten", tuple(_changed(entry, culprit.entry)))
        else:
            yield Lost(place, culprit.time[0], culprit.how)


def _names(body: _Body) -> Iterable[tuple[Time, str]]:
    return (body.time, body.entry.path), *body.names


def _bodies(survey: Survey) -> Iterator[_Body]:
    """What went; when all are found, each has the names that hard links of any layer gave it."""
    here: dict[str, _Body] = {}
    for layer, seen in enumerate(_seen(survey)):
        offsets = set(seen)
        for number, entry in enumerate(survey.layers[layer].index.entries):
            if entry.kind == "file" and entry.size and entry.offset not in offsets:
                here[entry.path] = body = _Body((layer, number), entry)
                yield body
            elif here:
                linked = here.get(entry.link) if entry.kind == "hardlink" else None
                here.pop(entry.path, None)
                if linked:
                    linked.names.append(((layer, number), entry.path))
                    here[entry.path] = linked


def _seen(survey: Survey) -> Sequence[Sequence[int]]:
    """For each layer where the bodies stand that the tree shows."""
    seen = [array("Q") for _ in survey.layers]
    for node in survey.tree:
        if node.entry.kind == "file":
            seen[node.layer].append(node.entry.offset)
    return seen


class _Acts:
    """What the layers did to some paths and to the directories above them; of one layer the act that counts."""

    def __init__(self, indices: Iterable[LayerIndex], paths: frozenset[str]) -> None:
        self.paths = paths
        self.above = {above for path in paths for above in parents(path)} | {""}
        self.to: defaultdict[str, list[_Act]] = defaultdict(list)
        self.below: defaultdict[str, list[_Act]] = defaultdict(list)
        for layer, index in enumerate(indices):
            self._delete(layer, index)
            self._put(layer, index.entries)

    def first(self, path: str, since: Time) -> _Act:
        """What took away first what stood at a path since a time."""
        acts = (self.to.get(path, ()), *(self.below.get(above, ()) for above in (*parents(path), "")))
        found = [act for each in acts for act in _next(each, since)]
        return min(found, key=_precedence, default=_Act(since, 0, "overwritten"))

    def _delete(self, layer: int, index: LayerIndex) -> None:
        begin = layer, BEGIN
        for path in index.whiteouts:
            if path in self.paths or path in self.above:
                _add(self.to[path], _Act(begin, 2, "deleted"))
                _add(self.below[path], _Act(begin, 2, "deleted"))
        for path in index.opaque:
            if path in self.above:
                _add(self.below[path], _Act(begin, 3, "hidden"))

    def _put(self, layer: int, entries: Iterable[Entry]) -> None:
        paths, above, parent = self.paths, self.above, ""
        for number, entry in enumerate(entries):
            path = entry.path
            if path in paths:
                _add(self.to[path], _Act((layer, number), 0, "overwritten", entry))
            if path in above and entry.kind != "directory":
                _add(self.below[path], _Act((layer, number), 1, "overwritten"))
            directory = path.rpartition("/")[0]
            if directory != parent:
                parent = directory
                for implied in paths.intersection((parent, *parents(parent))):
                    _add(self.to[implied], _Act((layer, number), 0, "overwritten"))


def _add(acts: list[_Act], act: _Act) -> None:
    if acts and acts[-1].time[0] == act.time[0]:
        acts[-1] = min(acts[-1], act, key=_precedence)
    else:
        acts.append(act)


def _next(acts: Sequence[_Act], since: Time) -> Iterator[_Act]:
    """The first act after a time, if there is one."""
    at = bisect_left(acts, since[0], key=lambda act: act.time[0])
    yield from [act for act in acts[at : at + 2] if act.time > since][:1]


def _precedence(act: _Act) -> tuple[int, int, int]:
    """The first layer counts; of entries that it has at one path, the last."""
    layer, number = act.time
    return layer, act.rank, -number


def _same_content(before: Entry, after: Entry) -> bool:
    return after.kind == "file" and (before.digest, before.size) == (after.digest, after.size)


def _changed(before: Entry, after: Entry) -> Iterator[str]:
    if (before.uid, before.gid) != (after.uid, after.gid):
        yield "owner"
    if before.mode != after.mode:
        yield "mode"
    if before.xattrs != after.xattrs:
        yield "attributes"
    if before.mtime != after.mtime:
        yield "time"
