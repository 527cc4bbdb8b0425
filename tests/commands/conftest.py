"""The real command line on real files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import Done, Shave


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
