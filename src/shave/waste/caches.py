"""What package managers and compilers keep for the next time.

There is no next time in an image: what was downloaded is installed, and whoever builds the next image starts from the
layer's parent. A cache must be gone when the instruction that filled it ends; a later layer only hides it.

Fix: clean up in the same RUN, tell the tool to keep no cache, or mount one: `RUN
--mount=type=cache,target=DIRECTORY`.
"""

from collections import defaultdict
from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding, Place
from shave.waste.facts import WasteFact
from shave.waste.known import hits
from shave.waste.made import finding


def find(image: Explained) -> Iterator[Finding]:
    """One finding for each cache and each layer that filled it: that is how one cleans it."""
    groups: defaultdict[tuple[str, int], list[Place]] = defaultdict(list)
    facts: dict[str, WasteFact] = {}
    for hit in hits(image, "caches"):
        groups[hit.fact.name, hit.place.layer].append(hit.place)
        facts[hit.fact.name] = hit.fact
    for (name, _), places in groups.items():
        fact = facts[name]
        yield finding("caches", f"{name} left in the layer", places, fix=fact.fix, confidence=fact.confidence)
