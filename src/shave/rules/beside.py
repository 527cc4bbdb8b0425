"""One cache, however many RUNs leave it: what is there is not fetched anew, so only the first of them has its bytes.

Measured of apt: a second ``apt-get update`` adds nothing. dnf.conf(5), metadata_expire: 48 hours; yum.conf(5): 6 hours;
apk(8), --cache-max-age: 4 hours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from shave.lint import LintFinding
from shave.recipe import Recipe, Step


def earlier(recipe: Recipe, leaving: Iterable[int], empties: Callable[[Step], bool]) -> Mapping[int, Step]:
    """Of the steps that find there what an earlier one of these left that one; ``empties`` says of a step whether it
    takes it away.
    """
    left, found = frozenset(leaving), dict[int, Step]()
    first: Step | None = None
    for step in recipe.runs:
        if step.number in left:
            if first is None:
                first = step
            else:
                found[step.number] = first
        elif first and empties(step):
            first = None
    return found


def told(findings: Iterable[LintFinding], known: Mapping[int, Step]) -> Iterator[LintFinding]:
    """These findings; those of steps that find it there are about the bytes of the first, and nobody estimates theirs:
    it is mended only where all are, as the first to find nothing fetches it.
    """
    for each in findings:
        first = known.get(each.step)
        yield _beside(each, first) if first else each


def _beside(finding: LintFinding, first: Step) -> LintFinding:
    about = replace(finding.about, steps=(first.number, *finding.about.steps)) if finding.about else None
    text = f"{finding.text}; what line {first.instruction.line} left there is not fetched anew"
    return replace(finding, text=text, about=about, amount=None)
