"""What an opaque directory hides.

Where an instruction removes a directory and makes it anew, its layer marks the new one opaque: nothing that lower
layers have in it is seen any more, and all of it is still pulled.

Fix: fill the directory once, or remove it in the RUN that filled it.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.culprits import culprits
from shave.waste.made import finding


def find(image: Explained) -> Iterator[Finding]:
    """One finding for each layer with opaque directories that hide something."""
    for culprit, gone in culprits(image, "hidden").items():
        yield finding(
            "opaque",
            "hidden by a directory that a later layer made anew",
            (each.place for each in gone),
            fix="fill the directory once, or remove it in the same RUN that fills it",
            confidence="certain",
            culprit=culprit,
        )
