"""Lost bodies by the layer that took them away: that is whose instruction the fix edits."""

from collections import defaultdict
from collections.abc import Mapping

from shave.catalog.explained import Explained
from shave.waste.lost import How, Lost, lost


def culprits(image: Explained, how: How) -> Mapping[int, tuple[Lost, ...]]:
    """What was lost in one way, by culprit, lowest first."""
    found: defaultdict[int, list[Lost]] = defaultdict(list)
    for each in image.once(lost):
        if each.how == how:
            found[each.culprit].append(each)
    return {culprit: tuple(found[culprit]) for culprit in sorted(found)}
