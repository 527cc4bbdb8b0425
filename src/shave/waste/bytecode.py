"""Compiled Python beside its sources.

pip compiles all that it installs, and programs that run while the image is built compile what they import. A .pyc
file is about as large as its source. Without it Python compiles the module at every start: measured, a start takes up
to three times as long. So this is a trade, not a fault.

Fix: `pip install --no-compile` and `ENV PYTHONDONTWRITEBYTECODE=1`, for programs that start seldom and run long.
"""

import re
from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.known import hits, least
from shave.waste.made import finding

_CACHED = re.compile(r"(.*/|)__pycache__/([^/]+?)\.[^./]+(?:\.opt-[^./]+)?\.py[co]", re.DOTALL)


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all compiled files whose source is there: without it they are the program."""
    tree = image.survey.tree
    found = tuple(hit for hit in hits(image, "bytecode") if source(hit.place.path) in tree)
    if found:
        yield finding(
            "bytecode",
            "compiled Python beside its sources",
            (hit.place for hit in found),
            fix="pip install --no-compile and ENV PYTHONDONTWRITEBYTECODE=1, where a slower start does not matter",
            confidence=least(found),
        )


def source(path: str) -> str:
    """Where the source of a compiled file is. Source: PEP 3147."""
    cached = _CACHED.fullmatch(path)
    return f"{cached[1]}{cached[2]}.py" if cached else path[:-1]
