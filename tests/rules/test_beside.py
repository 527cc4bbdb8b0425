"""A cache that several RUNs leave has its bytes once: what is there is not fetched anew."""

from collections.abc import Iterator

import pytest

from shave.lint import LintFinding
from shave.recipe import read
from shave.rules import RULES
from shave.rules.known import NOTHING
from shave.verbs.lint_price import estimated

CLEAN = {"apt-get": "rm -rf /var/lib/apt/lists/*", "apk": "rm -rf /var/cache/apk/*", "yum": "yum clean all"}
INSTALL = {
    "apt-get": "apt-get update && apt-get install -y --no-install-recommends",
    "apk": "apk add",
    "yum": "yum install -y",
}


def found(text: str) -> Iterator[LintFinding]:
    rules = (rule for rule in RULES if rule.id in ("SHV101", "SHV103", "SHV107", "SHV110", "SHV112"))
    yield from (each for rule in rules for each in rule.look(read(text.encode()), NOTHING))


@pytest.mark.parametrize("tool", CLEAN)
def test_a_second_run_that_finds_the_cache_has_no_bytes_but_a_finding(tool: str) -> None:
    run = f"RUN {INSTALL[tool]}"
    one, two = (list(found(f"FROM acme/app{run_s}\n")) for run_s in (f"\n{run} a", f"\n{run} a\n{run} b\n{run} c"))
    assert len(two) == 3
    assert estimated(two) == estimated(one)
    assert [each.amount is None for each in two] == [False, True, True]
    assert [each.about.steps for each in two if each.about] == [(1,), (1, 2), (1, 3)]
    assert two[2].text.endswith("; what line 2 left there is not fetched anew")
    assert all(each.fix and each.fix.is_safe for each in two)


@pytest.mark.parametrize("tool", CLEAN)
def test_what_was_deleted_between_is_fetched_anew(tool: str) -> None:
    run, clean = f"RUN {INSTALL[tool]}", CLEAN[tool]
    for between in (f"RUN {clean}", f"{run} x && {clean}"):
        several = list(found(f"FROM acme/app\n{run} a\n{between}\n{run} b\n"))
        assert [each.amount is None for each in several] == [False, False]


def test_rules_about_one_cache_count_it_once() -> None:
    several = list(found("FROM debian\nRUN apt-get update && apt-get install -y a\nCOPY . .\nRUN apt-get install -y b\n"
                         "RUN apt-get update && apt-get install -y c\n"))  # fmt: skip
    assert [(each.rule, each.amount is None) for each in several] == [("SHV101", True), ("SHV107", False)]
