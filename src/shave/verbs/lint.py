"""``shave lint``: what of a Dockerfile costs bytes or cannot work, without what it asks to ignore."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from shave.dockerfile.ignores import ALL, Ignores, ignores
from shave.dockerfile.parts import Dockerfile
from shave.lint import Fix, LintFinding
from shave.recipe import Recipe, read
from shave.rules import RULES, Rule
from shave.rules.known import NOTHING, Known
from shave.verbs.linted import Edited, LintedFile, Seen

SYNTAX = "SHV001"
"""The rule of what BuildKit would refuse."""


class Chosen(Struct, frozen=True):
    """The rules that are asked: what a word of ``select`` begins, all without one, but what one of ``ignore`` does."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __call__(self, rule: str) -> bool:
        """Whether a rule is asked, by its id."""
        selected = not self.select or any(rule.startswith(prefix) for prefix in self.select)
        return selected and not any(rule.startswith(prefix) for prefix in self.ignore)


EVERY = Chosen()


def found(recipe: Recipe, known: Known = NOTHING, chosen: Chosen = EVERY) -> tuple[LintFinding, ...]:
    """What the chosen rules find, in the order of the text; what the file asks to ignore is left out."""
    asked = ignores(recipe.file)
    findings = [*_problems(recipe.file)] if chosen(SYNTAX) else []
    for rule in RULES:
        if chosen(rule.id):
            findings += [each for each in rule.look(recipe, known) if not _is_ignored(recipe, asked, rule, each)]
    return tuple(sorted(findings, key=lambda each: (each.start, each.rule)))


def lint(
    path: str,
    text: bytes,
    known: Known = NOTHING,
    chosen: Chosen = EVERY,
    priced: Callable[[Sequence[LintFinding], Recipe], Sequence[LintFinding]] = lambda findings, recipe: findings,
) -> LintedFile:
    """One file by its text, the dearest finding first; ``priced`` gives the findings their bytes."""
    recipe = read(text)
    findings = priced(found(recipe, known, chosen), recipe)
    return LintedFile(path, tuple(seen(recipe.file, each) for each in sorted(findings, key=_dearest)))


def seen(file: Dockerfile, finding: LintFinding) -> Seen:
    """A finding where people look for it."""
    (line, column), (end_line, end_column) = (
        file.position(finding.start),
        file.position(max(finding.start, finding.end)),
    )
    starts = file.line_starts
    end = starts[line] if line < len(starts) else len(file.text)
    excerpt = file.text[starts[line - 1] : end].decode("utf-8", "surrogateescape").rstrip("\r\n")
    name = next((rule.name for rule in RULES if rule.id == finding.rule), "The builder refuses it")
    place = (line, column, end_line, end_column)
    return Seen(
        finding.rule,
        name,
        finding.severity,
        finding.text,
        *place,
        excerpt,
        finding.advice,
        _edited(finding.fix),
        finding.amount,
    )


def _edited(fix: Fix | None) -> Edited | None:
    if fix is None:
        return None
    edits = ((each.start, each.end, each.replacement.decode("utf-8", "surrogateescape")) for each in fix.edits)
    return Edited(fix.text, fix.is_safe, tuple(edits))


def _problems(file: Dockerfile) -> Iterator[LintFinding]:
    for problem in file.problems:
        yield LintFinding(SYNTAX, "error", problem.text, _step(file, problem.start), problem.start, problem.end)


def _step(file: Dockerfile, offset: int) -> int:
    return next((number for number, each in enumerate(file.instructions) if each.start <= offset < each.end), 0)


def _is_ignored(recipe: Recipe, asked: Ignores, rule: Rule, finding: LintFinding) -> bool:
    names = asked.at(recipe.steps[finding.step].instruction) if recipe.steps else asked.everywhere
    return not names.isdisjoint({rule.id, ALL, *rule.peers})


def _dearest(finding: LintFinding) -> tuple[object, ...]:
    """What cannot work first, then by measured bytes, then by estimates, then by place."""
    amount = finding.amount
    packed = amount.packed_bytes if amount else 0
    unmeasured = not (amount and amount.measured)
    return finding.severity != "error", unmeasured, -packed, finding.start, finding.rule
