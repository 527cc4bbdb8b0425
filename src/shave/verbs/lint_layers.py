"""Which layer each step of a Dockerfile made, told from the history of the image that was built from it.

Only the stages that the image is of have a history in it; below them is that of the base. Both are aligned from the
top down, as an image may have been built from a Dockerfile that was edited since: comments and white space do not
count, and a step of which history says something else has no layer here, so that nothing is priced wrongly.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from shave.errors import UsageError
from shave.image import Image
from shave.oci import environment
from shave.recipe import Recipe, Step
from shave.rules.flattened import flattened
from shave.verbs.lint_history import COPYING, WRITING, Said, likeness, said, wanted

_MOST_PAIRS = 1 << 20
"""Of steps and entries; a hundred of each are many."""
_HINT = "build it from this Dockerfile, or name the image that was"


class Made(Struct, frozen=True):
    """Layers by the numbers of steps; what wrote nothing has none.

    ``differing`` are the numbers of steps that write, but of which nobody knows what: history says something else, or
    the base is in the same layer. ``shared`` are those whose layer others have too, in a squashed build.
    """

    layers: dict[int, int]
    differing: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()


def made(recipe: Recipe, image: Image) -> Made:
    """The layers of the steps. Raises UsageError for an image that was not built from this Dockerfile, or of which
    nothing tells.
    """
    steps = [step for step in recipe.steps if step.stage in recipe.shipped and step.keyword != "FROM"]
    entries = _entries(image)
    if len(steps) * len(entries) > _MOST_PAIRS:
        raise UsageError(f"{image.reference} and the Dockerfile have too many instructions to be matched")
    pairs = _aligned(steps, entries, image)
    exact = {steps[step].number: entry for step, entry, alike in pairs if alike == 1.0}
    alike = {steps[step].number: entry for step, entry, _ in pairs}
    writing = [step for step in steps if step.keyword in WRITING]
    differing = tuple(step for step in writing if step.number not in exact)
    if len(differing) * 2 > len(writing):
        raise UsageError(_other(image, recipe, differing[0]), _HINT)
    groups, shared = _groups(entries, min(alike.values(), default=len(entries)))
    found = {number: groups[entry] for number, entry in _placed(alike, exact, entries) if entry in groups}
    if _holds_base(recipe, found, shared):
        return Made({}, tuple(step.number for step in writing))
    copies = _copies(recipe)
    unknown = (*(step.number for step in differing), *(step for step, copy in copies.items() if copy not in found))
    found |= {step: found[copy] for step, copy in copies.items() if copy in found}
    numbers = tuple(number for number, entry in exact.items() if entry in shared)
    return Made(found, unknown, numbers)


def _copies(recipe: Recipe) -> dict[int, int]:
    """The steps of stages that are copied whole, each with the step that copies it: that has made their layer."""
    return {
        step.number: each.copy.number
        for each in flattened(recipe)
        for step in each.recipe.steps
        if step.stage in each.recipe.shipped and step.keyword in WRITING
    }


def _entries(image: Image) -> list[Said]:
    """The history. Raises UsageError where it is not one of these layers."""
    entries = [said(entry) for entry in image.config.history or ()]
    if sum(not entry.is_empty for entry in entries) != len(image.layers) or not entries:
        hint = "give it as its builder made it: what imports and flattens images leaves no history"
        raise UsageError(f"{image.reference} does not say which instruction made which layer", hint)
    return entries


def _placed(alike: dict[int, int], exact: dict[int, int], entries: Sequence[Said]) -> Iterator[tuple[int, int]]:
    """The entry of each step that may have a layer: what writes must be the same, of others the keyword is enough."""
    for number, entry in alike.items():
        if number in exact or entries[entry].keyword not in WRITING:
            yield number, entry


def _aligned(steps: Sequence[Step], entries: Sequence[Said], image: Image) -> list[tuple[int, int, float]]:
    """Pairs of a step and an entry in the order of both, with how alike they are: those that are most alike in sum.

    Of equally good ones those nearest to the top, for a base may have the same instruction.
    """
    variables = environment(image.config)
    texts = [wanted(step, variables) for step in steps]
    scores = [[likeness(text, entry) for entry in entries] for text in texts]
    best = [[0.0] * (len(entries) + 1)]
    for row in scores:
        above, line = best[-1], [0.0]
        for at, score in enumerate(row):
            line.append(max(above[at + 1], line[at], above[at] + score if score else 0.0))
        best.append(line)
    return list(_back(scores, best))[::-1]


def _back(scores: Sequence[Sequence[float]], best: Sequence[Sequence[float]]) -> Iterator[tuple[int, int, float]]:
    step, entry = len(scores), len(best[0]) - 1
    while step and entry:
        score = scores[step - 1][entry - 1]
        if score and best[step][entry] == best[step - 1][entry - 1] + score:
            step, entry = step - 1, entry - 1
            yield step, entry, score
        elif best[step][entry] == best[step][entry - 1]:
            entry -= 1
        else:
            step -= 1


def _groups(entries: Sequence[Said], first: int) -> tuple[dict[int, int], frozenset[int]]:
    """The layer of each entry that has one, and the entries from ``first`` on that share theirs with others.

    A builder that makes one layer of several steps says of all but the last that theirs is empty: so does the classic
    one of each RUN that wrote nothing (`RUN true`). These are told apart by what is sure to write: COPY and ADD have a
    layer of their own, and an entry that writes nothing has none. RUNs before a RUN are empty unless buildah says so.
    Source: moby daemon/images/image_squash.go; buildah-build(1), --layers.
    """
    layers: dict[int, int] = {}
    shared: set[int] = set()
    waiting: list[int] = []
    layer = -1
    for at, entry in enumerate(entries):
        if entry.is_empty:
            waiting += [at] * (at >= first and entry.keyword in WRITING)
            continue
        layer += 1
        layers[at] = layer
        if waiting and _is_squashed(entries, waiting, at):
            shared |= {at, *waiting}
            layers |= dict.fromkeys(waiting, layer)
        waiting = []
    return layers, frozenset(shared)


def _is_squashed(entries: Sequence[Said], waiting: Sequence[int], at: int) -> bool:
    """Whether the layer of an entry holds what those before it wrote that have none."""
    if entries[at].is_merge or entries[at].keyword not in WRITING:
        return True
    return any(entries[each].keyword in COPYING for each in waiting)


def _holds_base(recipe: Recipe, layers: dict[int, int], shared: frozenset[int]) -> bool:
    """Whether the base image is in a layer with what the steps wrote: then nothing is told apart."""
    number = min(recipe.shipped, default=0)
    return bool(shared) and 0 in layers.values() and recipe.base(number) != "scratch"


def _other(image: Image, recipe: Recipe, step: Step) -> str:
    line = step.instruction.line
    text = " ".join(step.file.text[step.start : step.end].decode("utf-8", "replace").split())
    shown = f"{text[:60]}…" if len(text) > 60 else text
    return f"{image.reference} does not look built from this Dockerfile: its history has no `{shown}` (line {line})"
