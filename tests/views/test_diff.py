from collections.abc import Mapping

import pytest
from syrupy.assertion import SnapshotAssertion

from checks import hostile
from shave.catalog.explained import explain
from shave.events import silent
from shave.testing import Directory, File, Member, Symlink, image
from shave.verbs.diff import Diffed, diff
from shave.views.diff import markdown, text


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def compared(one: Mapping[str, Member], two: Mapping[str, Member], *globs: str) -> Diffed:
    base: dict[str, Member] = {"base/a": b"1" * 900}
    made = (
        image(base, {"base/b": b""}, layer, history=[{"created_by": f"RUN {n}"} for n in "123"]) for layer in (one, two)
    )
    return diff(*(explain(each, silent) for each in made), globs)


STATUS = "Package: perl\nStatus: install ok installed\nArchitecture: all\nVersion: {}\n\n"
OLD: dict[str, Member] = {
    "app/run": b"#!/bin/sh\n",
    "app/data": Directory(0o755),
    "app/link": Symlink("run"),
    "gone/a": b"g" * 2_000_000,
    "touched": b"1",
    "var/lib/dpkg/info/perl.list": b"/usr/perl\n",
    "var/lib/dpkg/status": STATUS.format(1).encode(),
    "usr/perl": b"p" * 1000,
}
NEW: dict[str, Member] = {
    "app/run": File(b"#!/bin/bash\n", 0o755),
    "app/data": Directory(0o700, uid=5),
    "app/link": Symlink("walk"),
    **{f"app/static/{number}": bytes(number) for number in range(10_000)},
    "touched": File(b"1", mtime=10**9),
    "var/lib/dpkg/info/perl.list": b"/usr/perl\n",
    "var/lib/dpkg/status": STATUS.format(2).encode(),
    "usr/perl": b"p" * 2000,
}


def test_text(snapshot: SnapshotAssertion) -> None:
    assert text(compared(OLD, NEW)) == snapshot


def test_markdown(snapshot: SnapshotAssertion) -> None:
    assert markdown(compared(OLD, NEW, "/app/**")) == snapshot


def test_nothing_differs(snapshot: SnapshotAssertion) -> None:
    assert text(compared(OLD, OLD)) == snapshot


def test_ten_thousand_files_are_one_line() -> None:
    assert [line for line in text(compared({}, NEW)).splitlines() if "/app/static/ (10000 paths)" in line]


def test_hostile_names_say_no_line_of_their_own() -> None:
    _, diffed = hostile()
    for shown in (text(diffed), markdown(diffed)):
        assert all(line.isprintable() for line in shown.splitlines())
        shown.encode()
    lines = [line for line in markdown(diffed).splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in lines} == {6, 7}
