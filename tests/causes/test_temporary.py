"""/tmp."""

import subprocess
from pathlib import Path

import pytest

from patients import causes, diagnosed, host, tools, without
from shave.testing import Directory

BARE = without(tools(), "/tmp/")


def test_it_is_not_there() -> None:
    assert causes(diagnosed(BARE, "sh")) == [("tmp-missing", False)]
    assert diagnosed(BARE, "sh", Volumes={"/tmp": {}}) == ()


def test_it_may_not_be_written() -> None:
    members = BARE | {"/tmp/": Directory(0o755)}
    assert causes(diagnosed(members, "sh", User="app")) == [("tmp-missing", False)]
    assert diagnosed(members, "sh") == () and diagnosed(members, "sh", User="0") == ()


@pytest.mark.parametrize("place", ["/tmp", "/srv"])
def test_a_static_program_and_what_it_knows(place: str, tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text(f'const char *place = "{place}/x"; void _start(void) {{ for (;;) ; }}')
    subprocess.run(["gcc", "-static", "-nostdlib", "-o", tmp_path / "x", tmp_path / "x.c"], check=True)
    found = diagnosed({"/x": host(str(tmp_path / "x"))}, "/x")
    assert causes(found) == ([("tmp-missing", False)] if place == "/tmp" else [])
