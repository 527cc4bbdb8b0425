import re
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dockerfile as buildkit
from dockerfiles import WRITTEN, generated
from shave.dockerfile.pairs import pairs
from shave.dockerfile.parser import LONGEST_LINE, parse
from shave.dockerfile.parts import Comment, Directive, Dockerfile, Instruction, render

_FATAL = ("a second", "the escape directive", "does not end", "must be strings", 'no "="', "needs a name and a value")

# What BuildKit reads otherwise since 0.12, which this one is: an array with something behind it belongs to the shell,
# and flags obey the escape directive.
_CHANGED = re.compile(r"\][^\n]*[^\s]|# escape=`.*--", re.DOTALL)
_LONG = "FROM " + "x" * LONGEST_LINE


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


@pytest.mark.parametrize("text", [*WRITTEN, *(text.rstrip("\n") for text in WRITTEN)], ids=count())
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
        if _CHANGED.search(text):
            continue
        assert ours == theirs, text
        agreed += 1
    assert agreed > 100


@given(st.binary())
def test_no_byte_is_lost(text: bytes) -> None:
    found = parse(text)
    assert render(found) == text
    assert all(0 <= problem.start <= problem.end <= len(text) for problem in found.problems)


@given(st.integers(0, 1 << 32), st.booleans())
def test_no_byte_of_a_generated_file_is_lost(seed: int, is_dos: bool) -> None:
    text = generated(Random(seed)).encode()
    text = text.replace(b"\n", b"\r\n") if is_dos else text
    found = parse(text)
    assert render(found) == text
    for each in found.instructions:
        _check_places(text, each)


def _check_places(text: bytes, each: Instruction) -> None:
    """Every place is in the instruction, and a value of one line stands where its place is."""
    escaped = each.code.text
    assert each.start <= each.name.start <= each.code_end <= each.end
    for word in (each.name, *([] if each.form == "json" else each.arguments)):
        written = text[word.start : word.end]
        if b"\n" not in written:
            assert written.decode("utf-8", "surrogateescape") == word.value
        assert word.value.encode("utf-8", "surrogateescape") in escaped
    for flag in each.flags:
        assert text.startswith(b"--", flag.start)
    for doc in each.heredocs:
        assert doc.start < doc.end <= doc.body_start <= doc.body_end <= doc.stop <= each.end


@pytest.mark.parametrize(
    ("text", "problem", "at"),
    [
        ("", "no FROM", ""),
        ("RUN a", "no FROM", ""),
        ("RUN a\nFROM a", "RUN before the first FROM", "RUN a"),
        ("FROM a\nFOO b", "unknown instruction: FOO", "FOO b"),
        ("FROM a\n\\\n \\", "unknown instruction: ", ""),
        ("FROM a b", "FROM takes an image", "FROM a b"),
        ("FROM", "FROM needs at least 1 argument", "FROM"),
        ("FROM a AS 1b", '"1b" is no name', "1b"),
        ("FROM a\nRUN <<A\n b", "the here-document A does not end", "<<A"),
        ('FROM a\nCMD ["a", 1]', "must be strings", 'CMD ["a", 1]'),
        ("FROM a\nENV a", "ENV needs a name and a value", "ENV a"),
        ("FROM a\nENV a=b c", 'no "=" in "c"', "ENV a=b c"),
        ("FROM a\nCOPY a", "COPY needs at least 2 arguments", "COPY a"),
        ("FROM a\nONBUILD", "ONBUILD needs at least 1 argument", "ONBUILD"),
        ("FROM a\nONBUILD FROM b", "FROM is not allowed behind ONBUILD", "FROM"),
        ("# escape=x\nFROM a", "the escape directive", "x"),
        ("# syntax=x\n# syntax=y\nFROM a", "a second syntax directive", "# syntax=y"),
        (_LONG, "more than 65535 bytes", _LONG),
    ],
    ids=count(),
)
def test_problems(text: str, problem: str, at: str) -> None:
    found = parse(text.encode())
    assert [problem in each.text for each in found.problems] == [True]
    only = found.problems[0]
    assert text[only.start : only.end] == at


@pytest.mark.parametrize(
    ("text", "directives", "escape"),
    [
        ("# syntax=a/b:1\n#escape=`\nFROM a", {"syntax": "a/b:1", "escape": "`"}, "`"),
        ("#  CHECK = skip=all; error=true  \nFROM a", {"check": "skip=all; error=true"}, "\\"),
        ("# a comment\n# escape=`\nFROM a", {}, "\\"),
        ("\n# escape=`\nFROM a", {}, "\\"),
        ("#!/usr/bin/env x\n# syntax=a\n# escape=`\nFROM a", {"syntax": "a"}, "\\"),
        ("\ufeff# escape=`\r\nFROM a", {"escape": "`"}, "`"),
    ],
)
def test_directives(text: str, directives: dict[str, str], escape: str) -> None:
    found = parse(text.encode())
    assert (found.directives, found.escape) == (directives, escape)
    for part in found.parts:
        if isinstance(part, Directive):
            assert text.encode()[part.value.start : part.value.end].decode() == part.value.value


def test_comments_in_an_instruction_belong_to_it() -> None:
    found = parse(b"FROM a\nRUN a \\\n # b\n  && c\n# d\n")
    run = found.instructions[1]
    assert [comment.text for comment in run.comments] == ["b"]
    assert run.code.text == b"RUN a   && c"
    assert [part.text for part in found.parts if isinstance(part, Comment)] == ["d"]


def test_positions_count_lines_and_characters() -> None:
    found = parse("FROM a\r\nRUN é b\n".encode())
    assert found.position(0) == (1, 1)
    assert found.position(found.text.index(b"b\n")) == (2, 7)
    assert found.position(len(found.text)) == (3, 1)


def test_a_byte_order_mark_is_no_column() -> None:
    found = parse(b"\xef\xbb\xbfFROM a\n\xef\xbb\xbfRUN b\n")
    assert [found.position(offset) for offset in (0, 3, 8)] == [(1, 1), (1, 1), (1, 6)]
    assert found.position(found.text.index(b"RUN")) == (2, 2)


def test_bytes_of_no_character_are_columns() -> None:
    found = parse(b"FROM a\nRUN \xe2\x82 \xff b\n")
    assert found.position(found.text.index(b"b\n")) == (2, 10)
