"""What joins the commands of a RUN, in the style of its author."""

import pytest

from shave.recipe import Step, read
from shave.recipe_joints import commented, continued, joint, merging


def runs(text: str) -> list[Step]:
    return [step for step in read(f"FROM f\n{text}".encode()).steps if step.keyword == "RUN"]


@pytest.mark.parametrize(
    ("text", "expected", "with_line_end"),
    [
        ("RUN a\n", " && ", " \\\n    && "),
        ("RUN a&& b\n", "&& ", " \\\n    && "),
        ("RUN a \\\n && b\n", " \\\n && ", " \\\n && "),
        ("RUN a && \\\n  b && c\n", " && \\\n  ", " && \\\n  "),
        ("RUN a \\\n    && b && \\\n  c\n", " && \\\n  ", " && \\\n  "),
        ("RUN a \\\n  p\n", " \\\n    && ", " \\\n    && "),
        ("RUN a \\\n\t\tp\n", " \\\n\t&& ", " \\\n\t&& "),
        ("RUN a &&\\\n  b\n", " &&\\\n  ", " &&\\\n  "),
        ("RUN a\\\n  && b\n", "\\\n  && ", "\\\n  && "),
        ("RUN a     \\ \n\n && b\n", " \\\n && ", " \\\n && "),
        ("RUN a \\\n # why\n && b\n", " \\\n && ", " \\\n && "),
        ("RUN a\nCMD b && \\\n\tc\n", " && ", " && \\\n\t"),
        ("RUN a\r\nCMD b \\\r\n\t&& c\r\n", " && ", " \\\r\n\t&& "),
    ],
)
def test_joint(text: str, expected: str, with_line_end: str) -> None:
    (step,) = runs(text)
    assert joint(step).decode() == expected
    assert continued(step).decode() == with_line_end


def test_joint_of_set_e() -> None:
    one, two, three = runs("RUN set -e; a\nRUN set -e; \\\n\ta\nRUN set -e\\\n; a\n")
    assert joint(one, ";") == b"; "
    assert continued(one, ";") == b"; \\\n    "
    assert joint(two, ";") == b"; \\\n\t"
    assert joint(three, ";") == b"\\\n; "


@pytest.mark.parametrize(
    ("text", "comments", "then", "has_line_end"),
    [
        ("RUN a\nRUN b\n", b"", "", False),
        ("RUN a\nRUN b\n", b"", "x" * 100, True),
        ("RUN a\nRUN b\n", b"# why\n", "", True),
        ("RUN a\nRUN b\nRUN c\n", b"", "", True),
        ("RUN a\nRUN b \\\n  p\n", b"", "", True),
        (f"RUN {'a' * 91}\nRUN b\n", b"", "", False),
        (f"RUN {'a' * 92}\nRUN b\n", b"", "", True),
    ],
)
def test_merging(text: str, comments: bytes, then: str, has_line_end: bool) -> None:
    assert (b"\n" in merging(runs(text), [comments], then)) is has_line_end


def test_comments_stand_above_the_line_of_the_next_command() -> None:
    assert commented(b" \\\n && ", b"# a\n# b\n") == b" \\\n# a\n# b\n && "
    assert commented(b" && \\\n  ", b"# a\n") == b" && \\\n# a\n  "
