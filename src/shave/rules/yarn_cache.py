"""yarn's cache stays in the layer.

What: a RUN installs and leaves yarn's cache behind.

Why: every package that was fetched is there, too.

The fix is not safe where Yarn may be later than 1: that runs programs out of its cache.

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
from shave.recipe import Call, Recipe, Step, package_tools
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule

_LATER = (b"corepack", b"berry", b"yarnrc.yml", b"yarn set version", b"--immutable", b"workspaces focus", b".pnp")

_ADDING = frozenset({"adduser", "addgroup", "useradd", "groupadd"})
_BARE = (
    package_tools("debian") | package_tools("alpine") | _ADDING | {"yarn", "npm", "mkdir", "chown", "cd", "set", "rm"}
)
"""They bring no settings of Yarn."""


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the cache."""
    for finding in left(recipe, "SHV124", "yarn's cache"):
        step = recipe.steps[finding.step]
        is_safe = all(_is_classic(recipe, step, call) for call in step.calls if call.tool in ("yarn", "yarnpkg"))
        yield finding if is_safe or finding.fix is None else replace(finding, fix=_unsafe(finding.fix))


def _unsafe(fix: Fix) -> Fix:
    return replace(fix, text=f"{fix.text}, if it is Yarn 1", is_safe=False) if fix.is_safe else fix


def is_later(recipe: Recipe) -> bool:
    """Whether a file speaks of a later Yarn than 1."""
    return any(word in recipe.file.text for word in _LATER)


def _is_classic(recipe: Recipe, step: Step, call: Call) -> bool:
    """Whether it is Yarn 1, by its options or as nothing could have told it to be another: later ones run programs out
    of the cache, where they use Plug'n'Play.
    """
    has_option = call.verb == "global" or call.has("--production", "--prod", "--frozen-lockfile", "--pure-lockfile")
    is_delivered = call.verb == "add" and _is_as_delivered(recipe, step)
    return (has_option or is_delivered or call.verb not in ("", "install", "add")) and not recipe.once(is_later)


def _is_as_delivered(recipe: Recipe, step: Step) -> bool:
    """Whether it is on an official image of Node, and nothing before has brought files that could name another.

    Sources: docker-node, its Dockerfiles: Yarn 1; yarnpkg.com, Configuration, yarnPath.
    """
    base = (recipe.base(step.stage) or "").removeprefix("docker.io/").removeprefix("library/")
    before = [each for stage in recipe.line(step.stage) for each in recipe.of(stage) if each.number <= step.number]
    is_bare = not any(each.keyword in ("COPY", "ADD") or each.instruction.heredocs for each in before)
    return base.startswith("node:") and is_bare and all(each.tool in _BARE for step in before for each in step.calls)


RULE = Rule("SHV124", "yarn's cache stays in the layer", "warning", ("DL3060",), look)
