"""What programs use on ways that no run took: each habit of the table, before and after."""

import os
import subprocess
from pathlib import Path

import pytest

import scenes
from shave.oci import RunConfig
from shave.widening.habits import Habit, Habits, habits, shared_data

LIB = "usr/lib/x86_64-linux-gnu"
ELF = b"\x7fELF" + b"\0" * 60
# what has the habit, and what stays then; one row a habit
CASES = {
    "the C locale in UTF-8": ({}, "usr/lib/locale/C.utf8/LC_CTYPE"),
    "names from files and DNS": ({f"{LIB}/libc.so.6": ELF}, f"{LIB}/libnss_dns.so.2"),
    "cancelled threads": ({f"{LIB}/libc.so.6": ELF}, f"{LIB}/libgcc_s.so.1"),
    "character sets": ({"usr/bin/tool": ELF + b"\0iconv_open\0"}, f"{LIB}/gconv/BIG5.so"),
    "time zones of Go programs": ({"app/server": ELF + b"\0time.LoadLocation\0"}, "usr/share/zoneinfo/Asia/Tokyo"),
    "time zones": ({"usr/share/zoneinfo/UTC": b"TZif"}, "usr/share/zoneinfo/Asia/Tokyo"),
    "certificates of authorities": (
        {"usr/bin/tool": ELF + b"\0SSL_CTX_new\0"},
        "usr/share/ca-certificates/mozilla/X.crt",
    ),
    "modules of OpenSSL": ({f"{LIB}/libcrypto.so.3": ELF}, f"{LIB}/ossl-modules/legacy.so"),
    "terminals": ({f"{LIB}/libtinfo.so.6": ELF}, "lib/terminfo/x/xterm"),
    "fonts": ({f"{LIB}/libfontconfig.so.1": ELF}, "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    "types of media": ({"usr/bin/tool": ELF + b"\0g_content_type_guess\0"}, "usr/share/mime/magic"),
    "core commands": ({"usr/bin/python3.11": ELF}, "usr/bin/cut"),
    "OpenSSL and Kerberos of .NET": (
        {"app/libSystem.Security.Cryptography.Native.OpenSsl.so": ELF},
        f"{LIB}/libssl.so.3",
    ),
    "time zones of .NET and of Ruby": ({"app/System.Private.CoreLib.dll": b"MZ"}, "usr/share/zoneinfo/Asia/Tokyo"),
    "login shells": ({"usr/sbin/sshd": ELF}, "usr/bin/bash"),
}
DATA = {stays: b"x" for _, stays in CASES.values()}
RUN = RunConfig(env=("PATH=/usr/bin",))


@pytest.mark.parametrize("habit", habits(), ids=lambda habit: habit.name)
def test_a_habit_keeps_what_it_says_and_only_for_who_has_it(habit: Habit) -> None:
    having, stays = CASES[habit.name]
    base = {"var/lib/dpkg/status": b"x"}
    without = scenes.scene(base, {**DATA, "app/other": b"x"}, used=("app/other",), run=RUN)
    assert (stays in scenes.widened(without, Habits)) is not bool(having)
    known = scenes.scene(base, {**DATA, **having}, used=tuple(having), run=RUN)
    kept = scenes.widened(known, Habits)
    assert stays in kept
    assert kept[stays].because == "habit"


@pytest.mark.parametrize(("call", "stays"), [("time.Now().Local()", False), ('time.LoadLocation("Asia/Tokyo")', True)])
def test_go_programs_read_zones_if_they_ask_for_one(tmp_path: Path, call: str, stays: bool) -> None:
    (tmp_path / "main.go").write_text(f'package main\nimport ("fmt"; "time")\nfunc main() {{ fmt.Println({call}) }}\n')
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    command = ["go", "build", "-ldflags=-s -w", "-o", "server", "main.go"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=300)
    code = (tmp_path / "server").read_bytes()
    assert b"time.LoadLocation" in code  # of time.LoadLocationFromTZData, which every program has
    known = scenes.scene({"var/lib/dpkg/status": b"x"}, {"app/server": code, **DATA}, used=("app/server",), run=RUN)
    assert ("usr/share/zoneinfo/Asia/Tokyo" in scenes.widened(known, Habits)) is stays


def test_code_of_the_base_has_no_habits_of_symbols() -> None:
    base = {"var/lib/dpkg/status": b"x", "usr/bin/perl": ELF + b"\0iconv_open\0", **DATA}
    known = scenes.scene(base, {"app": b"x"}, used=("usr/bin/perl",), run=RUN)
    assert CASES["character sets"][1] not in scenes.widened(known, Habits)


def test_a_mark_is_found_where_two_pieces_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shave.widening.habits._PIECE", 300)
    for shift in range(290, 310):
        code = (ELF + b"\1" * 400)[:shift] + b"\0iconv_open\0" + b"\1" * 500
        known = scenes.scene({}, {"usr/bin/tool": code, **DATA}, used=("usr/bin/tool",), run=RUN)
        assert CASES["character sets"][1] in scenes.widened(known, Habits)


def test_what_habits_keep_is_shared_data() -> None:
    assert shared_data()("usr/share/zoneinfo/Asia/Tokyo")
    assert not shared_data()("usr/share/app/data")
