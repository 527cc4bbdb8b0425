"""``shave lint``: what of Dockerfiles costs bytes or cannot work, without what they ask to ignore."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from shave.dockerfile.parser import LONGEST_LINE
from shave.dockerfile.parts import BOM, Dockerfile
from shave.dockerfiles import Source
from shave.errors import UsageError
from shave.events import Remark, Sink, silent
from shave.image import Image
from shave.lint import Fix, LintFinding, LintSettings
from shave.lives import layers
from shave.recipe import Recipe, read
from shave.rules import RULES, flattened, large_base, refused
from shave.rules.known import NOTHING, Known
from shave.rules.refused import is_text
from shave.rules.whole_context import is_whole
from shave.verbs.lint_bases import BaseRow, with_bases
from shave.verbs.lint_chosen import EVERY, Chosen, chosen
from shave.verbs.lint_context import context, proposed
from shave.verbs.lint_ignored import is_strict, kept, misread, unneeded
from shave.verbs.lint_image import built
from shave.verbs.lint_lines import line_costs
from shave.verbs.lint_next import next_step
from shave.verbs.lint_price import estimated, priced, saved
from shave.verbs.lint_sums import limit, statistics, united
from shave.verbs.linted import Edited, EditSeen, Limit, Linted, LintedFile, Seen, Unasked

EVERYTHING = LintSettings()
_OVERLONG = "has more operators than are read: rules do not know its commands"
_NAMES = {rule.id: rule.name for rule in RULES}


class World(Struct, frozen=True):
    """What is there beside the Dockerfiles: the image that was built from the only one, with a ``directory`` for its
    layers, and the directory that images are built from. ``weigh`` says what the bases of a Dockerfile cost.
    """

    image: Image | None = None
    directory: Path = Path()
    context: Path | None = None
    weigh: Callable[[Recipe], tuple[BaseRow, ...]] | None = None

    @property
    def is_measured(self) -> bool:
        """Whether there is anything by which bytes are known."""
        return bool(self.image or self.context or self.weigh)

    def bases(self, recipe: Recipe) -> tuple[BaseRow, ...] | None:
        """What its bases cost, None where nobody asked."""
        return self.weigh(recipe) if self.weigh else None

    def known(self, source: Source, recipe: Recipe, sink: Sink) -> Known:
        """As rules ask for it. Raises UsageError for an image of another Dockerfile."""
        for step in recipe.steps:
            if step.is_overlong:
                sink(Remark(f"{source.path}:{step.instruction.line}: {step.keyword} {_OVERLONG}", "warning"))
        for text in misread(recipe):
            sink(Remark(f"{source.path}:{text}", "warning"))
        return Known(
            built(recipe, self.image, self.directory, sink) if self.image else None,
            context(self.context, Path(source.path)) if self.context else None,
        )


ALONE = World()


def found(recipe: Recipe, known: Known = NOTHING, asked: Chosen = EVERY) -> tuple[LintFinding, ...]:
    """What the chosen rules find, in the order of the text; what the file asks to ignore is left out."""
    return kept(recipe, _looked(recipe, known, asked))


def lint(
    sources: Iterable[Source],
    given: Sequence[str] = (),
    settings: LintSettings = EVERYTHING,
    world: World = ALONE,
    sink: Sink = silent,
) -> Linted:
    """The answer about Dockerfiles, which the words ``given`` named: options and names.

    Raises UsageError for several with one image, for an image of another Dockerfile, and for unknown rules.
    """
    files = (lint_file(each, chosen(settings, each.path), world, sink) for each in only(sources, world))
    return linted(tuple(files), given, settings, world)


def only(sources: Iterable[Source], world: World) -> Sequence[Source]:
    """The Dockerfiles. Raises UsageError for several with one image."""
    asked = list(sources)
    if world.image and len(asked) > 1:
        raise UsageError(f"{len(asked)} Dockerfiles, but one image", "name the Dockerfile that it was built from")
    return asked


def linted(files: Sequence[LintedFile], given: Sequence[str], settings: LintSettings, world: World) -> Linted:
    """The answer by what is known of each file. Raises UsageError for a limit that is no number of bytes."""
    ranked = tuple(sorted(files, key=_rank))
    packed = sum(each.packed_bytes for each in ranked)
    image = str(world.image.reference) if world.image else ""
    allowed = limit(settings, world.is_measured, packed)
    return Linted(
        ranked,
        image,
        str(world.context or ""),
        packed,
        sum(each.unpacked_bytes for each in ranked),
        sum(each.estimated_packed_bytes for each in ranked),
        any(_fails(each, allowed) for each in ranked) or bool(allowed and allowed.verdict == "over"),
        next_step(ranked, given, image),
        allowed,
        united(ranked),
    )


def lint_file(source: Source, asked: Chosen = EVERY, world: World = ALONE, sink: Sink = silent) -> LintedFile:
    """One Dockerfile."""
    if source.unread:
        return LintedFile(source.path, unread=source.unread)
    recipe = read(source.text)
    known = world.known(source, recipe, sink)
    file = told(source.path, recipe, known, asked, world.bases(recipe))
    return replace(file, lines=line_costs(recipe, known.image)) if known.image else file


def told(
    path: str, recipe: Recipe, known: Known, asked: Chosen, bases: tuple[BaseRow, ...] | None = None
) -> LintedFile:
    """What the chosen rules find, with its bytes, the dearest first."""
    every = _looked(recipe, known, asked)
    findings = priced(with_bases(kept(recipe, every), bases or ()), recipe, known)
    measured = saved(findings, known)
    return LintedFile(
        path,
        tuple(seen(recipe.file, each) for each in findings),
        notes=tuple(unneeded(recipe, every, asked)),
        is_strict=is_strict(recipe.file),
        packed_bytes=measured.packed_bytes,
        unpacked_bytes=measured.unpacked_bytes,
        estimated_packed_bytes=estimated(findings).packed_bytes,
        ignore_file=proposed(recipe, known.context) if known.context else None,
        bases=bases or (),
        statistics=statistics(findings, known),
        unasked=tuple(_unasked(recipe, findings, known, bases is not None)),
    )


def _unasked(recipe: Recipe, findings: Sequence[LintFinding], known: Known, is_weighed: bool) -> Iterator[Unasked]:
    """What would tell more of these findings, or find more."""
    if known.image is None and any(each.about and not (each.amount and each.amount.measured) for each in findings):
        yield "image"
    if known.context is None and any(map(is_whole, layers(recipe))):
        yield "context"
    if not is_weighed and any(each.rule == large_base.RULE.id for each in findings):
        yield "bases"


def seen(file: Dockerfile, finding: LintFinding) -> Seen:
    """A finding where people look for it."""
    place = _place(file, finding.start, max(finding.start, finding.end))
    starts = file.line_starts
    end = starts[place[0]] if place[0] < len(starts) else len(file.text)
    return Seen(
        finding.rule,
        _NAMES[finding.rule],
        finding.severity,
        finding.text,
        *place,
        file.text[starts[place[0] - 1] : min(end, starts[place[0] - 1] + LONGEST_LINE)]
        .removeprefix(BOM)
        .decode("utf-8", "surrogateescape")
        .rstrip("\r\n"),
        finding.advice,
        _edited(file, finding.fix),
        finding.amount,
    )


def _place(file: Dockerfile, start: int, end: int) -> tuple[int, int, int, int]:
    return *file.position(start), *file.position(end)


def _edited(file: Dockerfile, fix: Fix | None) -> Edited | None:
    if fix is None:
        return None
    edits = (
        EditSeen(
            each.start,
            each.end,
            *_place(file, each.start, each.end),
            each.replacement.decode("utf-8", "surrogateescape"),
        )
        for each in fix.edits
    )
    return Edited(fix.text, fix.is_safe, tuple(edits))


def _looked(recipe: Recipe, known: Known, asked: Chosen) -> tuple[LintFinding, ...]:
    """What the chosen rules find, the ignored too; without fixes where lines are not what their author meant."""
    rules = RULES if is_text(recipe.file) else (refused.RULE,)
    findings = [
        finding
        for rule in rules
        if asked(rule.id)
        for finding in (*rule.look(recipe, known), *flattened.look(rule, recipe, known))
    ]
    if recipe.once(refused.problems):
        findings = [replace(finding, fix=None) for finding in findings]
    return tuple(sorted(findings, key=lambda each: (each.start, each.rule)))


def _fails(file: LintedFile, allowed: Limit | None) -> bool:
    """From severity warning on; with a limit to what was measured only what cannot work."""
    failing = ("error", "warning") if allowed is None or allowed.verdict == "unmeasured" else ("error",)
    return any(file.is_strict or each.severity in failing for each in file.findings)


def _rank(file: LintedFile) -> tuple[object, ...]:
    is_broken = bool(file.unread) or any(each.severity == "error" for each in file.findings)
    return not is_broken, -file.packed_bytes - file.estimated_packed_bytes
