"""Edits of steps, in the style of the file."""

import pytest

import dockerfile
from shave import recipe
from shave.dockerfile.edits import Edit, apply
from shave.recipe_edits import (
    appended,
    by_same,
    ended,
    followed,
    inserted,
    merged,
    of_same,
    preceded,
    removed,
    shifted,
    without,
)


def edited(text: str, edits: Edit | tuple[Edit, ...] | None) -> str | None:
    if edits is None:
        return None
    return apply(text.encode(), edits if isinstance(edits, tuple) else (edits,)).decode()


APPENDED = [
    ("RUN a && b\n", "RUN a && b && x\n"),
    ("RUN a", "RUN a && x"),
    ("RUN a \\\n    && b \\\n    && c\n", "RUN a \\\n    && b \\\n    && c \\\n    && x\n"),
    ("RUN a && \\\n  # why\n  b\n", "RUN a && \\\n  # why\n  b && \\\n  x\n"),
    ("RUN a \\\r\n && b\r\n", "RUN a \\\r\n && b \\\r\n && x\r\n"),
    ("RUN set -eux; \\\n\ta; \\\n\tb\n", "RUN set -eux; \\\n\ta; \\\n\tb; \\\n\tx\n"),
    ("RUN install \\\n    a \\\n    b\n", "RUN install \\\n    a \\\n    b \\\n    && x\n"),
    ("RUN a; b\n", "RUN a; b && x\n"),
    # behind a list a line of its own, blanks at line ends are not repeated
    ("RUN a && b \\\n    p \\\n    q\n", "RUN a && b \\\n    p \\\n    q \\\n    && x\n"),
    ("RUN a && \\\n  b && c\n", "RUN a && \\\n  b && c && \\\n  x\n"),
    ("RUN a     \\  \n && b\n", "RUN a     \\  \n && b \\\n && x\n"),
    ("RUN a && b \n", "RUN a && b && x\n"),
    ("RUN if t; then a; fi\n", "RUN if t; then a; fi && x\n"),
    ("RUN <<EOF\nset -e\n  a\nEOF\n", "RUN <<EOF\nset -e\n  a\n  x\nEOF\n"),
    ("RUN <<EOF\na\nb\nEOF\n", "RUN <<EOF\na\nb && x\nEOF\n"),
    ("RUN a # why\n", "RUN a && x # why\n"),
    ("RUN a; # why\n", "RUN a && x; # why\n"),
    # set -e is over, or not for all
    ("RUN set -e; a; set +e; b\n", "RUN set -e; a; set +e; b && x\n"),
    ("RUN set -e; a; b && c\n", "RUN set -e; a; b && c && x\n"),
    ("RUN if a; then set -e; fi; b\n", "RUN if a; then set -e; fi; b && x\n"),
    ("RUN set -e; if a && b; then c; d; fi\n", "RUN set -e; if a && b; then c; d; fi; x\n"),
    ("RUN set -e; if a; then b; c && d; fi\n", None),
    ("RUN if a; then set -e; b; c; fi\n", None),
    ("RUN (set -e; a; b)\n", None),
    ("RUN bash -e <<EOF\na\nb\nEOF\n", "RUN bash -e <<EOF\na\nb\nx\nEOF\n"),
    ("RUN <<EOF\n#!/bin/sh -e\na\nEOF\n", "RUN <<EOF\n#!/bin/sh -e\na\nx\nEOF\n"),
    ("RUN a || true\n", None),
    ("RUN a | b\n", None),
    ("RUN a &\n", None),
    ("RUN a;\n", "RUN a && x;\n"),
    ('RUN ["a", "b"]\n', None),
    ("RUN cat <<EOF >/f\nx\nEOF\n", None),
    ("RUN a 'unfinished\n", None),
]


@pytest.mark.parametrize(("text", "expected"), APPENDED)
def test_appended(text: str, expected: str | None) -> None:
    whole = f"FROM f\n{text}"
    found = edited(whole, appended(recipe.read(whole.encode()).steps[1], "x"))
    assert found == (expected and f"FROM f\n{expected}")


def test_inserted() -> None:
    text = "FROM f\nRUN apt-get \\\n  install -y \\\n  # c\n  curl\n"
    (call,) = recipe.read(text.encode()).steps[1].calls
    assert edited(text, inserted(call, call.plain[0], "--x")) == text.replace("install -y", "install --x -y")


def test_nothing_is_inserted_into_a_string() -> None:
    call = recipe.read(b"FROM f\nRUN sh -c 'apt-get install curl'\n").steps[1].calls[1]
    assert call.tool == "apt-get"
    assert inserted(call, 1, "--x") is None


MERGED = [
    ("RUN a\nRUN b\n", "RUN a && b\n"),
    # comments go along, above what they speak of
    ("RUN a\n# why\nRUN b\nCMD c\n", "RUN a \\\n# why\n    && b\nCMD c\n"),
    ("RUN a\n\n# one\n\n  # two\n\nRUN b\n\nCMD c\n", "RUN a \\\n# one\n  # two\n    && b\n\nCMD c\n"),
    ("RUN a && \\\n  b\n# why\nRUN c && d\n", "RUN a && \\\n  b && \\\n# why\n  c && d\n"),
    ("RUN a # one\n# two\nRUN b # three\n", "RUN a \\\n# two\n    && b # one # three\n"),
    ("RUN a\r\n# why\r\nRUN b\r\n", "RUN a \\\r\n# why\r\n    && b\r\n"),
    ("RUN a\n# one\rtwo\nRUN b\n", "RUN a \\\n# one\rtwo\n    && b\n"),
    ("RUN a\n\n\nRUN b\n\nCMD c\n", "RUN a && b\n\nCMD c\n"),
    ("RUN a \nRUN b\t\n", "RUN a && b\n"),
    # no line of 400 characters, none in the middle of a list
    (f"RUN a {'x' * 90}\nRUN b\n", f"RUN a {'x' * 90} \\\n    && b\n"),
    ("RUN a \\\n   p \\\n   q\nRUN b\n", "RUN a \\\n   p \\\n   q \\\n    && b\n"),
    ("RUN a && b\nRUN c \\\n   p\n", "RUN a && b \\\n    && c \\\n   p\n"),
    ("RUN a && b\nRUN c && \\\n  d\n", "RUN a && b && \\\n  c && \\\n  d\n"),
    # as the file has it elsewhere
    (f"RUN a {'x' * 90}\nRUN b\nCMD a && \\\n  b\n", f"RUN a {'x' * 90} && \\\n  b\nCMD a && \\\n  b\n"),
    (f"RUN a {'x' * 90}\nRUN b\nCMD a \\ \n\t&& b\n", f"RUN a {'x' * 90} \\\n\t&& b\nCMD a \\ \n\t&& b\n"),
    ("RUN a \\\n && b\nRUN c \\\n && d\n", "RUN a \\\n && b \\\n && c \\\n && d\n"),
    ("RUN a\nRUN b; c\n", "RUN a && { b; c; }\n"),
    ("RUN a\nRUN b || c\n", "RUN a && { b || c; }\n"),
    ("RUN --network=none a\nRUN --network=none b\n", "RUN --network=none a && b\n"),
    ("RUN (cd /a && b)\nRUN c\n", "RUN (cd /a && b) && c\n"),
    # a comment ends with its RUN, and takes no other commands with it
    ("RUN a # build it\nRUN b\n", "RUN a && b # build it\n"),
    ("RUN a # one\nRUN b; c # two\n", "RUN a && { b; c; } # one # two\n"),
    ("RUN a\nRUN b; c;\n", "RUN a && { b; c; }\n"),
    ("RUN a\nRUN b; c &\n", None),
    ("RUN if a; then b & fi\nRUN c\n", None),
    # set -e would be nothing to what && stands behind
    ("RUN (set -e; a; b)\nRUN c\n", None),
    ('SHELL ["/bin/sh", "-ec"]\nRUN if a; then b; c; fi\nRUN d\n', None),
    ('SHELL ["/bin/sh", "-ec"]\nRUN a\nRUN b; c\n', 'SHELL ["/bin/sh", "-ec"]\nRUN a && { b; c; }\n'),
    # what the next would feel
    ("RUN read A < f && b\nRUN c A=$A\n", None),
    ('RUN a "${X:=1}"\nRUN b $X\n', None),
    ("RUN for A in b; do c; done\nRUN d $A\n", None),
    ("RUN --mount=type=tmpfs,target=/t a\nRUN --mount=type=tmpfs,target=/t b\n", None),
    ("RUN --mount=target=/t,rw a\nRUN --mount=target=/t,rw b\n", None),
    ("RUN a\nENV X=1\nRUN b\n", None),
    ("RUN --network=none a\nRUN b\n", None),
    ("RUN cd /a\nRUN b\n", None),
    ("RUN hash -p /x ls\nRUN ls\n", None),
    ("RUN start-stop-daemon --start --background --exec /a\nRUN b\n", None),
    ("RUN echo 1.2.3.4 foo >> /etc/hosts\nRUN b\n", None),
    ("RUN X=1\nRUN b\n", None),
    ("RUN a || true\nRUN b\n", None),
    ("RUN a; b\nRUN c\n", None),
    ('RUN ["a"]\nRUN b\n', None),
    ("RUN <<E\na\nE\nRUN b\n", None),
    ("RUN a\nFROM g\nRUN b\n", None),
]


@pytest.mark.parametrize(("text", "expected"), MERGED)
def test_merged(text: str, expected: str | None) -> None:
    whole = f"FROM f\n{text}"
    read = recipe.read(whole.encode())
    first, second = [step for step in read.steps if step.keyword == "RUN"]
    assert edited(whole, merged(read, first, second)) == (expected and f"FROM f\n{expected}")


def test_builders_read_comments_in_merged_runs_as_such() -> None:
    text = "FROM f\nRUN a && \\\n  b\n# it's \\\n\n  # \"two\nRUN c\n# last\nRUN d\n"
    read = recipe.read(text.encode())
    found = edited(text, merged(read, *read.steps[1:]))
    assert found and "# it's \\\n" in found
    assert [each.value for each in dockerfile.parse_string(found)[1:]] == [("a &&   b &&   c &&   d",)]


def test_several_are_merged_and_one_command_follows() -> None:
    text = "FROM f\nRUN a \\\n && b\n# why\nRUN c\nRUN d || e\nCMD g\n"
    read = recipe.read(text.encode())
    found = edited(text, merged(read, *read.steps[1:4], then="x"))
    assert found == "FROM f\nRUN a \\\n && b \\\n# why\n && c \\\n && { d || e; } \\\n && x\nCMD g\n"
    assert merged(read, read.steps[1], read.steps[3]) is None


def test_more_than_two_are_a_line_each() -> None:
    text = "FROM f\nRUN a\nRUN b && c\nRUN d\nCMD e\n"
    read = recipe.read(text.encode())
    found = edited(text, merged(read, *read.steps[1:4], then="x"))
    assert found == "FROM f\nRUN a \\\n    && b && c \\\n    && d \\\n    && x\nCMD e\n"


def test_what_is_ignored_in_the_whole_file_is_not_put_into_a_run() -> None:
    text = "FROM f\nRUN a\n# shave global ignore=SHV101\nRUN b\n"
    read = recipe.read(text.encode())
    assert edited(text, merged(read, *read.steps[1:])) == "FROM f\n# shave global ignore=SHV101\nRUN a && b\n"


ENDED = [
    ("RUN cd /a && b\nRUN c\n", "RUN cd /a && b && x\n"),
    ("RUN cd /a && b\n# why\nRUN c\n", "RUN cd /a && b \\\n# why\n    && x\n"),
    ("RUN <<E\nset -e\n  a\nE\n# why\nRUN c\n", "RUN <<E\nset -e\n  a\n# why\n  x\nE\n"),
    ("RUN <<E\na\nE\n# why\nRUN c\n", "RUN <<E\na &&\n# why\nx\nE\n"),
    ("RUN a || b\nRUN c\n", None),
]


@pytest.mark.parametrize(("text", "expected"), ENDED)
def test_a_run_ends_with_the_command_of_the_next(text: str, expected: str | None) -> None:
    whole = f"FROM f\n{text}"
    _, first, second = recipe.read(whole.encode()).steps
    assert edited(whole, ended(first, second, "x")) == (expected and f"FROM f\n{expected}")


THEN = [
    ("a; b # why", "RUN z && { a; b; } && x # why\n"),
    ("set -e; a; b", "RUN z && { set -e; a; b; x; }\n"),
    ("set -e; a; b || c", None),
    ("a; exec b", None),
]


@pytest.mark.parametrize(("body", "expected"), THEN)
def test_one_command_more_leaves_set_e_as_it_is(body: str, expected: str | None) -> None:
    whole = f"FROM f\nRUN z\nRUN {body}\n"
    read = recipe.read(whole.encode())
    assert edited(whole, merged(read, *read.steps[1:], then="x")) == (expected and f"FROM f\n{expected}")


WITHOUT = [
    ("RUN a && b && c\n", 0, "RUN b && c\n"),
    ("RUN a && b && c\n", 1, "RUN a && c\n"),
    ("RUN a && b && c\n", 2, "RUN a && b\n"),
    ("RUN a \\\n && b \\\n && c\n", 1, "RUN a \\\n && c\n"),
    ("RUN a && \\\n b && \\\n c\n", 2, "RUN a && \\\n b\n"),
    ("RUN a; b; c\n", 1, "RUN a; c\n"),
    ("RUN a\n", 0, None),
    ("RUN a || b\n", 1, None),
    ("RUN a | b && c\n", 1, None),
]


@pytest.mark.parametrize(("text", "number", "expected"), WITHOUT)
def test_without(text: str, number: int, expected: str | None) -> None:
    whole = f"FROM f\n{text}"
    step = recipe.read(whole.encode()).steps[1]
    assert step.shell
    assert edited(whole, without(step, step.shell.steps[number])) == (expected and f"FROM f\n{expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM f\n\nRUN a\n\nCMD c\n", "FROM f\n\nCMD c\n"),
        ("FROM f\n\nRUN a\n \n\nCMD c\n", "FROM f\n\nCMD c\n"),
        ("FROM f\nRUN a\n\nCMD c\n", "FROM f\n\nCMD c\n"),
        ("FROM f\n# why\nRUN a\n\nCMD c\n", "FROM f\n# why\n\nCMD c\n"),
        ("FROM f\r\n\r\nRUN a\r\n\r\nCMD c\r\n", "FROM f\r\n\r\nCMD c\r\n"),
    ],
)
def test_empty_lines_are_not_doubled(text: str, expected: str) -> None:
    assert edited(text, removed(recipe.read(text.encode()).steps[1])) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "FROM f\n\n# one\n# two\nRUN a\n\nENV X=1\n# three\nRUN b\n",
            "FROM f\n\nENV X=1\n# three\n# one\n# two\nRUN b\n",
        ),
        ("FROM f\n# hadolint ignore=DL3003\n# one\nRUN a\nENV X=1\nRUN b\n", "FROM f\nENV X=1\n# one\nRUN b\n"),
        ("# syntax=x\nFROM f\n# far\n\nRUN a\nENV X=1\nRUN b\n", "# syntax=x\nFROM f\n# far\n\nENV X=1\nRUN b\n"),
        ("FROM f\n# one\nRUN a\n# two\nRUN b\n", "FROM f\n# one\n# two\nRUN b\n"),
    ],
)
def test_comments_go_along_with_what_is_done_elsewhere(text: str, expected: str) -> None:
    steps = recipe.read(text.encode()).steps
    assert edited(text, shifted(steps[1], steps[-1])) == expected


def test_removed() -> None:
    text = "FROM f\n# why\nRUN a \\\n  # c\n  && b\nCMD c\n"
    assert edited(text, removed(recipe.read(text.encode()).steps[1])) == "FROM f\n# why\nCMD c\n"


BESIDE = [
    ("RUN a && b\n", "RUN x && a && b\n", "RUN a && x && b\n"),
    ("RUN a \\\n    p \\\n && b\n", "RUN x \\\n && a \\\n    p \\\n && b\n", "RUN a \\\n    p \\\n && x \\\n && b\n"),
    ("RUN a \\\n    p\n", "RUN x && a \\\n    p\n", "RUN a \\\n    p && x\n"),
    ("RUN b && a \n", "RUN b && x && a \n", "RUN b && a && x\n"),
    ("RUN b; a; c\n", None, "RUN b; a && x; c\n"),
    ("RUN if b; then a; fi\n", "RUN if b; then x && a; fi\n", "RUN if b; then a && x; fi\n"),
    ("RUN <<E\na\nb\nE\n", None, "RUN <<E\na && x\nb\nE\n"),
    ("RUN set -e; b; a\n", "RUN set -e; b; x; a\n", "RUN set -e; b; a; x\n"),
    ("RUN set -e; b && a; c\n", None, "RUN set -e; b && { a; x; }; c\n"),
    (
        "RUN set -e; \\\n\ta; \\\n\tb\n",
        "RUN set -e; \\\n\tx; \\\n\ta; \\\n\tb\n",
        "RUN set -e; \\\n\ta; \\\n\tx; \\\n\tb\n",
    ),
    # in a here-document a line is a command
    ("RUN <<E\nset -e\na\nE\n", "RUN <<E\nset -e\nx\na\nE\n", "RUN <<E\nset -e\na\nx\nE\n"),
    (
        "RUN <<E\nset -e\n  a \\\n   p\nb\nE\n",
        "RUN <<E\nset -e\n  x\n  a \\\n   p\nb\nE\n",
        "RUN <<E\nset -e\n  a \\\n   p\n  x\nb\nE\n",
    ),
    ("RUN <<E\nset -e\na; b\nE\n", "RUN <<E\nset -e\nx; a; b\nE\n", "RUN <<E\nset -e\na; x; b\nE\n"),
    ("RUN <<E\nset -e\na # why\nE\n", "RUN <<E\nset -e\nx; a # why\nE\n", "RUN <<E\nset -e\na; x # why\nE\n"),
    ("RUN a || true\n", None, "RUN a && x || true\n"),
    ("RUN b || a\n", None, "RUN b || { a && x; }\n"),
    ("RUN b || yes | a\n", None, "RUN b || { yes | a && x; }\n"),
    ("RUN if a; then b; fi\n", None, "RUN if a && x; then b; fi\n"),
    ("RUN set -e; if a; then b; fi\n", None, "RUN set -e; if a && x; then b; fi\n"),
    (
        "RUN set -e; for b in c; do a; d; done\n",
        "RUN set -e; for b in c; do x; a; d; done\n",
        "RUN set -e; for b in c; do a; x; d; done\n",
    ),
    ("RUN if b; then set -e; fi; a; c\n", None, None),
    ("RUN set -e; f() { a; b; }; f || c\n", None, None),
    ("RUN f() { set -e; a; }; f && b\n", None, None),
    ("RUN b=$(a)\n", None, None),
    ("RUN exec a\n", None, None),
    ("RUN yes | a\n", None, "RUN yes | a && x\n"),
    ("RUN a | tee f\n", None, None),
    ("RUN a &\n", None, None),
    ("RUN sh -c 'a'\n", None, None),
    ('RUN ["a", "b"]\n', None, None),
]


@pytest.mark.parametrize(("text", "before", "behind"), BESIDE)
def test_preceded_and_followed(text: str, before: str | None, behind: str | None) -> None:
    whole = f"FROM f\n{text}"
    step = recipe.read(whole.encode()).steps[1]
    call = next(call for call in step.calls if call.tool == "a")
    assert edited(whole, preceded(step, call, "x")) == (before and f"FROM f\n{before}")
    assert edited(whole, followed(step, call, "x")) == (behind and f"FROM f\n{behind}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "x"),
        ("sudo -E a", "sudo x"),
        ("sudo b && a", "x"),
        ("sudo sh -c 'b && a'", "sudo x"),
        ("doas a", "doas x"),
    ],
)
def test_by_same(text: str, expected: str) -> None:
    step = recipe.read(f"FROM f\nRUN {text}\n".encode()).steps[1]
    call = next(call for call in step.calls if call.tool == "a")
    assert by_same(step, call, "x") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a x"),
        ("/opt/bin/a b", "/opt/bin/a x"),
        ('"$HOME/bin/a" b', '"$HOME/bin/a" x'),
        ("sudo -u me /opt/a b", "sudo -u me /opt/a x"),
        ("PATH=/opt:$PATH a", "PATH=/opt:$PATH a x"),
        ("CI=1 a", "a x"),
        ("timeout 60 a", "timeout 60 a x"),
        ("echo b | xargs a", None),
        ("sh -c a", None),
    ],
)
def test_of_same(text: str, expected: str | None) -> None:
    step = recipe.read(f"FROM f\nENV HOME=/root\nRUN {text}\n".encode()).steps[2]
    call = next(call for call in step.calls if call.tool == "a")
    assert of_same(step, call, "x") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# hadolint ignore=DL3003\nRUN a\nRUN b\n", "RUN b\n"),
        ("# one\n# shave ignore=SHV101 # why\n# two\nRUN a\nRUN b\n", "# one\n# two\nRUN b\n"),
        ("# one\nRUN a\nRUN b\n", "# one\nRUN b\n"),
        ("# hadolint ignore=DL3003\n\nRUN a\nRUN b\n", "# hadolint ignore=DL3003\n\nRUN b\n"),
        ("# hadolint global ignore=DL3003\nRUN a\nRUN b\n", "# hadolint global ignore=DL3003\nRUN b\n"),
        ("  # hadolint ignore=DL3003\r\nRUN a\r\nRUN b\r\n", "RUN b\r\n"),
    ],
)
def test_what_is_ignored_for_a_step_goes_with_it(text: str, expected: str) -> None:
    steps = recipe.read(text.encode()).steps
    assert edited(text, removed(steps[0])) == expected


def test_many_runs_stay_as_they_are() -> None:
    read = recipe.read(b"FROM f\n" + b"RUN a\n" * 21)
    assert merged(read, *read.steps[1:21])
    assert merged(read, *read.steps[1:22]) is None


def test_what_is_ignored_for_one_of_merged_steps_is_for_all() -> None:
    text = "FROM x\n# one\nRUN a\n# hadolint ignore=DL3003\n# why\nRUN cd /x\nRUN c\n"
    read = recipe.read(text.encode())
    expected = "FROM x\n# one\n# hadolint ignore=DL3003\nRUN a \\\n# why\n    && cd /x\nRUN c\n"
    assert edited(text, merged(read, *read.steps[1:3])) == expected
