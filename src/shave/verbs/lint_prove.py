"""``shave lint --prove``: what a Dockerfile builds before and after its fixes, compared by files and by probes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from shave.catalog.explained import Explained, explain
from shave.compression import GZIP
from shave.dockerfiles import Source
from shave.errors import CannotError, NotRunningError
from shave.events import Sink, silent
from shave.image import Image
from shave.lint import Amount, LintFinding
from shave.probe import Verdict
from shave.recipe import Recipe, read
from shave.rules.known import BuiltImage, Known
from shave.verbs.costs import unpacked_bytes
from shave.verbs.lint import World
from shave.verbs.lint_building import BuildFailedError, Building, Site, site, staged
from shave.verbs.lint_chosen import EVERY, Chosen
from shave.verbs.lint_fix import Fixed, Wish, fix, is_safe
from shave.verbs.lint_image import matched
from shave.verbs.lint_price import saved
from shave.verbs.lint_trees import compare
from shave.verbs.packed import packed_bytes
from shave.verbs.proved import Proved, Refuted, Weighed

_MOST_TRIES = 8
Judge = Callable[[Image, Image], Verdict]
"""What the probes say of another image than the first. Raises NotRunningError if the first does not run."""


class Tried(Struct, frozen=True):
    """A Dockerfile after its fixes, and what came of their proof."""

    fixed: Fixed
    proved: Proved


def prove(
    source: Source,
    context: Path,
    wish: Wish,
    building: Building,
    judge: Judge,
    directory: Path,
    sink: Sink = silent,
    asked: Chosen = EVERY,
) -> Tried:
    """The fixes that hold, and the proof of them: of those that do not, one rule after the other is left out.

    What fails beside a build that came from the builder's cache is tried beside one made anew: days may lie between.
    ``directory`` is for logs, contexts and layers. Raises CannotError if the Dockerfile does not build as it is.
    """
    world = World(context=context)
    recipe = read(source.text)
    known = world.known(source, recipe, sink)
    assert known.context
    place = site((source.text, fix(source.text, known, wish, asked).text), building, directory, sink)
    here = staged(context, known.context.ignore, directory / "context")

    def proof(image: Image, directory: Path) -> _Proof:
        directory.mkdir()
        built = replace(world, image=image, directory=directory / "layers").known(source, recipe, sink)
        return _Proof(replace(place, directory=directory), recipe, built, here, wish, judge, asked)

    begun = datetime.now(UTC).isoformat()
    with _before(place, source, here) as image:
        first = proof(image, directory / "first")
        whole = first.tried(frozenset())
        if whole.proved.verdict != "refuted" or not _is_older(first.known, begun):
            return first.best(whole)
    with _before(replace(place, is_anew=True), source, here) as image:
        anew = proof(image, directory / "anew")
        return anew.best(anew.tried(frozenset()))


@contextmanager
def _before(place: Site, source: Source, context: Path) -> Iterator[Image]:
    """The Dockerfile as it is."""
    try:
        with place.image("before", source.text, context) as image:
            yield image
    except BuildFailedError as error:
        how = "it builds from the cache alone: anew " if place.is_anew else ""
        hint = "it must build as it is before a fix can be proven; builds may need --build-network or --build-arg"
        raise CannotError(f"{source.path}: {how}{error}", hint) from error


def _is_older(known: Known, begun: str) -> bool:
    """Whether a step's layer was made before this time (RFC 3339, UTC), in an earlier build."""
    assert known.image
    history = known.image.explained.survey.image.config.history or ()
    made = [entry.created for entry in history if not entry.empty_layer]
    return any(made[layer][:19] < begun[:19] for layer in known.image.layers.values() if layer < len(made))


class _Proof(Struct, frozen=True):
    """All that the tries have in common: ``known`` is the image of the text as it was, ``context`` what it was built
    from.
    """

    site: Site
    recipe: Recipe
    known: Known
    context: Path
    wish: Wish
    judge: Judge
    asked: Chosen

    def best(self, whole: Tried) -> Tried:
        """The fixes of all rules; if they do not hold, of all but one; if these do not, the safe ones alone."""
        rules = whole.proved.rules
        if whole.proved.verdict == "proven" or len(rules) < 2 or not _is_telling(whole.proved):
            return whole
        unsafe = frozenset(each.rule for each in whole.fixed.applied if not is_safe(each))
        doubted = sorted(rules, key=lambda rule: (rule not in unsafe, rules.index(rule)))[:_MOST_TRIES]
        for without in (*(frozenset({rule}) for rule in doubted), unsafe):
            part = self.tried(without)
            if part.proved.rules and part.proved.verdict == "proven":
                left_out = tuple(Refuted(rule, whole.proved.reason) for rule in rules if rule in without)
                return replace(part, proved=replace(part.proved, refuted=left_out))
        return whole

    def tried(self, without: frozenset[str]) -> Tried:
        """The proof with the fixes of all rules but some."""
        text, sink = self.recipe.file.text, self.site.sink
        made = fix(text, self.known, lambda each: self.wish(each) and each.rule not in without, self.asked)
        rules = tuple(dict.fromkeys(each.rule for each in made.applied))
        before = _weighed(_explained(self.known), sink)
        proved = Proved("unknown", "there is nothing to fix", self.site.builder.name, rules, before)
        if not rules:
            return Tried(made, proved)
        said = tuple(_translated(made, self.known))
        proved = replace(proved, predicted=_predicted(made, said, self.known))
        name = f"after-{'-'.join(sorted(without)) or 'all'}"
        own = self.known.context.ignore if self.known.context else None
        context = staged(self.context, own if made.ignore is None else made.ignore, self.site.directory / name)
        try:
            with self.site.image("after", made.text, context) as image:
                return Tried(made, self._judged(proved, made, said, image))
        except BuildFailedError as error:
            return Tried(made, replace(proved, verdict="refuted", reason=str(error), last_words=error.last_words))

    def _judged(self, proved: Proved, made: Fixed, said: Sequence[LintFinding], image: Image) -> Proved:
        before, after = _explained(self.known), explain(image, self.site.sink)
        trees = None if _is_other(self.recipe, read(made.text)) else compare(before, after, said, self.known)
        proved = replace(proved, after=_weighed(after, self.site.sink), trees=trees)
        if trees and trees.verdict == "different":
            worst = trees.witnesses[0]
            more = f" and {trees.differing - 1} more" if trees.differing > 1 else ""
            return replace(
                proved, verdict="refuted", reason=f"no finding says so of /{worst.path} ({worst.what}){more}"
            )
        return self._asked(proved, before.survey.image, image)

    def _asked(self, proved: Proved, before: Image, after: Image) -> Proved:
        """With what the probes say."""
        try:
            probes, words = self.judge(before, after), ""
        except NotRunningError as error:
            try:
                probes, words = self.judge(after, after), "it runs only with the fixes"
            except NotRunningError:
                return replace(proved, reason=f"what it builds does not run: {str(error).splitlines()[0]}")
        proved = replace(proved, probes=probes)
        if probes.verdict == "same":
            return replace(proved, verdict="proven", reason=words)
        doubt = (
            next(each for each in probes.judgements if each.verdict == probes.verdict) if probes.judgements else None
        )
        what = f"the probe {doubt.probe} says {doubt.verdict}: {doubt.reason}" if doubt else "there are no probes"
        return replace(proved, verdict="refuted" if probes.verdict == "different" else "unknown", reason=what)


def _is_telling(proved: Proved) -> bool:
    """Whether fewer fixes may have a better proof: not if the probes do not say anything of any."""
    judged = proved.probes.judgements if proved.probes else ()
    return proved.verdict == "refuted" or any(each.verdict == "same" for each in judged)


def _explained(known: Known) -> Explained:
    assert known.image
    return known.image.explained


def _weighed(image: Explained, sink: Sink) -> Weighed:
    return Weighed(sum(packed_bytes(image.survey.image, GZIP, sink)), sum(image.once(unpacked_bytes)))


def _is_other(before: Recipe, after: Recipe) -> bool:
    """Whether the last stage starts from something else, or more of it is copied from other stages."""
    if before.final is None or after.final is None:
        return False
    return len(before.file.stages) != len(after.file.stages) or before.base(before.final.number) != after.base(
        after.final.number
    )


def _translated(made: Fixed, known: Known) -> Iterator[LintFinding]:
    """All that was applied, with the steps of the first text: those with the same layers. A step that had been edited
    by then may be any that wrote.
    """
    assert known.image
    steps = {layer: step for step, layer in known.image.layers.items()}
    for number, one in enumerate(made.rounds):
        here = matched(read(one.text), known.image) or BuiltImage(known.image.explained, {})
        for each in one.applied:
            if each.about is None or not number:
                yield each
            else:
                same = [steps[here.layers[step]] for step in each.about.steps if step in here.layers]
                is_whole = len(same) == len(each.about.steps)
                yield replace(each, about=replace(each.about, steps=tuple(same if is_whole else steps.values())))


def _predicted(made: Fixed, said: Sequence[LintFinding], known: Known) -> Amount | None:
    """What the findings save together; None if one of them does not know."""
    if any(each.about is None or not (each.amount and each.amount.measured) for each in made.applied):
        return None
    return saved(said, known)
