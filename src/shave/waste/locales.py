"""Translations of messages, and the data of locales.

A program in a container that is given no LANG, or C.UTF-8, reads none of them. Whoever serves users in their
languages needs some.

Fix: a file in /etc/dpkg/dpkg.cfg.d with `path-exclude=/usr/share/locale/*`; generate the locales that are used with
`localedef`; else `rm -rf` in the same RUN.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = (
    "exclude them when packages are installed (path-exclude in /etc/dpkg/dpkg.cfg.d), "
    "or remove those that nobody asks for in the same RUN"
)


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all locales and translations."""
    return known(image, "locales", "locales and translations", FIX)
