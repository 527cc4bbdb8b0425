"""Where a COPY of sources goes is read from its own stage."""

import pytest

from shave.recipe import read
from shave.rules.dependencies_late import look
from shave.rules.known import NOTHING

INSTALL = "RUN npm ci --omit=dev && npm cache clean --force\n"


@pytest.mark.parametrize(
    ("before", "target", "is_mended"),
    [
        ("FROM node\nWORKDIR /app\n", "/app/", True),
        ("FROM node\nWORKDIR /srv\nWORKDIR app\n", "/srv/app", True),
        ("FROM node\nENV HOME=/home/node\nWORKDIR $HOME\n", "$HOME", True),
        ("FROM node AS base\nWORKDIR /app\nFROM base\n", "/app", True),
        ("FROM node AS other\nWORKDIR /app\nFROM acme/node\n", "/app", False),
        ("FROM acme/node\n", ".", True),
        ("FROM node\nWORKDIR /app\n", "/srv", False),
    ],
)
def test_the_working_directory_is_that_of_the_stage(before: str, target: str, is_mended: bool) -> None:
    (finding,) = look(read(f"{before}COPY . {target}\n{INSTALL}".encode()), NOTHING)
    assert bool(finding.fix) == is_mended
