"""A clone is where its own stage has it."""

import pytest

from shave.recipe import read
from shave.rules.git_history import look
from shave.rules.known import NOTHING


@pytest.mark.parametrize(
    ("before", "is_told"),
    [
        ("FROM debian\nWORKDIR /src\n", False),
        ("FROM debian AS base\nWORKDIR /src\nFROM base\n", False),
        ("FROM debian\nENV S=/src\nWORKDIR $S\n", False),
        ("FROM debian AS other\nWORKDIR /src\nFROM debian\n", True),
    ],
)
def test_the_working_directory_is_that_of_the_stage(before: str, is_told: bool) -> None:
    text = f"{before}RUN git clone https://x/y.git && make -C y && rm -rf /src/*\n"
    assert bool(list(look(read(text.encode()), NOTHING))) == is_told


def test_of_many_clones_each_is_asked_once_who_reads_its_history() -> None:
    text = "FROM debian\n" + "RUN git clone https://x/y.git\n" * 2000 + "RUN git -C y log\n"
    assert all(finding.fix is None for finding in look(read(text.encode()), NOTHING))
