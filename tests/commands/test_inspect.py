"""``shave inspect`` as it is typed."""

import json
import shutil
from pathlib import Path
from random import Random

import pytest

from cli import Shave, layout
from shave.testing import Member, Whiteout

NOISE = Random(7).randbytes(200_000)
BASE: dict[str, Member] = {"/bin/tool": NOISE, "/var/cache/apt/archives/a.deb": NOISE[:100_000]}
APP: dict[str, Member] = {"/app/main": NOISE[:50_000], "/var/cache/apt/archives/a.deb": Whiteout()}


@pytest.fixture
def app(shave: Shave, tmp_path: Path) -> str:
    """``shave`` gives the directories."""
    return layout(tmp_path / "app", BASE, APP)


def test_the_answer_comes_first(shave: Shave, app: str) -> None:
    done = shave("inspect", app)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith(app)
    assert lines[2].split() == ["packed", "unpacked", "content", "wasted", "efficiency", "files"]
    assert "deleted by a later layer" in done.out
    assert lines[-1] == f"next: shave slim {app} --dry-run"
    assert done.err.startswith("read: ")


def test_every_format(shave: Shave, app: str) -> None:
    body = json.loads(shave("inspect", app, "--format", "json").out)
    assert (body["schema"], body["measures"]["wasted_bytes"]) == ("shave.inspect/v1", 100_000)
    assert shave("inspect", app, "--format", "markdown").out.startswith("#")
    assert shave("inspect", app, "--format", "html").out.startswith("<!doctype html>")


def test_files_by_glob(shave: Shave, app: str) -> None:
    done = shave("inspect", app, "--path", "app/**", "--path", "/bin/*", "-q")
    assert [line.split()[-1] for line in done.out.splitlines() if line.endswith(("tool", "main"))]
    body = json.loads(shave("inspect", app, "--path", "bin/*", "--format", "json").out)
    assert [(row["path"], row["unpacked_bytes"]) for row in body["files"]] == [("bin/tool", 200_000)]
    assert shave("inspect", app, "--path", "bin/*", "--format", "html").code == 2


def test_the_base(shave: Shave, app: str, tmp_path: Path) -> None:
    base = layout(tmp_path / "base", BASE)
    body = json.loads(shave("inspect", app, "--base", base, "--format", "json").out)
    assert [layer["base"] for layer in body["layers"]] == [True, False]
    done = shave("inspect", base, "--base", layout(tmp_path / "other", {"/x": b"x"}))
    assert (done.code, done.out) == (2, "")
    assert "does not begin with a layer of" in done.err


def test_again_nothing_is_read(shave: Shave, app: str, tmp_path: Path) -> None:
    first = shave("inspect", app)
    for blob in (tmp_path / "app/blobs/sha256").iterdir():
        if blob.stat().st_size > 10_000:
            blob.write_bytes(bytes(blob.stat().st_size))
    assert shave("inspect", app).out == first.out


def test_what_is_no_image(shave: Shave, app: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tmp_path / "app", broken)
    for blob in (broken / "blobs/sha256").iterdir():
        if blob.stat().st_size > 10_000:
            blob.write_bytes(blob.read_bytes()[:-9])
    done = shave("inspect", f"oci:{broken}:test")
    assert (done.code, done.out) == (3, "")
    assert done.err.splitlines()[-1].startswith(("hint: ", "shave: "))
    assert "sha256:" in done.err
