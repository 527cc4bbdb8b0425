"""Files that a later layer holds once more with the same content.

A change of owner, mode, attributes or time alone makes overlayfs copy the whole file into the new layer: `chown -R`
in a RUN of its own doubles what it touches. An installer that writes what was there does the same.

Fix: give owner and mode when the file is written: `COPY --chown=USER --chmod=MODE`, or chown and chmod in the same
RUN.
"""

from collections import Counter
from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.culprits import culprits
from shave.waste.instructions import all_copied
from shave.waste.lost import Lost
from shave.waste.made import finding, where

_TITLES = {
    "owner": "copied once more for another owner (chown)",
    "mode": "copied once more for another mode (chmod)",
    "attributes": "copied once more for other attributes (setcap)",
    "time": "written once more as they were, but for the time",
    "": "written once more as they were",
}
_FIXES = {
    "owner": ("write them with COPY --chown", "run chown in the same RUN that writes them"),
    "mode": ("write them with COPY --chmod", "run chmod in the same RUN that writes them"),
    "attributes": (
        "set attributes in the stage they are copied from",
        "set attributes in the same RUN that writes them",
    ),
    "time": ("copy them once", "write them once"),
    "": ("copy them once", "write them once"),
}


def find(image: Explained) -> Iterator[Finding]:
    """One finding for each layer that writes files once more, named after what changes most of their bytes."""
    for culprit, gone in culprits(image, "rewritten").items():
        change = _most(gone)
        copied = all_copied(image, {each.place.layer for each in gone})
        places = sorted((each.place for each in gone), key=lambda place: -place.packed_bytes)
        yield finding(
            "rewritten",
            _TITLES[change],
            places,
            fix=_FIXES[change][0 if copied else 1],
            confidence="certain",
            detail=f"{where(places)}; {_changes(gone)}",
            culprit=culprit,
        )


def _most(gone: tuple[Lost, ...]) -> str:
    """What changed of most bytes; of several changes of a file the first is what cannot go without a copy."""
    unpacked: Counter[str] = Counter()
    for each in gone:
        unpacked[next(iter(each.changed), "")] += each.place.unpacked_bytes
    return unpacked.most_common(1)[0][0]


def _changes(gone: tuple[Lost, ...]) -> str:
    counts = Counter(change for each in gone for change in each.changed or ("nothing",))
    return "changed: " + ", ".join(f"{change} of {count}" for change, count in counts.most_common())
