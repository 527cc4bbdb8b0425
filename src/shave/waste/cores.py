"""Core dumps and heap dumps.

Something crashed while the image was built, and its memory lies in the image: large, and with whatever it held.

Fix: remove them, find out what crashed, and set `ulimit -c 0` for the build.
"""

from collections.abc import Iterator
from functools import partial

from shave import elf
from shave.catalog.explained import Explained
from shave.errors import BadImageError
from shave.finding import Finding
from shave.waste.known import hits, least
from shave.waste.made import finding
from shave.waste.seen import Hit


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all; what is only called core must be a core."""
    found = tuple(hit for hit in hits(image, "cores") if _is_dump(image, hit))
    if found:
        yield finding(
            "cores",
            "memory of crashed programs",
            (hit.place for hit in found),
            fix="remove them in the same RUN, find out what crashed, and build with `ulimit -c 0`",
            confidence=least(found),
        )


def _is_dump(image: Explained, hit: Hit) -> bool:
    if hit.fact.name != "memory images":
        return True
    try:
        return elf.is_core(partial(image.survey.read, hit.place.path))
    except BadImageError:
        return False
