"""What a rule must be able to do: read a Dockerfile as what its steps do, and say what of it costs bytes."""

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from shave.lint import LintFinding, Severity
from shave.recipe import Recipe
from shave.rules.known import Known


class Look(Protocol):
    """A function that finds what one rule is about.

    ``known`` is what an image, a context or nobody says about the world around the Dockerfile. Its text may be
    anything: nothing raises, and what is found is bounded by its length.
    """

    def __call__(self, recipe: Recipe, known: Known) -> Iterator[LintFinding]: ...


class Rule(Struct, frozen=True):
    """A rule: its ``id`` ("SHV101"), its name in a few words, and the ids of the peers' rules that it answers to.

    What and why, a bad and a good Dockerfile stand in the docstring of its file, which is its page and its test.
    """

    id: str
    name: str
    severity: Severity
    peers: tuple[str, ...]
    look: Look
