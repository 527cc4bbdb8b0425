"""What all tests share: in CI nothing is skipped unless ``skips.toml`` says why."""

import os
import tomllib
from collections.abc import Generator
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
ALLOWED = tomllib.loads((Path(__file__).parent / "skips.toml").read_text()).get("skip", [])


# A deadline is a timed test: on a busy machine it fails for nothing.
settings.register_profile("shave", deadline=None)
settings.load_profile("shave")


def refuse_silent_skip(report: Report) -> Report:
    """The report itself, or in CI a failure in place of a skip that ``skips.toml`` does not list."""
    listed = any(fnmatch(report.nodeid, entry["test"]) for entry in ALLOWED)
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail") and not listed:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and tests/skips.toml does not say why: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return refuse_silent_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return refuse_silent_skip((yield))
