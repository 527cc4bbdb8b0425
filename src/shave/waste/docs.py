"""Documentation: usr/share/doc, info pages, what gems and Node packages bring along.

It is for people, who do not read it in a container. What licences ask for is not meant: `copyright` files stay.

Fix: dpkg: a file in /etc/dpkg/dpkg.cfg.d with `path-exclude=/usr/share/doc/*` and
`path-include=/usr/share/doc/*/copyright` before anything is installed; dnf: `--nodocs`; else `rm -rf` in the RUN that
installed it.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = (
    "exclude it when packages are installed (path-exclude in /etc/dpkg/dpkg.cfg.d, `dnf --nodocs`), "
    "or remove it in the same RUN"
)


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all documentation."""
    return known(image, "docs", "documentation", FIX)
