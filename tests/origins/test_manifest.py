"""Each path once, with its origin and the reason."""

import json
from pathlib import Path

from shave.lock import Lock, LockedPackage, LockedWheel
from shave.origins.manifest import manifest
from shave.stage import Stage, made
from shave.tree import Entry

CONTROLS = {
    "dpkg:one:amd64": {"Package": "one", "Version": "1", "Provides": "uno (= 1)"},
    "dpkg:two": {"Package": "two", "Version": "2", "Depends": "other | uno (>= 1), three"},
}


def test_reasons(tmp_path: Path) -> None:
    units = ("dpkg:one:amd64", "dpkg:two", "python:flask", "spec:user", "copy:app")
    strata = (made(unit, "system", ((Entry(f"at/{n}", "file"), b""),), tmp_path / unit) for n, unit in enumerate(units))
    packages = tuple(
        LockedPackage(name, version, "amd64", "", 0, "", asked=name == "two")
        for name, version in (("one", "1"), ("two", "2"))
    )
    lock = Lock("", "", "amd64", packages=packages, wheels=(LockedWheel("flask", "3", "", "", ""),))
    document = json.loads(manifest(Stage(tuple(strata)), lock, CONTROLS))
    assert document["schema"] == "shave.manifest/v1"
    assert [tuple(origin.values()) for origin in document["origins"]] == [
        ("copy:app", "", "asked for by the spec", ["/at/4"]),
        ("dpkg:one:amd64", "1", "needed by dpkg:two", ["/at/0"]),
        ("dpkg:two", "2", "asked for by the spec or its base", ["/at/1"]),
        ("python:flask", "3", "needed by a requirement", ["/at/2"]),
        ("spec:user", "", "asked for by the spec", ["/at/3"]),
    ]
