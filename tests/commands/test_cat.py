"""``shave cat`` as it is typed."""

import subprocess
import sys
from pathlib import Path

from cli import Shave, layout
from shave.testing import Symlink


def test_bytes_as_they_are(shave: Shave, tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000
    app = layout(tmp_path / "app", {"/a": data, "/b": Symlink("a"), "/d/e": b"x"})
    for path in ("/a", "b"):
        command = [sys.executable, "-m", "shave", "cat", app, path, "-q"]
        assert subprocess.run(command, capture_output=True, check=True).stdout == data


def test_what_is_no_file(shave: Shave, tmp_path: Path) -> None:
    app = layout(tmp_path / "app", {"/d/e": b"x"})
    for path, sentence in {"/d": "/d is no file but a directory", "/none": "/none is not in the image"}.items():
        done = shave("cat", app, path)
        assert (done.code, done.out) == (3, "")
        assert f"shave: {sentence}" in done.err


def test_a_reader_that_leaves(shave: Shave, tmp_path: Path) -> None:
    app = layout(tmp_path / "app", {"/a": bytes(30_000_000)})
    command = f"{sys.executable} -m shave cat {app} /a -q | head -c 10"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (bytes(10), b"")
