"""The .gem files that bundler installed stay in the layer.

What: a RUN installs and leaves bundler's cache behind.

Why: each .gem that was fetched stays beside what was installed of it.

The fix is not safe where USER is not root: what root has installed there before nobody else may delete.

Bad:

    FROM ruby:3.3
    RUN bundle install

Good:

    FROM ruby:3.3
    RUN bundle install && rm -rf /usr/local/bundle/cache

Bad, as what another stage installed is copied:

    FROM ruby:3.3 AS build
    RUN bundle install
    FROM ruby:3.3-slim
    COPY --from=build /usr/local/bundle /usr/local/bundle

Good:

    FROM ruby:3.3 AS build
    RUN bundle install && rm -rf /usr/local/bundle/cache
    FROM ruby:3.3-slim
    COPY --from=build /usr/local/bundle /usr/local/bundle

Source: gem(1); bundle-install(1)
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.lint import Fix, LintFinding
from shave.recipe import Recipe
from shave.reference import short
from shave.rules.cache_table import caches
from shave.rules.caches import left
from shave.rules.carried import with_carried
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.users import is_root

_CACHE = caches("SHV125")[0].directories[0]
_ELSEWHERE = (b"deployment", b"config set path", b"--local path", b"--global path", b"config path", b"GEM_HOME")


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN whose cache comes into the image; with a fix where it is known where that is."""
    return with_carried(_look, recipe, known, lambda step, call, here: _CACHE)


def _look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    for finding in left(recipe, "SHV125", "bundler's cache"):
        fix = _allowed(recipe, finding) if _is_usual(recipe, finding) else None
        yield replace(finding, fix=fix, advice=finding.advice if fix else "delete it in the same RUN")


def _allowed(recipe: Recipe, finding: LintFinding) -> Fix | None:
    """Others than root may not delete what it has installed there: the directory is everybody's, as /tmp is."""
    if finding.fix is None or is_root(recipe, recipe.steps[finding.step]):
        return finding.fix
    return replace(finding.fix, text=f"{finding.fix.text}, if nobody else has installed gems", is_safe=False)


def _is_usual(recipe: Recipe, finding: LintFinding) -> bool:
    """Whether gems go where the official images of Ruby have them."""
    is_ruby = short(recipe.base(recipe.steps[finding.step].stage))[0] == "ruby"
    return is_ruby and not any(word in recipe.file.text for word in _ELSEWHERE)


RULE = Rule("SHV125", "The .gem files that bundler installed stay in the layer", "warning", (), look)
