"""Files whose content a later layer replaces.

The image carries every version that some layer wrote, and containers see the last. It happens where a package is
upgraded that the base had, where a file is edited by `sed -i`, moved or stripped, or where COPY brings the sources
twice.

Fix: write each file once: edit it in the RUN that made it, copy it once, take a newer base in place of `apt-get
upgrade`.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.culprits import culprits
from shave.waste.instructions import all_copied
from shave.waste.made import finding


def find(image: Explained) -> Iterator[Finding]:
    """One finding for each layer that overwrites."""
    for culprit, gone in culprits(image, "overwritten").items():
        yield finding(
            "overwritten",
            "overwritten by a later layer",
            (each.place for each in gone),
            fix=(
                "copy them once"
                if all_copied(image, {culprit, *(each.place.layer for each in gone)})
                else "write them once: change them in the same RUN that makes them, or take a base that has them so"
            ),
            confidence="certain",
            culprit=culprit,
        )
