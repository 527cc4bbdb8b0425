"""yarn's cache stays in the layer.

What: a RUN installs and leaves yarn's cache behind.

Why: every package that was fetched is there, too.

Bad:

    FROM node:20
    RUN yarn install --frozen-lockfile

Good:

    FROM node:20
    RUN yarn install --frozen-lockfile && yarn cache clean

Source: Yarn 1, yarn cache clean
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.lint import Fix, LintFinding
from shave.recipe import Call, Recipe
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule

_LATER = (b"corepack", b"berry", b"yarnrc.yml", b"yarn set version", b"--immutable", b"workspaces focus", b".pnp")


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    for finding in left(recipe, "SHV124", "yarn's cache"):
        is_safe = all(_is_classic(recipe, call) for call in recipe.steps[finding.step].calls if call.tool == "yarn")
        unsafe = Fix(finding.fix.text, finding.fix.edits, is_safe=False) if finding.fix else None
        yield finding if is_safe else replace(finding, fix=unsafe)


def is_later(recipe: Recipe) -> bool:
    """Whether a file speaks of a later Yarn than 1."""
    return any(word in recipe.file.text for word in _LATER)


def _is_classic(recipe: Recipe, call: Call) -> bool:
    """Whether it is Yarn 1 by its options: later ones run programs out of the cache, where they use Plug'n'Play."""
    has_option = call.verb == "global" or call.has("--production", "--prod", "--frozen-lockfile", "--pure-lockfile")
    return (has_option or call.verb not in ("", "install", "add")) and not recipe.once(is_later)


RULE = Rule("SHV124", "yarn's cache stays in the layer", "warning", ("DL3060",), look)
