"""The real command line on real files."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import Done, Shave
from debian_archives import Key, Repository, keys
from sites import PREVIOUS, Site, archive


@pytest.fixture
def shave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shave:
    """Run the program with caches, state and working directory of its own."""
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def run(*arguments: str, **environment: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "shave", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **environment},
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def owners() -> Iterator[tuple[Key, ...]]:
    """Who signs the archive of sites, and somebody else."""
    with keys("owner", "other") as found:
        yield found


@pytest.fixture(scope="session")
def whole(owners: tuple[Key, ...], tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The archive of sites, to be copied."""
    return archive(tmp_path_factory.mktemp("archive") / "whole", owners[0])


@pytest.fixture
def site(shave: Shave, whole: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A place to build at: nothing of this user's or machine's is asked but apt's and pip's programs."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "shelf"), "PIP_CONFIG_FILE": ""}.items():
        monkeypatch.setenv(name, value)
    made = Site(tmp_path / "here", shave, whole.copy(tmp_path / "archive"))
    made.lock.write_text(PREVIOUS)
    made.spec("app")
    return made
