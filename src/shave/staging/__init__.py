"""Last stages: of a Dockerfile that builds and runs in one stage, the second that only runs.

A language is one file here; this list is the whole family. What a program is written in decides before what helps it:
a Go program whose pages npm builds is Go's.
"""

from shave.staging.c import C
from shave.staging.go import GO
from shave.staging.java import JAVA
from shave.staging.node import NODE
from shave.staging.others import OTHERS
from shave.staging.protocol import Building, Language, Refused, Runtime
from shave.staging.python import PYTHON
from shave.staging.rust import RUST

LANGUAGES: tuple[Language, ...] = (GO, RUST, JAVA, *OTHERS, PYTHON, NODE, C)

__all__ = ["LANGUAGES", "Building", "Language", "Refused", "Runtime", "language"]


def language(building: Building) -> Language | None:
    """The language that a stage builds, by what its RUNs call; None where they build nothing."""
    return next((each for each in LANGUAGES if any(map(each.builds, building.calls))), None)
