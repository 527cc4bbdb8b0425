"""What findings about a Dockerfile cost, by the layers of the image that was built from it."""

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from shave.finding import Place
from shave.lint import Amount, LintFinding
from shave.recipe import Recipe
from shave.rules.known import BuiltImage, Known
from shave.verbs.lint_about import places_of

LEAST_PACKED_BYTES, LEAST_UNPACKED_BYTES = 10_000, 1_000_000
"""What saves less of both is not worth an edit: a thousandth of a small image."""
_RELEASED = "with each release whose sources changed; of one image it saves nothing"
_ESTIMATED = "the layers are uncompressed there: packed bytes are what gzip would make of them"


def priced(findings: Iterable[LintFinding], recipe: Recipe, known: Known) -> tuple[LintFinding, ...]:
    """The findings with what their fixes save, the dearest first; what cannot work stands before all.

    What is measured and saves nothing is left out. Estimates stay where no image tells: none is given, or it was built
    from another text of the instruction.
    """
    found = (_priced(finding, known) for finding in findings)
    return tuple(sorted((each for each in found if each), key=_rank))


def saved(findings: Iterable[LintFinding], known: Known) -> Amount:
    """What all measured findings save of an image together, no byte counted twice; of a body that may be a part.

    What a smaller base saves is of no layer's entries: it and what else goes of the base are the same bytes. What COPYs
    take of a context for nothing is each in its own layer.
    """
    entries: dict[tuple[int, str], Place] = {}
    bases, taken = [Amount(0, 0)], [Amount(0, 0)]
    for finding in findings:
        if _is_of_releases(finding):
            continue
        places = _measured(finding, known)
        if places is None and finding.amount and finding.amount.measured:
            (taken if _is_of_context(finding) else bases).append(finding.amount)
        for place in places or ():
            entry = place.layer, place.path
            if entry not in entries or place.packed_bytes > entries[entry].packed_bytes:
                entries[entry] = place
    image = known.image
    own = [place for place in entries.values() if image and place.layer >= image.base_layers]
    of_base = [place for place in entries.values() if image and place.layer < image.base_layers]
    return _sum(*taken, _total(own), max(_total(of_base), *bases, key=lambda each: each.packed_bytes))


def estimated(findings: Iterable[LintFinding]) -> Amount:
    """What all estimates say together; of those of one fact what that rule says which says most."""
    amounts = [(each.rule, each.amount) for each in findings if each.amount and not each.amount.measured]
    alone = [each for _, each in amounts if not each.fact]
    said: dict[str, dict[str, Amount]] = {}
    for rule, each in amounts:
        if each.fact:
            of_rule = said.setdefault(each.fact, {})
            of_rule[rule] = _sum(of_rule.get(rule, Amount(0, 0)), each)
    return _sum(*alone, *(max(each.values(), key=lambda amount: amount.packed_bytes) for each in said.values()))


def _priced(finding: LintFinding, known: Known) -> LintFinding | None:
    found = _measured(finding, known)
    if found is None or known.image is None:
        return finding
    amount = _amount(known.image, found)
    if _is_of_releases(finding):
        amount = replace(amount, source="; ".join(filter(None, (_RELEASED, amount.source))))
    matters = amount.packed_bytes >= LEAST_PACKED_BYTES or amount.unpacked_bytes >= LEAST_UNPACKED_BYTES
    return replace(finding, amount=amount) if matters else None


def _measured(finding: LintFinding, known: Known) -> Iterable[Place] | None:
    """The entries of layers that a finding is about; None where nobody can say that."""
    if known.image is None or finding.about is None or set(finding.about.steps) & set(known.image.differing):
        return None
    return places_of(finding.about, known.image, known.context)


def _is_of_releases(finding: LintFinding) -> bool:
    return finding.about is not None and finding.about.kind == "each release"


def _is_of_context(finding: LintFinding) -> bool:
    return finding.about is not None and finding.about.kind == "context"


def _amount(image: BuiltImage, places: Iterable[Place]) -> Amount:
    return replace(_total(list(places)), source=_ESTIMATED if image.explained.survey.estimated else "")


def _total(places: Collection[Place]) -> Amount:
    packed = sum(each.packed_bytes for each in places)
    return Amount(round(packed), sum(each.unpacked_bytes for each in places))


def _sum(*amounts: Amount) -> Amount:
    return Amount(sum(each.packed_bytes for each in amounts), sum(each.unpacked_bytes for each in amounts))


def _rank(finding: LintFinding) -> tuple[object, ...]:
    amount = finding.amount or Amount(0, 0)
    return finding.severity != "error", -amount.packed_bytes, -amount.unpacked_bytes, finding.start, finding.rule
