"""apt or aptitude leaves its lists, or installs packages that are only recommended.

What: a RUN calls `apt` or `aptitude` with the faults of SHV101 or SHV102.

Why: they fetch the same lists and follow the same recommendations as `apt-get`; linters that know only `apt-get` pass
them. What there is to know is on the pages of those rules.

Bad:

    FROM debian:12
    RUN apt update && apt install -y --no-install-recommends curl

Good:

    FROM debian:12
    RUN apt update && apt install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*

Bad:

    FROM debian:12
    RUN aptitude update && aptitude install -y curl && rm -rf /var/lib/apt/lists

Good:

    FROM debian:12
    RUN aptitude update && aptitude install -y --without-recommends curl && rm -rf /var/lib/apt/lists

Good, as `-R` is aptitude's own word for it:

    FROM debian:12
    RUN aptitude update && aptitude -R install -y curl && rm -rf /var/lib/apt/lists

Good, as it is SHV101's:

    FROM debian:12
    RUN apt-get update && apt install -y --no-install-recommends curl

Source: apt(8); aptitude(8), --without-recommends
"""

from collections.abc import Iterator
from itertools import chain

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.apt_lists import left
from shave.rules.apt_recommends import recommended
from shave.rules.known import Known
from shave.rules.protocol import Rule

_TOOLS = frozenset({"apt", "aptitude"})
_NAME = "apt or aptitude leaves its lists, or installs packages that are only recommended"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Both faults of each RUN of the image."""
    return chain(left(recipe, "SHV105", _TOOLS), recommended(recipe, "SHV105", _TOOLS))


RULE = Rule("SHV105", _NAME, "warning", ("DL3009", "DL3015"), look)
