"""``shave trace`` and ``shave slim --evidence`` from the outside."""

import json
import subprocess
from pathlib import Path

import pytest

from cli import Shave, layout, shell_layers
from shave.evidence import unite_files
from shave.evidence_files import load
from shave.testing import File, Member, Symlink

SERVER = ["/bin/httpd", "-f", "-p", "8080", "-h", "/app"]
PROBES = """
[[probe]]
name = "home"
http = { url = "http://localhost:8080/", expect_status = 200 }
[[probe]]
name = "other"
http = { url = "http://localhost:8080/other.html", expect_status = 200 }
"""
STATUS = "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: %s\n"


@pytest.fixture
def server(tmp_path: Path) -> str:
    Path("shave.toml").write_text(PROBES)
    config = {"Cmd": SERVER, "WorkingDir": "/app", "ExposedPorts": {"8080/tcp": {}}}
    # busybox ignores SIGTERM as the first process
    return layout(tmp_path / "server", *shell_layers(), **config, StopSignal="SIGKILL")


def test_evidence_accumulates_and_slim_needs_no_trace(shave: Shave, server: str, tmp_path: Path) -> None:
    done = shave("trace", server, "--evidence", "home.evidence", "--probe", "home")
    assert done.code == 0, done.err
    assert done.out.startswith(f"{server}: ") and "of them new\n" in done.out
    assert done.out.endswith(f"next: shave slim {server} --evidence home.evidence\n")
    assert shave("trace", server, "--evidence", "other.evidence", "--probe", "other").code == 0
    home, other = (load([Path(f"{name}.evidence")]) for name in ("home", "other"))
    assert home != unite_files(home, other) != other

    Path("base").write_text("")
    merging = ["git", "merge-file", "--union", "-p", "home.evidence", "base", "other.evidence"]
    Path("both.evidence").write_bytes(subprocess.check_output(merging))
    assert load([Path("both.evidence")]) == unite_files(home, other)

    result = f"oci:{tmp_path}/out:slim"
    given = ("--evidence", "home.evidence", "--evidence", "other.evidence")
    slimmed = shave("slim", server, "--grain", "file", "-o", result, *given, "--format", "json")
    assert slimmed.code == 0, slimmed.err
    assert "trace" not in slimmed.err
    document = json.loads(slimmed.out)
    assert (document["outcome"], document["verdict"]["verdict"]) == ("slimmed", "same")
    assert (document["rounds"], document["moved"], document["stale"]) == ([], [], [])


def test_a_json_answer(shave: Shave, tmp_path: Path) -> None:
    script = layout(tmp_path / "script", *shell_layers(), Cmd=["/app/run"])
    done = shave("trace", script, "--format", "json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert (document["schema"], document["written"]) == ("shave.trace/v1", "")
    assert [row["name"] for row in document["probes"]] == ["start"]
    assert document["paths"] == document["probes"][0]["paths"] > 1
    assert not [path for path in Path().iterdir() if path.name != "shave.toml"]


def test_a_command_after_two_dashes(shave: Shave, tmp_path: Path) -> None:
    entry = layout(tmp_path / "entry", *shell_layers(), Entrypoint=["/bin/cat"])
    assert shave("trace", entry, "--evidence", "e", "--", "/app/index.html").code == 0
    assert "/app/index.html" in {use.path for use in load([Path("e")]).uses}


def test_an_original_that_does_not_run_writes_nothing(shave: Shave, tmp_path: Path) -> None:
    broken = layout(tmp_path / "broken", *shell_layers(), Cmd=["/bin/sh", "-c", "echo broken >&2; exit 7"])
    done = shave("trace", broken, "--evidence", "e")
    assert done.code == 3 and "does not run" in done.err and "broken" in done.err
    assert not Path("e").exists()


def test_a_file_that_is_no_evidence_is_told_before_the_work(shave: Shave, server: str) -> None:
    Path("notes").write_text("used\n")
    for verb in (("trace", server), ("slim", server, "--dry-run")):
        done = shave(*verb, "--evidence", "notes")
        assert done.code == 2 and "notes is no evidence file" in done.err and "reading" not in done.err


def test_a_probe_that_fails_is_said(shave: Shave, server: str) -> None:
    Path("shave.toml").write_text(PROBES.replace("200", "404"))
    done = shave("trace", server, "--evidence", "e")
    assert done.code == 1
    assert "the status is 200" in done.out or "404" in done.out
    assert Path("e").exists()


TESTS = "echo asked $SHAVE_HOST $SHAVE_PORTS; curl -sf http://$SHAVE_HOST:$SHAVE_PORTS/other.html | grep -q other"


def test_from_tests(shave: Shave, server: str, tmp_path: Path) -> None:
    done = shave("trace", server, "--evidence", "e", "--no-probe", "--from-tests", TESTS)
    assert done.code == 0, done.err + done.out
    assert ("tests",) in {use.probes for use in load([Path("e")]).uses if use.path == "/app/other.html"}
    slimmed = shave(
        "slim", server, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim", "--no-probe", "--from-tests", TESTS
    )
    assert slimmed.code == 0 and "tests  same" in slimmed.out, slimmed.err


def test_from_tests_that_fail(shave: Shave, server: str) -> None:
    done = shave("trace", server, "--from-tests", "echo on port $SHAVE_PORTS; exit 4")
    assert done.code == 1
    assert "exit status is 4" in done.out and "on port 8080" in done.out


def build(version: str, soname: str, extra: dict[str, Member]) -> dict[str, Member]:
    """A program that reads a library by its soname and a data file by its version, both of one package."""
    files = (f"/usr/lib/libgreet.so.{version}", f"/usr/lib/libgreet.so.{soname}", f"/usr/share/greet-{version}/words")
    base, _ = shell_layers()
    return {
        **base,
        f"/usr/lib/libgreet.so.{version}": f"library {soname}\n".encode(),
        f"/usr/lib/libgreet.so.{soname}": Symlink(f"libgreet.so.{version}"),
        f"/usr/share/greet-{version}/words": b"hello\n",
        "/app/run": File(
            f"#!/bin/sh\ncat /usr/lib/libgreet.so.{soname} /usr/share/greet-{version}/words\n".encode(), 0o755
        ),
        "/var/lib/dpkg/status": (STATUS % ("libgreet1", version)).encode(),
        "/var/lib/dpkg/info/libgreet1.list": "".join(f"{path}\n" for path in ("/usr", "/usr/lib", *files)).encode(),
        **extra,
    }


def test_the_next_build_is_slimmed_by_the_last_ones_evidence(shave: Shave, tmp_path: Path) -> None:
    first = layout(
        tmp_path / "first", build("1.2", "1", {"/app/old": b"old\n"}), Cmd=["/bin/sh", "-c", "cat /app/old; /app/run"]
    )
    second = layout(tmp_path / "second", build("1.3", "1", {}), Cmd=["/app/run"])
    assert shave("trace", first, "--evidence", "e").code == 0
    assert "package\tdpkg:libgreet1\t1.2\n" in Path("e").read_text()
    result = f"oci:{tmp_path}/out:slim"
    done = shave("slim", second, "-o", result, "--evidence", "e", "--format", "json")
    assert done.code == 0, done.err
    assert "dpkg:libgreet1 1.2 → 1.3" in done.err and "/app/old is gone" in done.err
    document = json.loads(done.out)
    assert (document["verdict"]["verdict"], document["rounds"]) == ("same", [])
    assert [(moved["path"], moved["to"]) for moved in document["moved"]] == [
        ("/usr/share/greet-1.2/words", ["/usr/share/greet-1.3/words"])
    ]
    assert [gone["path"] for gone in document["stale"]] == ["/app/old"]
