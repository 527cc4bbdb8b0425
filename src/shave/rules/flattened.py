"""Stages that are copied whole onto nothing (``FROM scratch``, ``COPY --from=x / /``): their files ship, their layers
do not. So rules about files read them as images of their own, and rules about layers have nothing to say.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from shave.cleaning import deletes
from shave.directories import absolute, workdir
from shave.dockerfile.abilities import sources
from shave.dockerfile.parts import Stage
from shave.lint import Kind, LintFinding
from shave.lives import layers
from shave.recipe import Call, Recipe, Step
from shave.rules.known import Known
from shave.rules.protocol import Rule

_FILES: frozenset[Kind] = frozenset(
    {"written", "new", "recommended", "build tools", "packages", "development", "symbols", "context"}
)
_CLEANING = frozenset(
    {"remove", "purge", "autoremove", "del", "erase", "uninstall", "clean", "prune", "autoclean", "dist-clean"}
)
_PACKAGES = "SHV1"
"""Rules about packages and caches; of others only those that say which files they are about."""


class Flattened(Struct, frozen=True):
    """The Dockerfile up to a stage that is copied whole, and the step that copies it."""

    recipe: Recipe
    copy: Step


def flattened(recipe: Recipe) -> tuple[Flattened, ...]:
    """The stages whose files are in the image without their layers."""
    return recipe.once(_flattened)


def whole(recipe: Recipe, step: Step) -> Stage | None:
    """The stage with a system of its own all of which a step copies to the root."""
    flag = step.instruction.flag("from") if step.keyword == "COPY" else None
    stage = recipe.file.stage(flag.value) if flag and flag.value else None
    if stage is None or not any(word.value in ("/", "/.", "/*") for word in sources(step.instruction)):
        return None
    place = absolute(step.instruction.arguments[-1].value, workdir(recipe, step))
    return stage if place == "/" and recipe.base(stage.number) != "scratch" else None


def look(rule: Rule, recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """What a rule finds in these stages that is about files which are still there at their end."""
    for each in flattened(recipe):
        for finding in rule.look(each.recipe, known):
            is_of_files = finding.about.kind in _FILES if finding.about else rule.id.startswith(_PACKAGES)
            if is_of_files and (known.image or not _is_gone(each.recipe, finding)):
                yield finding


def _flattened(recipe: Recipe) -> tuple[Flattened, ...]:
    steps = (step for step in layers(recipe) if recipe.base(step.stage) == "scratch")
    copies = {stage.number: step for step in steps if (stage := whole(recipe, step)) and stage.number < step.stage}
    return tuple(
        Flattened(Recipe(recipe.file, recipe.scopes, recipe.steps, stage), step) for stage, step in copies.items()
    )


def _is_gone(recipe: Recipe, finding: LintFinding) -> bool:
    """Whether a later RUN of the stage deletes what it is about, or cleans up behind the same program."""
    tools = {call.tool for call in recipe.steps[finding.step].calls}
    globs = finding.about.globs if finding.about else ()
    cleaned = (recipe.once(_last_cleaning).get(tool, -1) for tool in tools)
    deleted = (recipe.once(_last_deleting(f"/{glob.removesuffix('/**')}")) for glob in globs)
    return any(number > finding.step for number in (*cleaned, *deleted))


@lru_cache(maxsize=256)
def _last_deleting(place: str) -> Callable[[Recipe], int]:
    """One function for each, so that a stage is searched once for it."""
    return lambda recipe: max((step.number for step in recipe.runs if deletes(step, place)), default=-1)


def _last_cleaning(recipe: Recipe) -> Mapping[str, int]:
    """The last step in which each program cleans up."""
    return {call.tool: step.number for step in recipe.runs for call in step.calls if _cleans(call)}


def _cleans(call: Call) -> bool:
    return any(word in _CLEANING for word in call.operands[:2])
