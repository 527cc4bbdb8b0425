"""Archives and packages of at least 100 kB where people download to: the top, /root, /opt, /tmp, /usr/src.

Most were unpacked or installed, and lie in the layer a second time in packed form.

Fix: download, unpack and remove in one RUN; `ADD --unpack=true`; for files of the build context `RUN
--mount=type=bind`.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = "download, unpack and remove in one RUN, or use `ADD --unpack=true`, or bind mount them: `RUN --mount=type=bind`"


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all downloaded archives."""
    return known(image, "downloads", "downloaded archives", FIX)
