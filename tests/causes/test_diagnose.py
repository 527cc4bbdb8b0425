"""What is said of an image before it is started is what happens when it is."""

import re
from pathlib import Path
from typing import Any

import pytest

from patients import LIB, LOADER, causes, diagnosed, only, script, tools, without
from shave import causes as family
from shave.config import Settings
from shave.diagnosis import CAUSES
from shave.errors import BadImageError
from shave.events import silent
from shave.runners import choose
from shave.testing import Directory, File, Member, Symlink, image
from shave.verbs.asked import asked

SHELL = "exec openssl version"
WITH: dict[str, Member] = {
    "/dev/": Directory(),
    "/proc/": Directory(),
    "/sys/": Directory(),
    "/etc/ssl/openssl.cnf": b"",
    "/app/good": script("#!/bin/sh\nset -e\nexec openssl version\n"),
    "/app/args": script('#!/bin/sh\nexec env A=b "$@"\n'),
    "/app/foreign": script("#!/bin/sh\r\nexec openssl version\r\n"),
    "/app/foreign-lines": File(b"set -e\r\nopenssl version\r\n"),
    "/app/unmarked": script("openssl version\n"),
    "/app/lost": script("#!/bin/lost\n"),
    "/app/plain": File(b"#!/bin/sh\n"),
    "/app/split": script("#!/usr/bin/env -S sh -e\nopenssl version\n"),
    "/usr/bin/link": Symlink("openssl"),
    "/app/directory/": Directory(),
}
STARTS: dict[str, dict[str, Any]] = {
    "a program": {"Cmd": ["openssl", "version"]},
    "a link": {"Cmd": ["link", "version"]},
    "a text": {"Cmd": ["/bin/sh", "-c", SHELL]},
    "a script": {"Cmd": ["./good"], "WorkingDir": "/app"},
    "arguments": {"Entrypoint": ["/app/args"], "Cmd": ["openssl", "version"]},
    "an option": {"Cmd": ["/app/split"]},
    "unmarked by env": {"Cmd": ["env", "/app/unmarked"]},
    "unmarked by a shell": {"Cmd": ["sh", "-c", "/app/unmarked"]},
    "a number": {"Cmd": ["openssl", "version"], "User": "9:20"},
    "a name": {"Cmd": ["openssl", "version"], "User": "app:data"},
    "another directory": {"Cmd": ["sh", "-c", "cd /app && ./good"]},
    "another way": {"Cmd": ["sh", "-c", "none 2> /dev/null || openssl version"]},
    "after a failure": {"Cmd": ["sh", "-c", "none 2> /dev/null; openssl version"]},
}
FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "no program": ("command-missing", {"Cmd": ["none"]}),
    "no program in a text": ("command-missing", {"Cmd": ["sh", "-c", "exec none"]}),
    "no program behind a script": ("command-missing", {"Entrypoint": ["/app/args"], "Cmd": ["none"]}),
    "no program that is wanted": ("command-missing", {"Cmd": ["sh", "-c", "none || exit 1; openssl version"]}),
    "another directory": ("command-missing", {"Cmd": ["./good"], "WorkingDir": "/tmp"}),
    "a directory": ("not-executable", {"Cmd": ["/app/directory"]}),
    "no mode": ("not-executable", {"Cmd": ["/app/plain"]}),
    "unmarked": ("not-a-program", {"Cmd": ["/app/unmarked"]}),
    "no interpreter": ("interpreter-missing", {"Cmd": ["/app/lost"]}),
    "foreign": ("carriage-return", {"Cmd": ["/app/foreign"]}),
    "foreign lines": ("carriage-return", {"Cmd": ["sh", "/app/foreign-lines"]}),
    "no bash": ("shell-missing", {"Cmd": ["/bin/bash", "-c", "true"]}),
    "no script": ("program-file-missing", {"Cmd": ["sh", "/app/none"]}),
    "no user": ("user-unknown", {"Cmd": ["openssl", "version"], "User": "www"}),
    "no group": ("user-unknown", {"Cmd": ["openssl", "version"], "User": "app:www"}),
    "no directory": ("workdir-not-directory", {"Cmd": ["openssl", "version"], "WorkingDir": "/etc/passwd"}),
}
GONE = {LOADER: "loader-missing", f"{LIB}/libssl.so.3": "library-missing", f"{LIB}/libcrypto.so.3": "library-missing"}


def fails(tmp_path: Path, members: dict[str, Member], config: dict[str, Any]) -> bool:
    made = image(members, config=config, compression="none")
    try:
        (start, *_) = asked(made, Settings(), choose("auto", made.config), tmp_path, silent)
    except BadImageError:
        return True
    return bool(start.failure)


@pytest.mark.root
@pytest.mark.parametrize("case", STARTS)
def test_what_starts(case: str, tmp_path: Path) -> None:
    members = tools() | WITH
    assert not any(each.stops for each in diagnosed(members, **STARTS[case]))
    assert not fails(tmp_path, members, STARTS[case])


@pytest.mark.root
@pytest.mark.parametrize("case", FAILURES)
def test_what_does_not(case: str, tmp_path: Path) -> None:
    cause, config = FAILURES[case]
    found = only(diagnosed(tools() | WITH, **config))
    assert (found.cause, found.stops) == (cause, True) and found.fix
    assert fails(tmp_path, tools() | WITH, config)


@pytest.mark.root
@pytest.mark.parametrize("gone", GONE)
def test_what_is_gone(gone: str, tmp_path: Path) -> None:
    members, config = without(tools() | WITH, gone), {"Cmd": ["openssl", "version"]}
    assert causes(diagnosed(members, **config)) == [(GONE[gone], True)]
    assert fails(tmp_path, members, config)


def test_what_stops_comes_first_and_other_systems_are_not_known() -> None:
    found = diagnosed(tools(), "none", WorkingDir="/none", User="77")
    assert causes(found) == [("command-missing", True), ("user-nameless", False), ("workdir-missing", False)]


def test_every_cause_of_a_look_has_a_heading() -> None:
    """And no heading is for a cause that there is not."""
    pages = {look.__module__: family.__dict__[look.__module__.rpartition(".")[2]].__doc__ for look in family.LOOKS}
    for page in pages.values():
        headings = re.findall(r"^### (.+)$", page, re.MULTILINE)
        assert headings and len(headings) == len(set(headings)) and set(headings) <= set(CAUSES)
        assert "Source" in page
