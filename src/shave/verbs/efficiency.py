"""dive's three figures, under its names: efficiency score, wasted bytes, user wasted percent."""

from shave.catalog.explained import Explained
from shave.verbs.costs import unpacked_bytes
from shave.verbs.inspected import Efficiency
from shave.waste.lost import lost


def efficiency(explained: Explained, base_layers: int) -> Efficiency:
    """The figures of an image the lowest ``base_layers`` of which are its base's (0: it has none).

    ``wasted_bytes`` are those of the glossary. ``score`` is the rest of the unpacked bytes as a part of them, 1 for an
    image without any. ``user_wasted_percent`` is what instructions above the base waste, be it of the base's files, as
    a part of the bytes above the base, at most 1.

    dive (0.13, filetree/efficiency.go and image/analysis.go) differs, and is wrong, in this: it counts every copy of a
    path as wasted, also the visible one; its score takes the smallest version of a file as the one needed; a deleted
    directory and what an opaque one hides count as nothing, the score even counts a deleted directory's bytes twice; a
    hard link or a symlink in a file's place makes all of its bytes wasted, even if another name shows them; the base is
    taken to be one layer, so that an image of one layer divides by zero.
    """
    unpacked = explained.once(unpacked_bytes)
    gone = [(each.culprit, each.place.unpacked_bytes) for each in explained.once(lost)]
    everything, wasted = sum(unpacked), sum(size for _, size in gone)
    by_user = sum(size for culprit, size in gone if culprit >= base_layers)
    return Efficiency(
        (everything - wasted) / everything if everything else 1.0,
        wasted,
        min(1.0, by_user / (sum(unpacked[base_layers:]) or 1)),
    )
