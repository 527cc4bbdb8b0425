"""What stands behind a clean-up and may want what it deletes: then no fix of it is safe."""

import pytest

from shave.lint import LintFinding
from shave.recipe import read
from shave.rules import RULES
from shave.rules.known import NOTHING


def found(text: str) -> list[LintFinding]:
    recipe = read(text.encode())
    return [finding for rule in RULES for finding in rule.look(recipe, NOTHING)]


@pytest.mark.parametrize(
    "text",
    [
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN curl -fsSLO https://x/y.zip && tar -xf y.zip\n",
        "FROM python:3.11-windowsservercore\nRUN poetry install\nRUN pip install flask\n",
    ],
)
def test_windows_has_no_rm(text: str) -> None:
    assert not [finding for finding in found(text) if finding.fix and finding.rule != "SHV217"]
