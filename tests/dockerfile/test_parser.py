import re
from random import Random

import dockerfile as buildkit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfiles import WRITTEN, generated
from shave.dockerfile.pairs import pairs
from shave.dockerfile.parser import LONGEST_LINE, parse
from shave.dockerfile.parts import Comment, Directive, Dockerfile, Instruction, render

_FATAL = ("a second", "the escape directive", "does not end", "must be strings", 'no "="', "needs a name and a value")

# Until BuildKit 0.12, which this one is, what followed an array was not seen; since then the whole is a shell's.
_BEHIND_JSON = re.compile(r"\][^\n]*[^\s]")


def _values(instruction: Instruction) -> tuple[str, ...]:
    """Arguments as BuildKit's nodes have them."""
    if instruction.keyword in ("ENV", "LABEL"):
        return tuple(word.value for pair in pairs(instruction) for word in (pair.name, pair.value) if word)
    return tuple(word.value for word in instruction.arguments)


def _ours(text: bytes) -> list[object]:
    found = parse(text)
    assert render(found) == text
    return [_seen(found, each) for each in found.instructions]


def _seen(found: Dockerfile, each: Instruction) -> tuple[object, ...]:
    """As the binding shows it: of what is behind ONBUILD neither flags nor here-documents."""
    inner = each.inner or each
    documents = [
        (doc.name, doc.descriptor, found.text[doc.body_start : doc.body_end].decode()) for doc in each.heredocs
    ]
    flags = [f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}") for flag in each.flags]
    sub = each.inner.keyword if each.inner else None
    lines = each.line, each.last_line
    return each.keyword, sub, inner.form == "json", flags, _values(inner), documents, lines


def _theirs(text: str) -> list[object]:
    return [
        (
            (each.cmd or "").upper(),
            each.sub_cmd and each.sub_cmd.upper(),
            each.json,
            list(each.flags),
            () if each.value == ("",) else each.value,  # of unknown instructions
            [(doc.name, doc.file_descriptor, doc.content) for doc in each.heredocs],
            (each.start_line, each.end_line),
        )
        for each in buildkit.parse_string(text)
    ]


@pytest.mark.parametrize("text", WRITTEN, ids=range(len(WRITTEN)))
def test_buildkit_reads_the_same(text: str) -> None:
    try:
        theirs = _theirs(text)
    except buildkit.GoParseError as error:
        assert any(fatal in problem.text for problem in parse(text.encode()).problems for fatal in _FATAL), error
    else:
        assert _ours(text.encode()) == theirs


@pytest.mark.parametrize("seed", range(8))
def test_buildkit_reads_the_same_in_generated_files(seed: int) -> None:
    chance, agreed = Random(seed), 0
    for _ in range(400):
        text = generated(chance)
        ours = _ours(text.encode())
        try:
            theirs = _theirs(text)
        except buildkit.GoParseError:
            continue
        if _BEHIND_JSON.search(text):
            continue
        assert ours == theirs, text
        agreed += 1
    assert agreed > 100
