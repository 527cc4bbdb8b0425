"""``shave diff`` as it is typed."""

import json
from pathlib import Path

from cli import Shave, layout, shell_layers


def test_the_answer(shave: Shave, tmp_path: Path) -> None:
    base, application = shell_layers()
    one = layout(tmp_path / "one", base, application)
    two = layout(tmp_path / "two", base, {**application, "/app/new": b"n" * 5_000_000})
    done = shave("diff", one, two)
    assert done.code == 0, done.err
    first, second, *_, last = done.out.splitlines()
    assert first.startswith(f"{two} is ") and first.endswith("larger unpacked")
    assert second.startswith("a node that has the first pulls ") and second.endswith(": 1 of 2 layers")
    assert last == f"next: shave inspect {two}"
    found = json.loads(shave("diff", one, two, "--format", "json").out)
    assert (found["schema"], found["growth"]["unpacked_bytes"]) == ("shave.diff/v1", 5_000_000)
    assert [row["path"] for row in found["paths"]] == ["app/new"]
    assert shave("diff", one, two, "--format", "markdown").out.startswith(f"## `{two}` is ")


def test_paths_are_limited(shave: Shave, tmp_path: Path) -> None:
    one = layout(tmp_path / "one", {"/a/x": b"1", "/b/x": b"1", "/c/x": b"1"})
    two = layout(tmp_path / "two", {"/a/x": b"2", "/b/x": b"2", "/c/x": b"2"})
    found = json.loads(shave("diff", one, two, "--path", "/a/**", "--path", "b/*", "--format", "json").out)
    assert [row["path"] for row in found["paths"]] == ["a/x", "b/x"]


def test_one_that_is_not_there(shave: Shave, tmp_path: Path) -> None:
    one = layout(tmp_path / "one", {"/a": b"1"})
    done = shave("diff", one, f"oci:{tmp_path}/none:x")
    assert (done.code, done.out) == (3, "")
    assert "none" in done.err
