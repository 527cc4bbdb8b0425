"""Layers merged into the tree that a container sees.

Rules: the OCI layer specification, and where it is silent, what a container really gets: each layer is unpacked alone
and overlayfs merges them (measured with Docker 20.10's overlay2; containerd does the same). So a layer that writes
``lib/x`` over a lower symlink ``lib`` hides the symlink by a directory (umoci and vfs stores would follow it), while a
parent that a layer leaves out keeps the metadata that the layers below gave it (containerd; Docker resets it to 0755).

Nothing is unpacked, not even in memory: what layers do to paths is sorted by path, and then the fate of each path is
decided by what happened to it and to the directories above it, which were just seen.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from shave.errors import BadImageError
from shave.nodes import gather
from shave.through import through
from shave.timeline import ASKED, DELETED, EMPTIED, IMPLIED, LAYER_BITS, PUT, RUN_EVENTS, Event, by_path
from shave.tree import Entry, LayerIndex, Node, Tree

ROOT: Event = ("", 0, PUT, Entry("", "directory", 0o755))
# Parents known to be there, so that few are implied twice; more are forgotten.
KNOWN = 1 << 13
NEVER = 1 << 63


def overlay(indices: Sequence[LayerIndex]) -> Tree:
    """The merged tree of layers, lowest first; always with a root.

    Raises BadImageError for a link to nothing and for an entry below a file of its own layer.
    """
    try:
        return _merged(indices)
    except _AstrayError:
        return _merged([_followed(number, index) for number, index in enumerate(indices)])


def happenings(indices: Sequence[LayerIndex]) -> Iterator[Event]:
    """All that layers do, sorted by path and time; what is asked for hard links is left out.

    Raises BadImageError for more paths than any image has.
    """
    return (event for event in by_path(_events(indices, _Links(indices)))[1] if event[2] != ASKED)


def _merged(indices: Sequence[LayerIndex]) -> Tree:
    links = _Links(indices)
    most, events = by_path(_events(indices, links))
    nodes = gather(_visible(events, links), most)
    return Tree(gather(links.followed(nodes.values()), most) if links.times else nodes)


class _AstrayError(BadImageError):
    """What a layer takes for a directory or for a file is something else; its own symlinks may explain that."""


def _followed(number: int, index: LayerIndex) -> LayerIndex:
    try:
        return through(index)
    except BadImageError as error:
        raise BadImageError(f"layer {number + 1} ({index.diff_id}): {error}", error.hint) from error


def _events(indices: Sequence[LayerIndex], links: "_Links") -> Iterator[Event]:
    yield ROOT
    for layer, index in enumerate(indices):
        begin = layer << LAYER_BITS
        yield from ((path, begin, EMPTIED, Entry(path, "directory")) for path in index.opaque)
        yield from ((path, begin, DELETED, Entry(path, "directory")) for path in index.whiteouts)
        yield from _puts(begin, index.entries, links)


def _puts(begin: int, entries: Iterable[Entry], links: "_Links") -> Iterator[Event]:
    """A layer's entries and the directories that they imply."""
    known = {""}
    for time, entry in enumerate(entries, begin + 1):
        path = entry.path
        if entry.kind == "hardlink":
            yield entry.link, time, ASKED, entry
            if path == entry.link:
                continue
            links.times.append(time)
        parent = path.rpartition("/")[0]
        while parent not in known:
            yield parent, time, IMPLIED, Entry(parent, "directory", 0o755)
            known.add(parent)
            parent = parent.rpartition("/")[0]
        if entry.kind == "directory":
            known.add(path)
        elif path in known or len(known) > KNOWN:
            known = {""}
        yield path, time, PUT, entry


class _Frame(Struct):
    """A path below which something went: each time, and the last time for it and all directories above."""

    path: str
    below: str
    times: list[int]
    last: int
    above: "_Frame | None"


def _visible(events: Iterable[Event], links: "_Links") -> Iterator[Node]:
    """The nodes that stand when all has happened, sorted by path. Hard links are left for ``_Links.followed``.

    The frames are those whose path the next path may begin with: sorted by path, ``a-b`` stands between ``a`` and
    ``a/c``.
    """
    frames: list[_Frame] = []
    for path, found in groupby(events, itemgetter(0)):
        while frames and not path.startswith(frames[-1].path):
            frames.pop()
        above = next((frame for frame in reversed(frames) if path.startswith(frame.below)), None)
        since, entry, gone = _fate(found, above, links)
        if entry:
            layer = since >> LAYER_BITS
            yield Node(entry, layer, (since, "") if entry.kind == "hardlink" else (layer, path))
        if gone:
            last = max(gone[-1], above.last) if above else gone[-1]
            frames.append(_Frame(path, f"{path}/" if path else "", gone, last, above))


def _fate(events: Iterable[Event], above: _Frame | None, links: "_Links") -> tuple[int, Entry | None, list[int]]:
    """What is at a path when all has happened, since when, and each time at which all below it went."""
    since, linked = 0, False
    here: Entry | None = None
    gone: list[int] = []
    for path, time, what, entry in events:
        if here and (what in _ENDS[here.kind == "directory"] or _went(above, since, time)):
            if linked:
                links.settle(since, _lost(above, since, time if what >= IMPLIED else NEVER))
            if what == IMPLIED and here.kind != "directory" and time >> LAYER_BITS == since >> LAYER_BITS:
                raise links.astray(time, f"something stands below {path!r}, which is no directory")
            here, linked = None, False
        if what == ASKED:
            links.answer(time, entry, since, here)
            linked = True
        elif what >= IMPLIED and not here:
            since, here, linked = time, entry, entry.kind == "hardlink"
        if what <= EMPTIED or (what == PUT and entry.kind != "directory"):
            gone.append(time)
    if linked:
        links.settle(since, _lost(above, since, NEVER))
    return since, None if _went(above, since, NEVER) else here, gone


# What ends the stay of something that is no directory, and of one: a directory is no news to whoever implies it.
_ENDS = ({DELETED, IMPLIED, PUT}, {DELETED, PUT})


def _went(frame: _Frame | None, since: int, until: int) -> bool:
    """Whether something between the two times took all below a directory above away."""
    while frame and frame.last > since:
        next_time = bisect_right(frame.times, since)
        if next_time < len(frame.times) and frame.times[next_time] < until:
            return True
        frame = frame.above
    return False


def _lost(above: _Frame | None, since: int, until: int) -> bool:
    """Whether what was there since one time and until another did not outlive its own layer."""
    next_layer = ((since >> LAYER_BITS) + 1) << LAYER_BITS
    return until < next_layer or _went(above, since, next_layer)


class _Links:
    """Hard links: what each of them found at its target when it was made, and how its inode is called.

    ``times`` are those of the links and ``found`` the times of what they found, first the target, then its inode.
    """

    def __init__(self, indices: Sequence[LayerIndex]) -> None:
        self.indices = indices
        self.times = array("Q")
        self.found = array("Q")
        self.lost: set[int] = set()

    def answer(self, time: int, link: Entry, since: int, target: Entry | None) -> None:
        """Another name of what is there: of the same layer; else of a lower one, as umoci does (Docker refuses)."""
        if target is None or target.kind == "directory":
            raise self.astray(time, f"the hard link {link.path!r} leads to {link.link!r}, which is no file")
        if not self.found:
            self.found = array("Q", bytes(8 * len(self.times)))
        if link.path != link.link:
            self.found[bisect_left(self.times, time)] = since

    def astray(self, time: int, message: str) -> _AstrayError:
        """What is wrong with the entry of a time."""
        layer = time >> LAYER_BITS
        return _AstrayError(f"layer {layer + 1} ({self.indices[layer].diff_id}): {message}")

    def settle(self, time: int, lost: bool) -> None:
        """Note a name that its own layer took away again: an inode is called by the first name that is left."""
        if lost:
            self.lost.add(time)

    def names(self) -> dict[int, int]:
        """Settle what inode each link is a name of; the first name left of each inode that lost its own."""
        times, found = self.times, self.found
        for number, time in enumerate(found):  # targets are older than links, so their inodes are known already
            target = bisect_left(times, time)
            if target < len(times) and times[target] == time:
                found[number] = found[target]
        names: dict[int, int] = {}
        for time, inode in zip(times, found, strict=True):
            if inode in self.lost and time not in self.lost and time >> LAYER_BITS == inode >> LAYER_BITS:
                names.setdefault(inode, time)
        return names

    def followed(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """The nodes with each hard link as what it leads to."""
        times, found, names = self.times, self.found, self.names()
        nodes = iter(nodes)
        while batch := list(islice(nodes, RUN_EVENTS)):
            links = (node.inode[0] for node in batch if node.entry.kind == "hardlink")
            inodes = {time: found[bisect_left(times, time)] for time in links}
            # Asked for in the order in which they lie: targets may be anywhere, and a jump is dear.
            wanted = {*inodes.values(), *(names[inode] for inode in inodes.values() if inode in names)}
            entries = {time: self.entry(time) for time in sorted(wanted)}
            for node in batch:
                if node.entry.kind == "hardlink":
                    inode = inodes[node.inode[0]]
                    entry, layer = replace(entries[inode], path=node.entry.path), inode >> LAYER_BITS
                    node = Node(entry, layer, (layer, entries[names.get(inode, inode)].path))
                yield node

    def entry(self, time: int) -> Entry:
        """The entry of a time."""
        layer = time >> LAYER_BITS
        return self.indices[layer].entries[time - (layer << LAYER_BITS) - 1]
