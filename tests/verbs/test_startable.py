"""What is wrong with a start before it is made: every reason, and none where programs of this machine do start."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shave.events import silent
from shave.store import unpack
from shave.testing import Directory, File, Member, Symlink, image
from shave.verbs.startable import Check, checks

LIB = "/usr/lib/x86_64-linux-gnu"
LOADER = "/lib64/ld-linux-x86-64.so.2"


def host(path: str) -> File:
    return File(Path(path).read_bytes(), 0o755)


@pytest.fixture(scope="module")
def shell() -> dict[str, Member]:
    """Enough to start /bin/sh, /usr/bin/env and openssl."""
    names = ("libc.so.6", "libssl.so.3", "libcrypto.so.3")
    libraries: dict[str, Member] = {f"{LIB}/{name}": host(f"{LIB}/{name}") for name in names}
    return {
        "/bin": Symlink("usr/bin"),
        "/lib64": Symlink("usr/lib64"),
        "/lib": Symlink("usr/lib"),
        "/usr/lib64/ld-linux-x86-64.so.2": host(LOADER),
        "/usr/bin/sh": host("/bin/sh"),
        "/usr/bin/env": host("/usr/bin/env"),
        "/usr/bin/openssl": host("/usr/bin/openssl"),
        "/etc/passwd": b"root:x:0:0::/:/bin/sh\napp:x:9:9::/:/bin/sh\n",
        "/etc/group": b"root:x:0:\n",
        "/app/": Directory(),
        **libraries,
    }


def checked(
    tmp_path: Path, members: Mapping[str, Member], architecture: str = "amd64", **config: Any
) -> tuple[Check, ...]:
    made = image(members, config=config, architecture=architecture)
    return checks(unpack(made, tmp_path, silent), made.config)


def stopped(tmp_path: Path, members: Mapping[str, Member], *cmd: str, **config: Any) -> str:
    """The one reason why it does not start."""
    (check,) = (check for check in checked(tmp_path, members, Cmd=cmd, **config) if check.stops)
    return check.text


@pytest.mark.parametrize(
    "config",
    [
        {"Cmd": ["sh"]},
        {"Entrypoint": ["/bin/sh", "-c"], "Cmd": ["exec anything"]},
        {"Cmd": ["./script"], "WorkingDir": "/app", "User": "app:root"},
        {"Cmd": ["/app/by-env"], "User": "0"},
        {"Cmd": ["only-there"], "Env": ["PATH=/app"]},
        {"Entrypoint": ["env", "A=b", "sh"]},
    ],
)
def test_nothing_is_wrong(config: dict[str, Any], shell: dict[str, Member], tmp_path: Path) -> None:
    scripts: dict[str, Member] = {
        "/app/script": File(b"#! /bin/sh -e\n", 0o755),
        "/app/by-env": File(b"#!/usr/bin/env sh\n", 0o755),
        "/app/only-there": File(b"#!/app/script", 0o755),
    }
    assert checked(tmp_path, shell | scripts, **config) == ()


@pytest.mark.parametrize(
    ("member", "cmd", "words"),
    [
        (b"", ("/app/none",), "/app/none, what the image starts, is not there"),
        (b"", ("none",), "none, what the image starts, is not there in any directory of PATH"),
        (b"", ("/bin/bash", "-c", "x"), "/bin/bash, what the image starts, is not there: a command that is one string"),
        (b"", ("/app",), "/app, what the image starts, is a directory"),
        (b"", ("/app/x",), "/app/x, what the image starts, may not be executed (its mode is 0644)"),
        (File(b"echo", 0o755), ("/app/x",), "/app/x is no program: it is no ELF file and does not begin with #!"),
        (File(b"", 0o755), ("/app/x",), "/app/x is no program"),
        (
            File(b"#!/bin/python\n", 0o755),
            ("/app/x",),
            "/app/x is run by /bin/python, which is no program of the image",
        ),
        (File(b"#!/bin/sh\r\n", 0o755), ("/app/x",), "its first line ends with a carriage return, as on Windows"),
        (File(b"#!/usr/bin/env -S node x\n", 0o755), ("/app/x",), "/app/x is run by node, which is no program in a"),
        (File(b"#!/app/x\n", 0o755), ("/app/x",), "/app/x is the sixth script that another is run by"),
        (File(b"#!\n", 0o755), ("/app/x",), "/app/x is run by , which is no program of the image"),
        (b"", ("env", "A=b", "none"), "none, what env starts, is not there"),
    ],
)
def test_programs(member: Member, cmd: tuple[str, ...], words: str, shell: dict[str, Member], tmp_path: Path) -> None:
    assert words in stopped(tmp_path, shell | {"/app/x": member}, *cmd)


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (
            "/usr/lib64/ld-linux-x86-64.so.2",
            f"/usr/bin/openssl is loaded by {LOADER}, which is not there: it was built for",
        ),
        (f"{LIB}/libssl.so.3", "/usr/bin/openssl needs libssl.so.3, which the loader would not find"),
    ],
)
def test_libraries(gone: str, words: str, shell: dict[str, Member], tmp_path: Path) -> None:
    members = {path: member for path, member in shell.items() if path != gone}
    assert words in stopped(tmp_path, members, "openssl")


@pytest.mark.parametrize("architecture", ["arm64", "s390x"])
def test_another_machine(architecture: str, shell: dict[str, Member], tmp_path: Path) -> None:
    (check,) = checked(tmp_path, shell, architecture, Cmd=["sh"])
    assert check.stops and check.text == f"/usr/bin/sh is for amd64, the image for {architecture}"


@pytest.mark.parametrize(("user", "stops"), [("www", True), ("app:www", True), ("77", False)])
def test_users(user: str, stops: bool, shell: dict[str, Member], tmp_path: Path) -> None:
    (check,) = checked(tmp_path, shell, Cmd=["sh"], User=user)
    assert (check.kind, check.stops) == ("user", stops)


@pytest.mark.parametrize(("place", "stops"), [("/none", False), ("/etc/passwd", True)])
def test_working_directories(place: str, stops: bool, shell: dict[str, Member], tmp_path: Path) -> None:
    (check,) = checked(tmp_path, shell, Cmd=["sh"], WorkingDir=place)
    assert (check.kind, check.stops) == ("directory", stops)


def test_a_base_is_stopped_by_nothing(tmp_path: Path) -> None:
    (check,) = checked(tmp_path, {"/x": b""}, User="www")
    assert check == Check("user", "user www is not in /etc/passwd", stops=False)


def test_certificates_and_time_zones(shell: dict[str, Member], tmp_path: Path) -> None:
    found = checked(tmp_path, shell, Cmd=["openssl"], Env=["TZ=Europe/Berlin"])
    assert [(check.kind, check.stops) for check in found] == [("certificates", False), ("time zone", False)]
    there: dict[str, Member] = {"/etc/ssl/certs/ca-certificates.crt": b"x", "/usr/share/zoneinfo/Europe/Berlin": b"x"}
    assert checked(tmp_path, shell | there, Cmd=["openssl"], Env=["TZ=Europe/Berlin"]) == ()
    assert checked(tmp_path, shell, Cmd=["sh"], Env=["TZ=UTC0", "PATH=/bin"]) == ()


def test_libraries_that_only_ldconfig_would_tell_of(shell: dict[str, Member], tmp_path: Path) -> None:
    """ld.so.conf names /usr/local/lib, but the loader reads the cache alone: as after a copy without ldconfig."""
    moved = {path: member for path, member in shell.items() if "libssl" not in path}
    moved |= {"/usr/local/lib/libssl.so.3": shell[f"{LIB}/libssl.so.3"], "/etc/ld.so.conf": b"/usr/local/lib\n"}
    words = "needs libssl.so.3, which the loader would not find: /usr/local/lib/libssl.so.3 is not in /etc/ld.so.cache"
    assert words in stopped(tmp_path, moved, "openssl")
    cached = moved | {"/etc/ld.so.cache": b"glibc-ld.so.cache1.1\0libssl.so.3\0/usr/local/lib/libssl.so.3\0"}
    assert not any(check.stops for check in checked(tmp_path, cached, Cmd=["openssl"]))
    known = checked(tmp_path, moved, Cmd=["openssl"], Env=["LD_LIBRARY_PATH=/usr/local/lib", "PATH=/bin"])
    assert not any(check.stops for check in known)


def test_versions_of_symbols(shell: dict[str, Member], tmp_path: Path) -> None:
    script, text = tmp_path / "map", tmp_path / "old.c"
    script.write_text("GLIBC_2.2.5 { global: malloc; };\nGLIBC_2.4 { global: free; };")
    text.write_text("void malloc(void) {} void free(void) {}")
    options = [
        "-shared",
        "-fPIC",
        "-nostdlib",
        "-fno-builtin",
        "-Wl,-soname,libc.so.6",
        f"-Wl,--version-script={script}",
    ]
    subprocess.run(["gcc", text, "-o", tmp_path / "old", *options], check=True)
    old: dict[str, Member] = {f"{LIB}/libc.so.6": host(str(tmp_path / "old"))}
    work = tmp_path / "work"
    work.mkdir()
    found = [check.text for check in checked(work, shell | old, Cmd=["sh"]) if check.stops]
    assert len(found) == 1 and found[0].startswith("/usr/bin/sh needs GLIBC_2.") and "which has GLIBC_2.4" in found[0]
