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

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from shave.lint import Fix, LintFinding
from shave.recipe import Call, Recipe, Step, package_tools
from shave.reference import short
from shave.rules.caches import left
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.settings import first_of

_LATER = tuple(b"corepack;berry;yarnrc.yml;yarn set version;--immutable;workspaces focus;.pnp;YARN_ENABLE_".split(b";"))
_BARE = package_tools("debian") | package_tools("alpine")
_BARE |= {"yarn", "npm", "adduser", "addgroup", "useradd", "groupadd", "mkdir", "chown", "cd", "set", "rm"}
_SETTING = frozenset({"config", "policies", "set"})
"""These bring no settings of Yarn, but by these verbs."""


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
    of the cache, where they use Plug'n'Play. They still take --frozen-lockfile.
    """
    has_option = call.has("--production", "--prod")
    is_delivered = recipe.once(_first_change)[step.stage] > step.start
    return (has_option or is_delivered) and not recipe.once(is_later)


def _first_change(recipe: Recipe) -> Mapping[int, float]:
    """Of each stage the first step from which on Yarn may not be as an official image of Node has it.

    Sources: docker-node, its Dockerfiles: Yarn 1; yarnpkg.com, Configuration, yarnPath.
    """
    return first_of(recipe, ((step.stage, step.start) for step in recipe.steps if not _is_bare(recipe, step)))


def _is_bare(recipe: Recipe, step: Step) -> bool:
    """Whether it brings no file that could name another Yarn."""
    if step.keyword == "FROM":
        return short(recipe.base(step.stage))[0] == "node"
    is_bringing = step.keyword in ("COPY", "ADD") or step.instruction.heredocs or step.instruction.flag("mount")
    return not is_bringing and all(call.tool in _BARE and call.verb not in _SETTING for call in step.calls)


RULE = Rule("SHV124", "yarn's cache stays in the layer", "warning", ("DL3060",), look)
