"""What findings about a Dockerfile cost, by the layers of the image that was built from it."""

from collections.abc import Iterable

from msgspec.structs import replace

from shave.finding import Place
from shave.lint import Amount, LintFinding
from shave.recipe import Recipe
from shave.rules.known import BuiltImage, Known
from shave.verbs.findings import LEAST_PACKED_BYTES, LEAST_UNPACKED_BYTES
from shave.verbs.lint_about import places_of

_ESTIMATED = "the engine has the layers uncompressed: packed bytes are what gzip would make of them"


def priced(findings: Iterable[LintFinding], recipe: Recipe, known: Known) -> tuple[LintFinding, ...]:
    """The findings with what their fixes save, the dearest first; what cannot work stands before all.

    What is measured and saves nothing is left out. Estimates stay where no image tells: none is given, or it was built
    from another text of the instruction.
    """
    found = (_priced(finding, known) for finding in findings)
    return tuple(sorted((each for each in found if each), key=_rank))


def saved(findings: Iterable[LintFinding], known: Known) -> Amount:
    """What all measured findings save together, no byte counted twice; of a body that may be a part."""
    entries: dict[tuple[int, str], Place] = {}
    for finding in findings:
        for place in _measured(finding, known) or ():
            entry = place.layer, place.path
            if entry not in entries or place.packed_bytes > entries[entry].packed_bytes:
                entries[entry] = place
    return _amount(known.image, entries.values()) if known.image else Amount(0, 0)


def _priced(finding: LintFinding, known: Known) -> LintFinding | None:
    found = _measured(finding, known)
    if found is None or known.image is None:
        return finding
    amount = _amount(known.image, found)
    matters = amount.packed_bytes >= LEAST_PACKED_BYTES or amount.unpacked_bytes >= LEAST_UNPACKED_BYTES
    return replace(finding, amount=amount) if matters else None


def _measured(finding: LintFinding, known: Known) -> Iterable[Place] | None:
    """The entries of layers that a finding is about; None where nobody can say that."""
    if known.image is None or finding.about is None or set(finding.about.steps) & set(known.image.differing):
        return None
    return places_of(finding.about, known.image, known.context)


def _amount(image: BuiltImage, places: Iterable[Place]) -> Amount:
    found = list(places)
    packed, unpacked = sum(each.packed_bytes for each in found), sum(each.unpacked_bytes for each in found)
    return Amount(round(packed), unpacked, source=_ESTIMATED if image.explained.survey.estimated else "")


def _rank(finding: LintFinding) -> tuple[object, ...]:
    amount = finding.amount or Amount(0, 0)
    return finding.severity != "error", -amount.packed_bytes, -amount.unpacked_bytes, finding.start, finding.rule
