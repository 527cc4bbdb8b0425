"""What was left in /tmp and its like, histories of shells, swap files of editors.

No program may expect to find anything there.

Fix: `rm -rf /tmp/*` at the end of the same RUN, or `RUN --mount=type=tmpfs,target=/tmp`.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = "remove them in the same RUN, or mount a tmpfs: `RUN --mount=type=tmpfs,target=/tmp`"


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all temporary files."""
    return known(image, "temporary", "temporary files", FIX)
