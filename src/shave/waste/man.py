"""Manual pages.

They are for people at a terminal; most images do not even have `man`.

Fix: a file in /etc/dpkg/dpkg.cfg.d with `path-exclude=/usr/share/man/*`; else `rm -rf /usr/share/man` in the RUN that
installed them.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = "exclude them when packages are installed (path-exclude in /etc/dpkg/dpkg.cfg.d), or remove them in the same RUN"


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all man pages."""
    return known(image, "man", "man pages", FIX)
