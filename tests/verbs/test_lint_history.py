"""Entries of histories and steps, one by one; whole histories are aligned in test_lint_layers.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import recipe
from shave.oci import HistoryEntry
from shave.verbs.lint_history import likeness, said, wanted


def alike(step: str, entry: str) -> float:
    """How much the last instruction of a Dockerfile is like what a history says."""
    read = recipe.read(f"FROM x\n{step}\n".encode())
    return likeness(wanted(read.steps[-1], {"HOME": "/root"}), said(HistoryEntry(created_by=entry)))


@pytest.mark.parametrize(
    ("step", "entry"),
    [
        ("RUN a  &&   b", "/bin/sh -c a && b"),
        ("RUN a && b", "RUN /bin/sh -c a && b # buildkit"),
        ("RUN a && b", "|2 X=1 Y=two words /bin/sh -c a && b"),
        ("ARG X\nRUN a $X", "RUN |1 X=1 /bin/sh -c a $X # buildkit"),
        ('RUN ["a", "b c"]', "a b c"),
        ("COPY x /y", "COPY x /y # buildkit"),
        ("COPY x /y", f"/bin/sh -c #(nop) COPY file:{'a' * 64} in /y "),
        ("COPY x $HOME/y", "COPY x /root/y # buildkit"),
        ("COPY x $UNKNOWN/y", "COPY x /whatever/y # buildkit"),
        ("ADD --chown=1:1 x /y", "ADD --chown=1:1 x /y # buildkit"),
    ],
)
def test_the_same(step: str, entry: str) -> None:
    assert alike(step, entry) == 1.0


@pytest.mark.parametrize(
    ("step", "entry"),
    [
        ("RUN apt-get update", "COPY apt-get update # buildkit"),
        ("RUN apt-get install -y curl", "/bin/sh -c make all"),
        ("COPY x /y", f"/bin/sh -c #(nop) ADD file:{'a' * 64} in /y "),
    ],
)
def test_others(step: str, entry: str) -> None:
    assert alike(step, entry) == 0.0


def test_an_edited_command_is_like_what_it_was_and_not_the_same() -> None:
    assert 0 < alike("RUN apt-get install -y curl git", "/bin/sh -c apt-get install -y curl") < 1


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_a_history_says_is_read(step: str, entry: str) -> None:
    flat = " ".join(step.split())
    assert 0.0 <= alike(f"RUN {flat or 'true'}", entry) <= 1.0
