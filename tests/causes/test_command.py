"""Programs that are not there, or are none; and near misses, of which nothing is said."""

from typing import Any

import pytest

from patients import causes, diagnosed, only, script, tools
from shave.testing import Directory, File, Member, Symlink

BOM = b"\xef\xbb\xbf#!/bin/sh\n"


@pytest.mark.parametrize(
    "config",
    [
        {"Cmd": ["sh"]},
        {"Entrypoint": ["/bin/sh", "-c"], "Cmd": ["exec $ANYTHING"]},
        {"Cmd": ["./script"], "WorkingDir": "/app", "User": "app:root"},
        {"Cmd": ["./script"], "WorkingDir": "/link"},
        {"Cmd": ["/app/by-env"], "User": "0"},
        {"Cmd": ["/app/split"]},
        {"Cmd": ["only-there"], "Env": ["PATH=/app:/bin"]},
        {"Entrypoint": ["env", "A=b", "sh"]},
        {"Entrypoint": ["env", "PATH=/app", "only-there"]},
        {"Entrypoint": ["sh", "-c", "exec /app/unmarked"]},
    ],
)
def test_nothing_is_wrong(config: dict[str, Any]) -> None:
    scripts: dict[str, Member] = {
        "/app/script": script("#! /bin/sh -e\n"),
        "/app/by-env": script("#!/usr/bin/env sh\n"),
        "/app/split": script("#!/usr/bin/env -S sh -e\n"),
        "/app/only-there": File(b"#!/app/script", 0o755),
        "/app/unmarked": script("echo\n"),
        "/link": Symlink("app"),
    }
    assert diagnosed(tools() | scripts, **config) == ()


@pytest.mark.parametrize(
    ("member", "cmd", "cause", "words"),
    [
        (b"", ("/app/none",), "command-missing", "/app/none, which the image starts, is not there"),
        (b"", ("none",), "command-missing", "none, which the image starts, is not there in any directory of PATH"),
        (b"", ("env", "A=b", "none"), "command-missing", "none, which env starts, is not there"),
        (b"", ("/bin/bash", "-c", "x"), "shell-missing", "a command that is one string needs a shell"),
        (b"", ("/app",), "not-executable", "/app, which the image starts, is a directory"),
        (b"", ("/app/x",), "not-executable", "/app/x, which the image starts, may not be executed (its mode is 0644)"),
        (File(b"echo", 0o755), ("/app/x",), "not-a-program", "it is no ELF file and does not begin with #!"),
        (File(b"\x7fELF", 0o755), ("/app/x",), "not-a-program", "/app/x is a broken ELF file"),
        (script("#!/app/x\n"), ("/app/x",), "not-a-program", "more of them than Linux allows"),
    ],
)
def test_what_is_no_program(member: Member, cmd: tuple[str, ...], cause: str, words: str) -> None:
    found = only(diagnosed(tools() | {"/app/x": member}, *cmd))
    assert (found.cause, found.stops) == (cause, True) and words in found.text


def test_a_shell_form_without_a_shell_is_said_once_with_the_words_of_the_other_form() -> None:
    check = {"Test": ["CMD-SHELL", "/app/x --check"]}
    found = only(diagnosed({"/app/x": b""}, "/bin/sh", "-c", "exec /app/x --port '8 0'", Healthcheck=check))
    assert found.cause == "shell-missing" and found.fix.endswith('["/app/x", "--port", "8 0"]')
    found = only(diagnosed({"/app/x": b""}, "/bin/sh", "-c", "curl -f localhost"))
    assert found.fix.endswith('["curl", "-f", "localhost"]; curl is not there either')
    found = only(diagnosed({"/app/x": b""}, "/bin/sh", "-c", "/app/x && /app/y"))
    assert found.fix.startswith("take a base image")


def test_the_same_name_elsewhere_is_named_with_the_instruction_that_copied_it() -> None:
    copied = "COPY --from=build /out/server /srv/bin/ # buildkit"
    members = tools() | {"/srv/bin/server": script("#!/bin/sh\n"), "/srv/notes/server": b""}
    found = only(diagnosed(members, "/server", history=(copied,)))
    assert found.evidence[0] == "COPY --from=build /out/server /srv/bin/ put /srv/bin/server there"
    assert found.fix == "start /srv/bin/server"
    found = only(diagnosed(members, "server", history=(copied,)))
    assert found.fix == "start /srv/bin/server, or add /srv/bin to PATH" and "PATH is /usr/" in found.evidence[-1]


def test_a_relative_path_from_another_working_directory() -> None:
    members = tools() | {"/src/app/main": script("#!/bin/sh\n")}
    found = only(diagnosed(members, "./main", WorkingDir="/src"))
    assert found.text == "./main, which the image starts, is not there in /src"
    assert found.fix == "WORKDIR /src/app, or start /src/app/main"
    assert diagnosed(members, "./app/main", WorkingDir="/src") == ()


def test_a_directory_where_the_program_was_meant() -> None:
    members = tools() | {"/main/": Directory(), "/main/main": script("#!/bin/sh\n")}
    found = only(diagnosed(members, "/main"))
    assert (found.cause, found.fix) == ("not-executable", "start /main/main")


@pytest.mark.parametrize(("head", "words"), [(BOM, "byte order mark"), (b"MZ\x90", "Windows"), (b"", "it is empty")])
def test_what_it_is_instead(head: bytes, words: str) -> None:
    assert words in only(diagnosed(tools() | {"/app/x": File(head, 0o755)}, "/app/x")).evidence[0]


def test_what_only_perhaps_runs_is_a_note() -> None:
    text = "if test $1; then exec nothing; fi; exec none"
    assert causes(diagnosed(tools(), "sh", "-c", text)) == [("command-missing", False)]


def test_it_may_be_mounted() -> None:
    found = diagnosed(tools(), "/data/run", Volumes={"/data/": {}})
    assert causes(found) == [("command-missing", False)]
