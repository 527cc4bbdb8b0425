"""Files that a later layer deletes.

A layer is never changed once it is made: a deletion in a later one hides the file and frees nothing. Everyone who
pulls the image still gets it, and can read it.

Fix: delete in the RUN that wrote: `RUN fetch && use && rm`. What COPY brought must not be copied: leave it out by
.dockerignore, or bind mount it: `RUN --mount=type=bind,source=FILE,target=FILE`.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.culprits import culprits
from shave.waste.instructions import all_copied
from shave.waste.made import finding


def find(image: Explained) -> Iterator[Finding]:
    """One finding for each layer that deletes."""
    for culprit, gone in culprits(image, "deleted").items():
        copied = all_copied(image, {each.place.layer for each in gone})
        yield finding(
            "deleted",
            "deleted by a later layer",
            (each.place for each in gone),
            fix=(
                "do not copy them: .dockerignore, or RUN --mount=type=bind"
                if copied
                else "delete them in the same RUN that writes them"
            ),
            confidence="certain",
            culprit=culprit,
        )
