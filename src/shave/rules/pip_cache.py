"""pip's cache stays in the layer.

What: a RUN installs and leaves pip's cache behind.

Why: every wheel that was fetched is there as it was, and nobody installs it again.

Where all packages stand in the line and their wheels are known, the estimate is of those; else it has none, or is that
of a usual list of requirements.

Bad:

    FROM python:3.11
    RUN pip install flask

Good:

    FROM python:3.11
    RUN pip install --no-cache-dir flask

Bad, as another user than root has it elsewhere:

    FROM python:3.11
    RUN useradd -m app
    USER app
    RUN --mount=type=cache,target=/root/.cache/pip pip install flask

Source: pip, Topic Guides, Caching
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.lint import LintFinding
from shave.recipe import Call, Recipe
from shave.rules.cache_table import caches
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.wheels import are_named, wheels_amount

_PIP = caches("SHV120")[0]


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    for finding in left(recipe, "SHV120", "pip's cache"):
        calls = [call for call in recipe.steps[finding.step].calls if _fetches(call)]
        yield replace(finding, amount=wheels_amount(calls)) if are_named(calls) else finding


def _fetches(call: Call) -> bool:
    return call.tool in _PIP.tools and call.verb in _PIP.verbs and not call.has(*_PIP.options)


RULE = Rule("SHV120", "pip's cache stays in the layer", "warning", ("DL3042",), look)
