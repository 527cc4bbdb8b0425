"""The .gem files that bundler installed stay in the layer.

What: a RUN installs and leaves bundler's cache behind.

Why: each .gem that was fetched stays beside what was installed of it.

Bad:

    FROM ruby:3.3
    RUN bundle install

Good:

    FROM ruby:3.3
    RUN bundle install && rm -rf /usr/local/bundle/cache

Source: gem(1); bundle-install(1)
"""

from collections.abc import Iterator

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    return left(recipe, "SHV125", "bundler's cache")


RULE = Rule("SHV125", "The .gem files that bundler installed stay in the layer", "warning", (), look)
