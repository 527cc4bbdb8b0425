"""What the comments of a Dockerfile ask not to be told: which findings, and which comments there was no need of."""

from collections.abc import Iterable, Iterator, Sequence

from shave.dockerfile.ignores import ALL, Ignores, ignores
from shave.dockerfile.parts import Dockerfile
from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules import RULES
from shave.verbs.lint_chosen import IDS, Chosen

_OURS = "SHV"
_NAMES = {rule.id: frozenset({rule.id, ALL, *rule.peers}) for rule in RULES}
"""By which words a rule is ignored."""


def kept(recipe: Recipe, findings: Iterable[LintFinding]) -> tuple[LintFinding, ...]:
    """The findings that nothing asks to ignore, by our ids or those of the linters that know the same."""
    asked = ignores(recipe.file)
    return tuple(each for each in findings if not _NAMES[each.rule] & _at(recipe, asked, each))


def unneeded(recipe: Recipe, findings: Sequence[LintFinding], chosen: Chosen) -> Iterator[str]:
    """Our ids that comments ask to ignore without need: there is no such rule, or nothing is found by it there.

    ``findings`` are all, the ignored ones too. What is asked of others' rules is between them and the author.
    """
    asked = ignores(recipe.file)
    there = {(each.step, each.rule) for each in findings}
    for word in sorted(asked.everywhere - {rule for _, rule in there}):
        yield from _note(word, "", chosen)
    for each in recipe.steps:
        here = asked.below.get(each.instruction.start, frozenset())
        for word in sorted(word for word in here if (each.number, word) not in there):
            yield from _note(word, f"line {each.instruction.line}: ", chosen)


def is_strict(file: Dockerfile) -> bool:
    """Whether any finding is to fail (``# check=error=true``)."""
    return ignores(file).is_error


def _note(word: str, where: str, chosen: Chosen) -> Iterator[str]:
    if word.startswith(_OURS) and word not in IDS:
        yield f"{where}ignore={word}: there is no such rule"
    elif word.startswith(_OURS) and chosen(word):
        yield f"{where}ignore={word}: nothing to ignore"


def _at(recipe: Recipe, asked: Ignores, finding: LintFinding) -> frozenset[str]:
    return asked.at(recipe.steps[finding.step].instruction) if recipe.steps else asked.everywhere
