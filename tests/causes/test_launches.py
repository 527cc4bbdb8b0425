"""Which programs a start comes to."""

from pathlib import Path

import pytest

from patients import host, patient, script, tools
from shave.causes.launches import final, launches
from shave.testing import Member

SCRIPTS: dict[str, Member] = {
    "/app/run": script('#!/bin/sh\nset -e\nexec env A=b "$@"\n'),
    "/app/serve": script('#!/bin/sh\ncase "$1" in serve) exec openssl;; esac\nexec "$@"\n'),
    "/app/loop": script("#!/bin/sh\nexec /app/loop\n"),
    "/usr/bin/tini": host("/usr/bin/env"),
    "/usr/bin/python3": host("/bin/sh"),
    "/app/main.py": script("#!/usr/bin/env python3\n"),
}


def words(directory: Path, *given: str) -> list[tuple[str | None, ...]]:
    return [launch.words for launch in launches(patient(directory, tools() | SCRIPTS, *given))]


@pytest.mark.parametrize(
    ("given", "last"),
    [
        (("openssl", "version"), ("/usr/bin/openssl", "version")),
        (("tini", "-g", "--", "openssl"), ("/usr/bin/openssl",)),
        (("sh", "-c", "exec openssl version"), ("/usr/bin/openssl", "version")),
        (("/app/run", "openssl", "x"), ("/usr/bin/openssl", "x")),
        (("sh", "/app/run", "openssl"), ("/usr/bin/openssl",)),
        (("/app/main.py", "x"), ("/usr/bin/python3", "/app/main.py", "x")),
        (("tini", "/app/run", "/app/main.py"), ("/usr/bin/python3", "/app/main.py")),
    ],
)
def test_what_comes_to_run(given: tuple[str, ...], last: tuple[str, ...], tmp_path: Path) -> None:
    assert words(tmp_path, *given)[-1] == last


def test_a_word_that_a_script_knows_is_no_program(tmp_path: Path) -> None:
    assert words(tmp_path, "/app/serve", "serve") == [("/bin/sh", "/app/serve", "serve")]


def test_scripts_that_start_themselves(tmp_path: Path) -> None:
    assert len(words(tmp_path, "/app/loop")) == 2


def test_final_and_what_failed(tmp_path: Path) -> None:
    found = patient(tmp_path, tools() | SCRIPTS, "tini", "--", "none")
    assert [launch.cause for launch in launches(found)] == [None, "command-missing"]
    assert [launch.program for launch in final(found)] == ["usr/bin/tini"]


def test_programs_of_a_busybox(tmp_path: Path) -> None:
    made = patient(tmp_path, {"/bin/busybox": host("/bin/busybox")}, "/bin/busybox", "sh", "-c", "exec cat x")
    assert [launch.cause for launch in launches(made)] == [None]
