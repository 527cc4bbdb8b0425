"""``shave lint --fix``: Dockerfiles with the fixes of their findings, and what is left to be found in them."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shave.dockerfiles import Source
from shave.events import Sink, silent
from shave.lint import LintSettings
from shave.recipe import read
from shave.verbs.lint import ALONE, EVERYTHING, World, linted, only, seen, told
from shave.verbs.lint_chosen import Chosen, chosen
from shave.verbs.lint_fix import Fixed, Wish, finding, fixed
from shave.verbs.lint_image import matched
from shave.verbs.linted import Linted, LintedFile, Seen


class Mended(Struct, frozen=True):
    """What is left of the findings, and the texts: each Dockerfile as it was, with what became of it."""

    linted: Linted
    texts: tuple[tuple[Source, Fixed], ...]


def mend(
    sources: Iterable[Source],
    wish: Wish,
    given: Sequence[str] = (),
    settings: LintSettings = EVERYTHING,
    world: World = ALONE,
    sink: Sink = silent,
) -> Mended:
    """The wanted fixes applied to the texts; no file is written. Raises as ``lint`` does."""
    made = [_mended(each, wish, chosen(settings, each.path), world, sink) for each in only(sources, world)]
    files, texts = tuple(file for file, _ in made), tuple(text for _, text in made)
    return Mended(linted(files, given, settings, world), texts)


def _mended(
    source: Source, wish: Wish, asked: Chosen, world: World, sink: Sink
) -> tuple[LintedFile, tuple[Source, Fixed]]:
    if source.unread:
        return LintedFile(source.path, unread=source.unread), (source, Fixed(source.text))
    known = world.known(source, read(source.text), sink)
    result = fixed(source.text, finding(known, asked), wish)
    recipe = read(result.text)
    here = replace(known, image=matched(recipe, known.image)) if known.image else known
    left = told(source.path, recipe, here, asked, world.weigh(recipe))
    notes = (
        *left.notes,
        *(f"the fix of {each.rule} is not applied: no builder would read it" for each in result.broken),
    )
    return replace(left, notes=notes, fixed=tuple(_fixed(result))), (source, result)


def _fixed(result: Fixed) -> Iterator[Seen]:
    """The findings that are mended, where they stood in the text of their round."""
    for each in result.rounds:
        file = read(each.text).file
        yield from (seen(file, found) for found in each.applied)
