"""What the comments of a Dockerfile ask not to be told: which findings, and which comments there was no need of."""

from collections.abc import Iterable, Iterator, Sequence

from shave.dockerfile.ignores import ALL, Ignore, Ignores, ignores
from shave.dockerfile.parts import Dockerfile
from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules import RULES
from shave.verbs.lint_chosen import IDS, Chosen

_OURS = "SHV"
_NAMES = {rule.id: frozenset({rule.id, ALL, *rule.peers}) for rule in RULES}
"""By which words a rule is ignored."""
_WORDS = frozenset().union(*_NAMES.values())
_UNREAD = "this comment is not read: it would be `# shave ignore=SHV101,SHV102 why`, a line right above an instruction"


def kept(recipe: Recipe, findings: Iterable[LintFinding]) -> tuple[LintFinding, ...]:
    """The findings that nothing asks to ignore, by our ids or those of the linters that know the same."""
    asked = ignores(recipe.file)
    return tuple(each for each in findings if not _NAMES[each.rule] & _at(recipe, asked, each))


def misread(recipe: Recipe) -> Iterator[str]:
    """What comments ask that nobody answers: "7: …", by their lines. One is not in our form or place, or there is no
    such rule. What is asked of others' rules is between them and the author.
    """
    asked = ignores(recipe.file)
    for at in asked.unread:
        yield f"{recipe.file.position(at)[0]}: {_UNREAD}"
    for each in asked.asked:
        for word in sorted(word for word in each.rules if _is_unknown(each, word)):
            yield f"{recipe.file.position(each.start)[0]}: ignore={word}: there is no such rule"


def unneeded(recipe: Recipe, findings: Sequence[LintFinding], chosen: Chosen) -> Iterator[str]:
    """Our ids that comments ask to ignore without need: nothing is found by these rules there.

    ``findings`` are all, the ignored ones too.
    """
    starts = [step.instruction.start for step in recipe.steps]
    there = {(starts[each.step] if starts else None, each.rule) for each in findings}
    everywhere = {(None, rule) for _, rule in there}
    for each in ignores(recipe.file).asked:
        for word in sorted(word for word in each.rules if word in IDS and chosen(word)):
            if (each.below, word) not in there | everywhere:
                yield f"line {recipe.file.position(each.start)[0]}: ignore={word}: nothing to ignore"


def is_strict(file: Dockerfile) -> bool:
    """Whether any finding is to fail (``# check=error=true``)."""
    return ignores(file).is_error


def _is_unknown(ignore: Ignore, word: str) -> bool:
    return word not in _WORDS if ignore.linter == "shave" else word.startswith(_OURS) and word not in IDS


def _at(recipe: Recipe, asked: Ignores, finding: LintFinding) -> frozenset[str]:
    return asked.at(recipe.steps[finding.step].instruction) if recipe.steps else asked.everywhere
