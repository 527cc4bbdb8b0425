"""Every rule, by the examples on its page: bad is found, good is not, the fix makes one the other."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from msgspec import Struct

from shave import recipe
from shave.dockerfile.edits import apply
from shave.rules import RULES, Rule
from shave.rules.known import NOTHING, Context, Known

_BLOCK = re.compile(r"^(Bad|Good)\b([^\n]*):\n\n((?:    [^\n]*\n|\n)+)", re.MULTILINE)
_CONTEXT = re.compile(r"with (\S+) of (\d+) MB in the context")


class Example(Struct, frozen=True):
    """A Dockerfile of a page; ``fixed`` is what stands right behind a bad one as good. A context is given where the
    line above says "with FILE of N MB in the context".
    """

    rule: Rule
    number: int
    kind: str
    text: bytes
    fixed: bytes | None = None
    known: Known = NOTHING

    def __str__(self) -> str:
        return f"{self.rule.id}-{self.number}-{self.kind}"


def page(rule: Rule) -> str:
    """The docstring of the file that a rule is in."""
    return inspect.cleandoc(sys.modules[rule.look.__module__].__doc__ or "") + "\n"  # type: ignore[attr-defined]


def examples() -> Iterator[Example]:
    for rule in RULES:
        blocks = [
            (kind, dedent(text).strip("\n").encode() + b"\n", line) for kind, line, text in _BLOCK.findall(page(rule))
        ]
        for number, (kind, text, line) in enumerate(blocks):
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            fixed = following[1] if kind == "Bad" and following and following[0] == "Good" else None
            yield Example(rule, number, kind, text, fixed, known(line))


def known(line: str) -> Known:
    """The context that the line above an example speaks of."""
    found = _CONTEXT.search(line)
    return Known(context=Context(Path(), {found[1]: int(found[2]) * 1_000_000})) if found else NOTHING


EXAMPLES = list(examples())


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_examples(example: Example) -> None:
    found = list(example.rule.look(recipe.read(example.text), example.known))
    assert {finding.rule for finding in found} == ({example.rule.id} if example.kind == "Bad" else set())


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.fixed is not None], ids=str)
def test_fixes(example: Example) -> None:
    found = list(example.rule.look(recipe.read(example.text), example.known))
    edits = [edit for finding in found if finding.fix for edit in finding.fix.edits]
    if edits:
        assert apply(example.text, edits).decode() == (example.fixed or b"").decode()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_page(rule: Rule) -> None:
    text = page(rule)
    kinds = [kind for kind, _, _ in _BLOCK.findall(text)]
    assert "Bad" in kinds
    assert "Good" in kinds
    assert all(word in text for word in ("What:", "Why:", "Source:"))
    assert text.splitlines()[0].removesuffix(".") == rule.name


def test_ids() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"SHV[12][0-9]{2}", each) for each in ids)
