"""One cache, however many RUNs leave it: what is there is not fetched anew, so only the first of them has its bytes.

Measured of apt: a second ``apt-get update`` adds nothing. dnf.conf(5), metadata_expire: 48 hours; yum.conf(5): 6 hours;
apk(8), --cache-max-age: 4 hours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from shave.lint import LintFinding
from shave.recipe import Recipe, Step


def lines(recipe: Recipe, leaving: Iterable[int], empties: Callable[[Step], bool]) -> Mapping[int, int]:
    """Of the steps that find what an earlier one of these left the line of that; ``empties`` says of a step whether it
    takes it away.
    """
    left, found, first = frozenset(leaving), dict[int, int](), -1
    for step in recipe.runs:
        if step.number in left:
            if first < 0:
                first = step.instruction.line
            else:
                found[step.number] = first
        elif first >= 0 and empties(step):
            first = -1
    return found


def told(findings: Iterable[LintFinding], known: Mapping[int, int]) -> Iterator[LintFinding]:
    """These findings; those of steps that find it there have no bytes of their own."""
    for each in findings:
        line = known.get(each.step)
        text = f"{each.text}; what line {line} left there is not fetched anew"
        yield each if line is None else replace(each, text=text, amount=None)
