"""Fixes go together, in a stated order, until there is nothing more to do; what they touch stays in its style."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dockerfile
from shave.catalog.explained import explain
from shave.dockerfile.edits import Edit
from shave.dockerfile.parser import parse
from shave.events import silent
from shave.lint import Amount, Fix, LintFinding
from shave.rules import RULES
from shave.rules.known import NOTHING, BuiltImage, Known
from shave.rules.pages import Example, examples
from shave.testing import File, Member, image
from shave.verbs.lint_chosen import Chosen
from shave.verbs.lint_fix import Fixed, finding, fix, fixed, is_any, is_safe, patch

PAGES = [pytest.param(each, id=f"{rule.id}-{number}") for rule in RULES for number, each in enumerate(examples(rule))]
TEXT = b"FROM a\nRUN one\nRUN two\n"


def edit(old: bytes, new: bytes, text: bytes = TEXT) -> Edit:
    start = text.index(old)
    return Edit(start, start + len(old), new)


def found(name: str, *edits: Edit, safe: bool = True, packed: int = 0) -> LintFinding:
    start = min(each.start for each in edits)
    return LintFinding(name, "warning", name, 1, start, start + 1, fix=Fix(name, edits, safe), amount=Amount(packed, 0))


def once(*findings: LintFinding) -> Callable[[bytes], Sequence[LintFinding]]:
    """What is found in the first text only."""
    return lambda text: findings if text == TEXT else ()


def names(made: Fixed) -> list[str]:
    return [each.rule for each in made.applied]


def test_the_safe_one_goes_first() -> None:
    made = fixed(
        TEXT, once(found("a", edit(b"one", b"1"), safe=False, packed=9), found("b", edit(b"one", b"eins"))), is_any
    )
    assert (names(made), made.text) == (["b"], b"FROM a\nRUN eins\nRUN two\n")


def test_of_these_the_dearest_and_then_the_first() -> None:
    small, large = found("a", edit(b"one", b"1")), found("b", edit(b"one\nRUN two", b"2"), packed=1)
    assert names(fixed(TEXT, once(small, large), is_safe)) == ["b"]
    assert names(fixed(TEXT, once(found("b", edit(b"two", b"2")), found("c", edit(b"one", b"1"))), is_safe)) == [
        "c",
        "b",
    ]


def test_edits_of_one_finding_go_together_or_not_at_all() -> None:
    two = found("a", edit(b"one", b"1"), edit(b"two", b"2"))
    other = found("b", edit(b"two", b"zwei"), packed=1)
    assert fixed(TEXT, once(two, other), is_safe).text == b"FROM a\nRUN one\nRUN zwei\n"


def test_what_two_want_is_done_once() -> None:
    made = fixed(TEXT, once(*(found(each, Edit(14, 14, b" -y")) for each in "ab")), is_safe)
    assert made.text == b"FROM a\nRUN one -y\nRUN two\n"
    assert names(made) == ["a"]


def test_the_others_have_their_turn_in_the_next_round() -> None:
    def find(text: bytes) -> Sequence[LintFinding]:
        wanted = ((b"one", b"eins"), (b"one\nRUN", b"one && "), (b"eins\nRUN", b"eins &&"))
        return [found(old.decode(), edit(old, new, text)) for old, new in wanted if old in text]

    made = fixed(TEXT, find, is_safe)
    assert made.text == b"FROM a\nRUN eins && two\n"
    assert [[each.rule for each in one.applied] for one in made.rounds] == [["one"], ["eins\nRUN"]]


def test_unsafe_fixes_are_for_who_asks() -> None:
    find = once(found("a", edit(b"one", b"1"), safe=False))
    assert fixed(TEXT, find, is_safe) == Fixed(TEXT)
    assert names(fixed(TEXT, find, is_any)) == ["a"]


def test_what_would_break_the_text_is_left_out() -> None:
    broken = found("a", edit(b"RUN one", b"RUNNE one"))
    made = fixed(TEXT, once(broken, found("b", edit(b"two", b"2"))), is_safe)
    assert (names(made), made.text, made.broken) == (["b"], b"FROM a\nRUN one\nRUN 2\n", (broken,))


@pytest.mark.parametrize("command", [b"{ one;; }", b"one && { two &; }", b"(one", b"one 'x", b"if one; then two"])
def test_what_no_shell_would_read_is_left_out(command: bytes) -> None:
    assert subprocess.run(["sh", "-n"], input=command, capture_output=True, check=False).returncode
    broken = found("a", edit(b"one", command))
    made = fixed(TEXT, once(broken), is_safe)
    assert (made.text, made.broken) == (TEXT, (broken,))


def test_rounds_are_bounded() -> None:
    made = fixed(TEXT, lambda text: [found("a", Edit(14, 14, b"x"))], is_safe)
    assert len(made.rounds) == 10


@pytest.mark.parametrize("page", PAGES)
def test_fixes_of_pages_end_and_parse(page: Example) -> None:
    known = page.known
    made = fixed(page.text, finding(page.text, known), is_any)
    assert not made.broken
    assert fixed(made.text, finding(made.text, known), is_any).text == made.text
    assert not parse(made.text).problems or parse(page.text).problems
    if not parse(page.text).problems:
        dockerfile.parse_string(made.text.decode())


def _instructions() -> list[bytes]:
    """Of all pages, and some that hardly say anything."""
    texts = {each.text for rule in RULES for each in examples(rule)}
    found = {text[each.start : each.end] for text in sorted(texts) for each in parse(text).instructions}
    return [*sorted(found), *ODD]


ODD = [
    *(
        b"RUN A=b",
        b"RUN >/x",
        b"RUN a && >/x </y && b",
        b"RUN # no",
        b"RUN :",
        b"RUN",
        b"RUN []",
        b'RUN [""]',
        b'RUN ["a", ["b"]]',
        b"RUN \\\n\n",
    ),
    *(b"RUN f() { :; }", b"RUN a=(1 2); cat <<<x", b"RUN <<E\nE", b"RUN <<E\n# no\nE", b"COPY <<A <<B /x/\nA\nB"),
    *(
        b"COPY",
        b"COPY []",
        b"ADD a",
        b"CMD",
        b"CMD []",
        b"ENTRYPOINT [1]",
        b"ENV",
        b"ENV A",
        b"ARG",
        b"USER",
        b"WORKDIR",
    ),
    *(b"ONBUILD", b"ONBUILD RUN", b"SHELL []", b"SHELL", b"HEALTHCHECK", b"VOLUME []", b"FROM", b"FROM a AS", b"LABEL"),
]


@given(st.lists(st.sampled_from(_instructions()), max_size=6))
def test_whatever_stands_together_is_looked_at_and_mended(lines: list[bytes]) -> None:
    text = b"FROM debian:12\n" + b"".join(line + b"\n" for line in lines)
    made = fixed(text, finding(text, NOTHING), is_any)
    assert not made.broken
    assert not parse(made.text).problems or parse(text).problems


def test_nothing_is_mended_in_a_file_with_a_line_that_no_builder_reads() -> None:
    text = b"FROM debian:12\nRUN apt-get update && apt-get install -y curl\n  && echo done\n"
    assert fix(text, NOTHING, is_safe).text == text
    assert fix(text.replace(b"curl\n", b"curl \\\n"), NOTHING, is_safe).applied


FAT = b"FROM debian:12\nRUN apt-get update && \\\n    # the client\n\tapt-get install -y curl\nCMD curl\n"


@pytest.mark.parametrize(
    "text",
    [
        FAT,
        FAT.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + FAT,
        FAT.removesuffix(b"\nCMD curl\n"),
        b"# escape=`\n" + FAT.replace(b"\\", b"`"),
        FAT.replace(b"the client", b"\xff\xfe"),
    ],
    ids=["plain", "carriage returns", "byte order mark", "no final newline", "escape", "no UTF-8"],
)
def test_the_rest_stays_byte_for_byte(text: bytes) -> None:
    made = fix(text, NOTHING, is_safe)
    end = text.index(b"install -y curl") + len(b"install -y curl")
    assert made.text.startswith(text[:end])
    assert made.text.endswith(text[end:])
    added = made.text[end:].removesuffix(text[end:])
    line_end, escape = (b"\r\n" if b"\r" in text else b"\n"), (b"`" if b"`" in text else b"\\")
    assert added == b" && " + escape + line_end + b"\trm -rf /var/lib/apt/lists/*"


@pytest.mark.parametrize("tool", ["git", "patch"])
@pytest.mark.parametrize("name", ["Dockerfile", "a b/x.Dockerfile", "ä"])
@given(st.lists(st.sampled_from([b"a\n", b"b\r\n", b"c\x0cd\n", b"\xff\n", b"\n"]), max_size=8), st.binary(max_size=9))
def test_patches_apply(tool: str, name: str, lines: list[bytes], last: bytes) -> None:
    before, after = b"".join(lines) + b"end", b"first\n" + b"".join(lines[1:]) + last
    if before == after or b"\0" in last:
        return
    command = {"git": ["git", "apply", "--whitespace=nowarn"], "patch": ["patch", "-p1", "--binary", "-s"]}[tool]
    with TemporaryDirectory() as place:
        path = Path(place, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(before)
        done = subprocess.run(command, cwd=place, input=patch(name, before, after), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert path.read_bytes() == after


def test_no_change_is_no_patch() -> None:
    assert patch("Dockerfile", TEXT, TEXT) == b""


def test_what_saves_nothing_by_the_image_is_not_mended_later() -> None:
    lists: dict[str, Member] = {"var/lib/apt/lists/one": File(bytes(range(256)) * 9000)}
    made = image({"etc/base": b"base"}, lists)
    about = Known(BuiltImage(explain(made, silent), {1: 1}))
    text = b"FROM debian:12\nRUN apt-get update && apt-get install -y curl\n"
    assert [each.rule for each in fix(text, about, is_any, Chosen(("SHV1",))).applied] == ["SHV101"]
