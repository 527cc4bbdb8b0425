"""What COPY carries out of other stages into the image: their files ship, their layers do not.

So rules about what is in files read these stages as images of their own, and say what lies where a COPY takes it.
Source: Dockerfile reference, "COPY --from".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from posixpath import basename, dirname, join

from msgspec import Struct
from msgspec.structs import replace

from shave.cleaning import covers, deletes, is_below
from shave.directories import absolute, directories, workdir
from shave.dockerfile.abilities import sources
from shave.dockerfile.lexer import expand
from shave.dockerfile.parts import Word
from shave.lint import About, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.rules.flattened import flattened
from shave.rules.known import Known
from shave.rules.protocol import Look

_MOST_STAGES, _MOST_PARENTS, _MOST_PLACES, _MOST_FINDINGS = 64, 8, 64, 32
"""How many are followed: of a file, that a stage starts from, of a stage, and of a rule."""

_PYTHON = re.compile(r"/python3[0-9.*]*(?=/|\Z)")

Place = Callable[[Step, Call, str | None], str | None]
"""The directory of the image that a call writes what a rule is about to, by the one that it runs in; None for none."""
Undone = Callable[[Step, str], bool]
"""Whether a later RUN takes away again what a rule is about in a directory."""


class Carried(Struct, frozen=True):
    """A stage that is copied from, as an image of its own; by the absolute paths that are taken of it the steps that
    bring them into the image.
    """

    recipe: Recipe
    places: Mapping[str, tuple[int, ...]]

    def carriers(self, directory: str) -> tuple[int, ...]:
        """The steps by which all of a directory comes into the image."""
        return next((steps for place, steps in self.places.items() if _has(place, directory)), ())


def carried(recipe: Recipe) -> tuple[Carried, ...]:
    """The stages that files of the image come from, without those whose layers are in it."""
    return recipe.once(_carried)


def carriers(recipe: Recipe) -> Mapping[int, tuple[int, ...]]:
    """Of each stage whose files may be in the image the steps by which they come into it: its RUNs, or COPYs."""
    return recipe.once(_carriers)


def with_carried(
    look: Look, recipe: Recipe, known: Known, place: Place, undone: Undone = lambda run, directory: False
) -> Iterator[LintFinding]:
    """What a rule finds in the image, and in what is copied into it, at the price of the COPY; each call is told once,
    and with an image each COPY.
    """
    yield from look(recipe, known)
    told: set[object] = set()
    for each, finding in islice(_findings(look, recipe, known), _MOST_FINDINGS):
        steps = _steps(each, finding, place, undone)
        if steps and told.isdisjoint({finding.start, *([steps] if known.image else [])}):
            told |= {finding.start, steps}
            text = f"{finding.text}, which line {recipe.steps[steps[0]].instruction.line} copies into the image"
            yield replace(finding, text=text, about=_about(finding.about, steps) if finding.about else None)


def _findings(look: Look, recipe: Recipe, known: Known) -> Iterator[tuple[Carried, LintFinding]]:
    whole = {each.recipe.target for each in flattened(recipe)}
    for each in carried(recipe):
        if each.recipe.target not in whole:
            yield from ((each, finding) for finding in look(each.recipe, known))


def _about(about: About, steps: tuple[int, ...]) -> About:
    """The same bytes, in the layers of COPYs: they may come to be elsewhere."""
    globs = tuple(glob if glob.startswith("**/") else f"**/{basename(dirname(glob))}/**" for glob in about.globs)
    return replace(about, steps=steps, globs=globs)


def _steps(each: Carried, finding: LintFinding, place: Place, undone: Undone) -> tuple[int, ...]:
    """What brings it into the image, if it is there at the end of its stage."""
    recipe, step = each.recipe, each.recipe.steps[finding.step]
    calls = directories(recipe, step)
    directory = next((place(step, call, here) for call, here in calls if call.start == finding.start), None)
    steps = each.carriers(directory) if directory else ()
    if directory is None or not steps:
        return ()
    later = (run for run in recipe.runs if run.number > step.number)
    is_gone = any(undone(run, directory) or deletes(run, directory, workdir(recipe, run)) for run in later)
    return () if is_gone else steps


def _carried(recipe: Recipe) -> tuple[Carried, ...]:
    """From the last stage to the first: a stage copies from those before it."""
    taken: dict[int, dict[str, tuple[int, ...]]] = {}
    found: list[Carried] = []
    for stage in reversed(recipe.file.stages):
        if stage.number in recipe.shipped:
            for step in recipe.of(stage.number):
                for source, path, _ in _copies(recipe, step):
                    _take(taken, source, path, (step.number,))
        elif stage.number in taken and len(found) < _MOST_STAGES:
            places = taken[stage.number]
            found.append(Carried(Recipe(recipe.file, recipe.scopes, recipe.steps, stage.number), places))
            _follow(recipe, stage.number, taken)
    return tuple(found)


def _follow(recipe: Recipe, number: int, taken: dict[int, dict[str, tuple[int, ...]]]) -> None:
    """What of a stage that is copied from comes from others in turn."""
    for parent in islice(recipe.line(number), _MOST_PARENTS):
        for step in recipe.of(parent):
            for source, path, target in _copies(recipe, step):
                for place, steps in taken[number].items():
                    if _has(place, target) or is_below(place, target):
                        _take(taken, source, _within(place, target, path), steps)


def _within(place: str, target: str, path: str) -> str:
    """What a place was before it was copied from ``path`` to ``target``: all of that, or what of it lies deeper."""
    return path if _has(place, target) else join(path, place[len(target) :].lstrip("/"))


def _has(place: str, directory: str) -> bool:
    """Whether a place has all of a directory; whichever version Python has."""
    return place == "/" or covers(_PYTHON.sub("/python*", place), directory)


def _take(taken: dict[int, dict[str, tuple[int, ...]]], stage: int, place: str, steps: tuple[int, ...]) -> None:
    known = taken.setdefault(stage, {})
    if place in known or len(known) < _MOST_PLACES:
        known[place] = tuple(dict.fromkeys((*known.get(place, ()), *steps)))[:_MOST_PLACES]


def _copies(recipe: Recipe, step: Step) -> Iterator[tuple[int, str, str]]:
    """What a COPY takes from an earlier stage: its number, a path there, and where that comes to."""
    flag = step.instruction.flag("from") if step.keyword == "COPY" else None
    stage = recipe.file.stage(flag.value or "") if flag else None
    if stage is None or stage.number >= step.stage or not step.instruction.arguments:
        return
    target = _place(step, step.instruction.arguments[-1], workdir(recipe, step))
    for word in sources(step.instruction):
        path = _place(step, word, "/")
        if path and target:
            yield stage.number, path, target


def _place(step: Step, word: Word, here: str) -> str | None:
    return absolute(expand(word.value, step.variables, step.file.escape), here)


def _carriers(recipe: Recipe) -> Mapping[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = dict.fromkeys(recipe.shipped, ()) | {
        stage: tuple(sorted({step for steps in each.places.values() for step in steps}))
        for each in reversed(carried(recipe))
        for stage in islice(recipe.line(each.recipe.target), _MOST_PARENTS)
        if stage not in recipe.shipped
    }
    for step in recipe.runs:
        found[step.stage] = (*found[step.stage], step.number)
    return found
