"""What a Python with shave in it is made of: enough to run with nothing else there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from shave.helper.host import PYTHON, files, packages


def test_parents_come_first_and_nothing_of_the_machine_is_told() -> None:
    entries = files()
    paths = [entry.path for entry in entries]
    assert len(set(paths)) == len(paths)
    seen = {""}
    for entry in entries:
        assert entry.path.rpartition("/")[0] in seen, entry.path
        if entry.kind == "directory":
            seen.add(entry.path)
        assert (entry.uid, entry.gid, entry.mtime) == (0, 0, 0)
    assert entries == files()


def test_what_is_not_needed_stays_here() -> None:
    paths = [entry.path for entry in files()]
    for unwanted in ("/__pycache__/", "/test/", "/idlelib/", "/tkinter/", "libpython3.11.a", "/docker/", "/pytest/"):
        assert not [path for path in paths if unwanted in f"/{path}/"]


@pytest.mark.root
def test_it_runs_alone(tmp_path: Path) -> None:
    for entry in files():
        target = tmp_path / entry.path
        if entry.kind == "directory":
            target.mkdir()
        elif entry.kind == "symlink":
            target.symlink_to(entry.link)
        else:
            shutil.copyfile(f"/{entry.path}", target)
            target.chmod(entry.mode)
    search = ":".join(dict.fromkeys(str(package.parent) for package in packages()))
    code = "import shave.helper.main, shave.verbs.slim, shave.tracers.seccomp, sys; print(len(sys.modules) > 100)"
    environment = {"PYTHONPATH": search, "HOME": "/"}
    command = ["chroot", str(tmp_path), PYTHON, "-s", "-B", "-c", code]
    done = subprocess.run(command, env=environment | {"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")
