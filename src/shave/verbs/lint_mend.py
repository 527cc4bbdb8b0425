"""``shave lint --fix``: Dockerfiles with the fixes of their findings, and what is left to be found in them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from shave.dockerfiles import Source
from shave.events import Sink, silent
from shave.lint import LintSettings
from shave.recipe import read
from shave.rules.known import Known
from shave.verbs.lint import ALONE, EVERYTHING, World, found, linted, only, seen, told
from shave.verbs.lint_chosen import Chosen, chosen
from shave.verbs.lint_context import ignore_file
from shave.verbs.lint_fix import Fixed, Wish, fix
from shave.verbs.lint_image import matched
from shave.verbs.lint_next import next_step
from shave.verbs.lint_price import estimated, saved
from shave.verbs.lint_prove import Tried
from shave.verbs.linted import Edited, Linted, LintedFile, Seen
from shave.verbs.proved import Proved

Proving = Callable[[Source, Wish, Chosen], Tried]
"""What of the wanted fixes of a Dockerfile holds. Raises CannotError if it does not build as it is."""


class Text(Struct, frozen=True):
    """A file as it was, None for one that is to be made, and what becomes of it for these Dockerfiles."""

    path: str
    before: bytes | None
    after: bytes
    dockerfiles: tuple[str, ...]


class Mended(Struct, frozen=True):
    """What is left of the findings, and the texts, the changed ones and the others."""

    linted: Linted
    texts: tuple[Text, ...]


def mend(
    sources: Iterable[Source],
    wish: Wish,
    given: Sequence[str] = (),
    settings: LintSettings = EVERYTHING,
    world: World = ALONE,
    sink: Sink = silent,
    proving: Proving | None = None,
) -> Mended:
    """The wanted fixes applied to the texts, with ``proving`` those that hold; no file is written.

    Raises as ``lint`` does.
    """
    files: list[LintedFile] = []
    texts: dict[str, Text] = {}
    for source in only(sources, world):
        asked = chosen(settings, source.path)
        if source.unread:
            files.append(LintedFile(source.path, unread=source.unread))
            continue
        known = world.known(source, read(source.text), sink)
        tried = proving(source, wish, asked) if proving else None
        made = _borne_out(source, tried) if tried else fix(source.text, known, wish, asked)
        files.append(_left(source, made, known, asked, world, tried.proved if tried else None))
        for text in _texts(source, made, known):
            texts[text.path] = _united(texts[text.path], text) if text.path in texts else text
    return Mended(linted(tuple(files), given, settings, world), tuple(texts.values()))


def with_proofs(found: Linted, mended: Linted, given: Sequence[str] = ()) -> Linted:
    """The findings of files as they are, and what the proof of their fixes showed."""
    proofs = {each.path: each.proved for each in mended.files}
    files = tuple(replace(each, proved=proofs[each.path]) for each in found.files)
    return replace(found, files=files, next=next_step(files, given, found.image))


def _borne_out(source: Source, tried: Tried) -> Fixed:
    return tried.fixed if tried.proved.verdict == "proven" else Fixed(source.text)


def _texts(source: Source, made: Fixed, known: Known) -> Iterator[Text]:
    yield Text(source.path, source.text, made.text, (source.path,))
    if made.ignore is not None and known.context:
        path = ignore_file(known.context.directory, Path(source.path))
        ignore = known.context.ignore
        before = None if ignore is None else ignore.encode("utf-8", "surrogateescape")
        yield Text(str(path), before, made.ignore.encode("utf-8", "surrogateescape"), (source.path,))


def _united(one: Text, other: Text) -> Text:
    """The ignore file of a context that several Dockerfiles are built from: each adds lines at its end."""
    known = one.after.splitlines()
    more = [line for line in other.after.splitlines(keepends=True) if line.rstrip(b"\r\n") not in known]
    return replace(one, after=b"".join((one.after, *more)), dockerfiles=(*one.dockerfiles, *other.dockerfiles))


def _left(source: Source, made: Fixed, known: Known, asked: Chosen, world: World, proved: Proved | None) -> LintedFile:
    """What is found in the text that was mended."""
    recipe = read(made.text)
    image = matched(recipe, known.image) if known.image else None
    context = known.context
    if context and made.ignore is not None:
        context = replace(context, ignore=made.ignore)
    left = told(source.path, recipe, Known(image, context), asked, world.bases(recipe))
    broken = (f"the fix of {each.rule} is not applied: no builder would read it" for each in made.broken)
    measured, guessed = _gained(made, known)
    if guessed and image is None:
        # what a step no longer leaves, the next one may
        guessed = min(guessed, max(0, _guessed(source.text, known, asked) - _guessed(made.text, known, asked)))
    return replace(
        left,
        notes=(*left.notes, *broken),
        fixed=tuple(_fixed(made)),
        proved=proved,
        fixed_packed_bytes=measured,
        fixed_estimated_packed_bytes=guessed,
    )


def _gained(made: Fixed, known: Known) -> tuple[int, int]:
    """Packed bytes that were measured and those that were estimated of what is mended now."""
    rounds = [(each, matched(read(each.text), known.image) if known.image else None) for each in made.rounds]
    measured = (saved(each.applied, replace(known, image=image)) for each, image in rounds)
    guessed = (estimated(each.applied) for each, _ in rounds)
    return sum(each.packed_bytes for each in measured), sum(each.packed_bytes for each in guessed)


def _guessed(text: bytes, known: Known, asked: Chosen) -> int:
    return estimated(found(read(text), known, asked)).packed_bytes


def _fixed(made: Fixed) -> Iterator[Seen]:
    """The findings that are mended, where they stood in the text of their round."""
    for each in made.rounds:
        file = read(each.text).file
        for applied in each.applied:
            shown = seen(file, applied)
            yield shown if shown.fix else replace(shown, fix=Edited("left out by the ignore file", False, ()))
