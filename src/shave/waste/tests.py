"""Tests that packages of Python, Node, Ruby and PHP bring along.

They serve those who develop the package. A few packages import something from their own tests: try it, or let `shave
slim` prove it.

Fix: `find / -type d -name tests -path '*-packages/*' -exec rm -rf {} +` in the RUN that installed them.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = "install the packages without their tests, or remove the test directories in the same RUN"


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all tests of packages."""
    return known(image, "tests", "tests of packages", FIX)
