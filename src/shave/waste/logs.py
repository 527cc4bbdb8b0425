"""Logs of what happened while the image was built.

Nobody reads them there; in a container logs go to stdout or to a volume.

Fix: `rm -rf /var/log/*` at the end of the RUN that wrote them, where no program insists on the files.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = "remove them at the end of the same RUN"


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all logs."""
    return known(image, "logs", "logs", FIX)
