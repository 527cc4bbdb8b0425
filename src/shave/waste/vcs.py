"""Repositories of version control: .git and its like.

They hold the whole history, which is larger than the sources, and with it every secret that was ever committed.

Fix: write `.git` into .dockerignore; `git clone --depth 1` in an earlier stage, or `rm -rf .git` in the RUN that
cloned.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import known

FIX = "add them to .dockerignore, clone in an earlier stage, or remove them in the same RUN"


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all version control repositories."""
    return known(image, "vcs", "version control repositories", FIX)
