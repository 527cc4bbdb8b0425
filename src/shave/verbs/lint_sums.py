"""What findings about Dockerfiles come to: by rules, and against a limit."""

from collections.abc import Iterable, Sequence

from shave import quantity
from shave.lint import LintFinding, LintSettings
from shave.rules import RULES
from shave.rules.known import Known
from shave.verbs.lint_price import estimated, saved
from shave.verbs.linted import Limit, LintedFile, Statistic


def statistics(findings: Sequence[LintFinding], known: Known) -> tuple[Statistic, ...]:
    """The findings of one file by rules, the dearest first; of one rule no byte is counted twice."""
    rows = (_of_rule(rule.id, rule.name, [each for each in findings if each.rule == rule.id], known) for rule in RULES)
    return _ranked(row for row in rows if row.findings)


def united(files: Iterable[LintedFile]) -> tuple[Statistic, ...]:
    """Those of several files."""
    rows: dict[str, Statistic] = {}
    for row in (row for file in files for row in file.statistics):
        rows[row.rule] = _sum(rows[row.rule], row) if row.rule in rows else row
    return _ranked(rows.values())


def limit(settings: LintSettings, is_measured: bool, packed_bytes: int) -> Limit | None:
    """What the settings allow, against what was measured. Raises UsageError for what is no number of bytes."""
    given = settings.fail_over
    if given is None:
        return None
    most = quantity.parse(given, "fail_over") if isinstance(given, str) else given
    if not is_measured:
        return Limit(most, "unmeasured")
    return Limit(most, "over" if packed_bytes > most else "within")


def _of_rule(rule: str, name: str, findings: Sequence[LintFinding], known: Known) -> Statistic:
    packed = saved(findings, known).packed_bytes if findings else 0
    fixes = sum(each.fix is not None for each in findings)
    return Statistic(rule, name, len(findings), 1, fixes, packed, estimated(findings).packed_bytes)


def _sum(one: Statistic, other: Statistic) -> Statistic:
    return Statistic(
        one.rule,
        one.name,
        one.findings + other.findings,
        one.files + other.files,
        one.fixes + other.fixes,
        one.packed_bytes + other.packed_bytes,
        one.estimated_packed_bytes + other.estimated_packed_bytes,
    )


def _ranked(rows: Iterable[Statistic]) -> tuple[Statistic, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.packed_bytes - row.estimated_packed_bytes, row.rule)))
