"""The page of each rule, which is the docstring of its file, and the Dockerfiles on it."""

import inspect
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from textwrap import dedent
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave import toml_reader
from shave.errors import UsageError
from shave.recipe import read
from shave.rules.known import NOTHING, Context, Known
from shave.rules.protocol import Rule

_BLOCK = re.compile(r"^(Bad|Good)\b([^\n]*):\n\n((?:    [^\n]*\n|\n)+)", re.MULTILINE)
_CONTEXT = re.compile(r"with (\S+) of (\d+) MB in the context")
_INDENTED = re.compile(r"(?:^(?:    [^\n]*\n|\n)+)", re.MULTILINE)
_LEAD = re.compile(r"^(What|Why|Source)s?:", re.MULTILINE)


class Example(Struct, frozen=True):
    """A Dockerfile of a page, "Bad" or "Good"; ``fixed`` is the good one right behind a bad one. A context is known
    where the line above says "with FILE of N MB in the context".
    """

    kind: str
    text: bytes
    known: Known = NOTHING
    fixed: bytes | None = None


def named(word: str, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rule with this id, or those that answer to a peer's ("DL3009"), in letters of any size. Raises UsageError for
    none.
    """
    low = word.lower()
    found = tuple(rule for rule in rules if low in {name.lower() for name in (rule.id, *rule.peers)})
    if not found:
        hint = toml_reader.nearest(word.upper(), [rule.id for rule in rules], "all are listed by --rule all")
        raise UsageError(f"--rule: there is no rule {word!r}", hint)
    return found


def page(rule: Rule) -> str:
    """What and why, with examples: indented Dockerfiles below lines that begin with "Bad" or "Good"."""
    return inspect.cleandoc(inspect.getmodule(rule.look).__doc__ or "") + "\n"


def what(rule: Rule) -> str:
    """The first of it: what the rule finds, in a sentence or two."""
    return next(part.removeprefix("What: ") for part in page(rule).split("\n\n") if part.startswith("What: "))


def examples(rule: Rule) -> Iterator[Example]:
    """The Dockerfiles of a rule's page."""
    made = [Example(kind, _dockerfile(text), _known(line)) for kind, line, text in _BLOCK.findall(page(rule))]
    for each, following in zip_longest(made, made[1:]):
        is_mended = each.kind == "Bad" and following and following.kind == "Good"
        yield replace(each, fixed=following.text) if is_mended else each


def _dockerfile(block: str) -> bytes:
    return dedent(block).strip("\n").encode() + b"\n"


def _known(line: str) -> Known:
    found = _CONTEXT.search(line)
    return Known(context=Context(Path(), {found[1]: int(found[2]) * 1_000_000})) if found else NOTHING


Mends = Literal["safe", "unsafe", "safe or unsafe", "none"]


def mends(rule: Rule) -> Mends:
    """How its findings can be mended by an edit, told by the examples of its page."""
    bad = (each for each in examples(rule) if each.kind == "Bad")
    fixes = {found.fix.is_safe for each in bad for found in rule.look(read(each.text), each.known) if found.fix}
    return "none" if not fixes else "safe or unsafe" if len(fixes) == 2 else "safe" if True in fixes else "unsafe"


def markdown(rule: Rule) -> str:
    """The page as Markdown."""
    title, _, words = page(rule).partition("\n")
    peers = ", ".join(rule.peers) or "none"
    facts = f"Severity {rule.severity} · fix: {mends(rule)} · the same elsewhere: {peers}"
    said = _LEAD.sub(lambda found: f"**{found[0]}**", words.strip("\n") + "\n")
    return f"# {rule.id}: {title.rstrip('.')}\n\n{facts}\n\n{_INDENTED.sub(_fenced, said).rstrip()}\n"


def _fenced(found: re.Match[str]) -> str:
    if not found[0].strip():
        return found[0]
    return f"\n```dockerfile\n{dedent(found[0]).strip(chr(10))}\n```\n\n"
