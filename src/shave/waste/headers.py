"""Headers, pkg-config and CMake files.

Only compilers and build systems read them, and an image that serves compiles nothing. They came with a -dev package,
or inside a wheel.

Fix: compile in an earlier stage and copy the result; or install, build and purge the -dev packages in one RUN.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = "build in an earlier stage, or remove the -dev packages in the same RUN"


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all headers and build descriptions."""
    return known(image, "headers", "headers and build descriptions", FIX)
