"""Time zones."""

import subprocess
from pathlib import Path

import pytest

from patients import causes, diagnosed, host, tools

GO = """package main
import ("fmt"; "time"%s)
func main() { place, err := time.LoadLocation("Europe/Berlin"); fmt.Println(place, err) }
"""


@pytest.mark.parametrize(
    ("zone", "missing"), [("Europe/Berlin", True), (":Asia/Tokyo", True), ("UTC", False), ("CET-1", False), ("", False)]
)
def test_the_zone_of_tz(zone: str, missing: bool) -> None:
    env = [f"TZ={zone}", "PATH=/bin"]
    expected = [("zoneinfo-missing", False)] if missing else []
    assert causes(diagnosed(tools(), "sh", Env=env)) == expected
    there = tools() | {f"/usr/share/zoneinfo/{zone.removeprefix(':') or 'x'}": b"x"}
    assert diagnosed(there, "sh", Env=env) == ()


@pytest.mark.parametrize(("embedded", "missing"), [("", True), ('; _ "time/tzdata"', False)])
def test_go(embedded: str, missing: bool, tmp_path: Path) -> None:
    """The program itself says what it lacks."""
    (tmp_path / "main.go").write_text(GO % embedded)
    built = tmp_path / "zones"
    subprocess.run(["go", "build", "-o", built, "main.go"], cwd=tmp_path, check=True, env=_environment(tmp_path))
    found = diagnosed(tools() | {"/zones": host(str(built))}, "/zones")
    assert causes(found) == ([("zoneinfo-missing", False)] if missing else [])
    assert diagnosed(tools() | {"/zones": host(str(built)), "/usr/share/zoneinfo/UTC": b""}, "/zones") == ()


def _environment(directory: Path) -> dict[str, str]:
    return {"CGO_ENABLED": "0", "GOCACHE": str(directory / "cache"), "PATH": "/usr/bin:/bin", "HOME": str(directory)}
