"""Static libraries and libtool's archives.

Only linkers read them. They came with a -dev package or with a compiler.

Fix: link in an earlier stage and copy the result; or purge the -dev packages in the same RUN.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = "build in an earlier stage, or remove the -dev packages in the same RUN"


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all static libraries."""
    return known(image, "static", "static libraries", FIX)
