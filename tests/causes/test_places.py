"""Where else something is."""

from pathlib import Path

from patients import patient, script
from shave.causes.places import brought, elsewhere


def test_programs_first_and_few(tmp_path: Path) -> None:
    members = {f"/a/{number}/x": b"" for number in range(9)} | {"/b/c/d/x": script("#!/bin/sh"), "/b/xx": b""}
    found = patient(tmp_path, members)
    assert elsewhere(found, "./x") == ("b/c/d/x", "a/0/x", "a/1/x")
    assert elsewhere(found, "") == elsewhere(found, "/") == ()
    assert brought(found, "b/c/d/x") == ""
