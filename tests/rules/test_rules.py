"""Every rule, by the examples on its page: bad is found, good is not, the fix makes one the other."""

import inspect
import re

import pytest

from shave import recipe
from shave.dockerfile.edits import apply
from shave.rules import RULES, Rule
from shave.rules.pages import Example, examples, markdown, mends, page

EXAMPLES = [
    pytest.param(rule, each, id=f"{rule.id}-{number}-{each.kind}")
    for rule in RULES
    for number, each in enumerate(examples(rule))
]
PEERS = re.compile(
    r"DL[0-9]{4}|SC[0-9]{4}|(?:tally|tally/[a-z]+|hadolint|buildkit|docker-init)/[A-Za-z0-9-]+|AVD-DS-[0-9]{4}"
    r"|DS[0-9]{3,4}|[a-z]+[A-Za-z-]*|[A-Z][A-Za-z]+|docker:S[0-9]+|S[0-9]{4}|[0-9a-f-]{36}"
)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_examples(rule: Rule, example: Example) -> None:
    found = list(rule.look(recipe.read(example.text), example.known))
    assert {finding.rule for finding in found} == ({rule.id} if example.kind == "Bad" else set())


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_fixes(rule: Rule, example: Example) -> None:
    found = list(rule.look(recipe.read(example.text), example.known))
    edits = [edit for finding in found if finding.fix for edit in finding.fix.edits]
    if edits and example.fixed is not None:
        assert apply(example.text, edits).decode() == example.fixed.decode()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_places(rule: Rule) -> None:
    for each in (each for each in examples(rule) if each.kind == "Bad"):
        read = recipe.read(each.text)
        for finding in rule.look(read, each.known):
            assert 0 <= finding.start < finding.end <= len(each.text)
            step = read.steps[finding.step].instruction
            assert step.start <= finding.start < step.end
            assert finding.text.isprintable() and finding.text == finding.text.strip().removesuffix(".") != ""
            assert finding.fix or finding.advice or finding.severity == "error"
            assert finding.amount is None or finding.amount.measured or finding.amount.source


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_page(rule: Rule) -> None:
    text, kinds = page(rule), [each.kind for each in examples(rule)]
    assert "Bad" in kinds
    assert "Good" in kinds
    assert all(word in text for word in ("What:", "Why:", "Source:"))
    assert text.splitlines()[0].removesuffix(".") == rule.name
    made = markdown(rule)
    assert made.startswith(f"# {rule.id}: {rule.name}\n\nSeverity {rule.severity} · fix: {mends(rule)} · ")
    assert made.count("```") == 2 * len(kinds)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_line_end_of_a_page_is_lost_behind_a_backslash(rule: Rule) -> None:
    written = inspect.getsource(inspect.getmodule(rule.look) or rule).split('"""')[1]
    assert inspect.cleandoc(written.replace("\\\\", "\\")) + "\n" == page(rule)


def test_ids() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"SHV[012][0-9]{2}", each) for each in ids)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_peers(rule: Rule) -> None:
    assert len(set(rule.peers)) == len(rule.peers)
    assert all(PEERS.fullmatch(peer) for peer in rule.peers)
