"""``shave slim`` from the outside: what it writes, what it says, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from cli import Shave, installed_layers, layout, shell_layers
from shave import api
from shave.reference import parse
from shave.testing import Directory, File, Whiteout, image
from shave.testing.registry import Registry, registry

SERVER = ["/bin/httpd", "-f", "-p", "8080", "-h", "/app"]
PROBES = """
[[probe]]
name = "home"
http = { url = "http://localhost:8080/", expect_status = 200 }
[[probe]]
name = "missing"
http = { url = "http://localhost:8080/nothing", expect_status = 404 }
"""


def paths(reference: str) -> set[str]:
    """The paths of an image's merged tree."""
    from shave.events import silent
    from shave.store import tree_of

    with api.open(reference) as image:
        return set(tree_of(image, silent).nodes)


@pytest.fixture
def script(tmp_path: Path) -> str:
    """An image whose program prints a file and ends."""
    return layout(tmp_path / "script", *shell_layers(), Cmd=["/app/run"])


@pytest.fixture
def server(tmp_path: Path) -> str:
    """An image whose program serves files."""
    return layout(tmp_path / "server", *shell_layers(), Cmd=SERVER, WorkingDir="/app", ExposedPorts={"8080/tcp": {}})


def test_what_cannot_be_kept_is_said(shave: Shave, script: str) -> None:
    refused = shave("slim", script, "--keep-unit", "rsync", "--dry-run")
    assert refused.code == 2 and "the image has no unit rsync" in refused.err and "trace" not in refused.err
    told = shave("slim", script, "--keep", "/nowhere/**", "--dry-run")
    assert told.code == 0 and "--keep /nowhere/** matches nothing in the image" in told.err


def test_units_stay_or_go_and_records_say_so(shave: Shave, tmp_path: Path) -> None:
    server = {"Cmd": SERVER, "WorkingDir": "/app", "ExposedPorts": {"8080/tcp": {}}, "Env": ["PATH=/bin"]}
    original = layout(tmp_path / "installed", *installed_layers(), **server)
    done = shave(
        "slim", original, "-o", f"oci:{tmp_path}/out:slim", "--report", f"{tmp_path}/report", "--format", "json"
    )
    assert done.code == 0, done.err
    assert "* unit" in done.err and done.err.index("* unit") < done.err.index("build:")
    summary = json.loads(done.out)
    assert (summary["grain"], summary["outcome"], summary["thin"]) == ("unit", "slimmed", False)
    assert {unit["unit"]: unit["fate"] for unit in summary["units"]} == {"dpkg:busybox": "whole", "dpkg:unused": "gone"}
    left = paths(summary["output"])
    assert {"app/other.html", "app/unused", "bin/sleep", "var/lib/dpkg/info/busybox.list"} <= left
    assert not {"usr/lib/unused.so", "usr/share/doc/thing/README", "var/lib/dpkg/info/unused.list"} & left
    status = shave("cat", summary["output"], "/var/lib/dpkg/status").out
    assert "Package: busybox" in status and "unused" not in status
    assert "dpkg:unused" in shave("why", summary["output"], "/usr/lib/unused.so").out
    after = json.loads((tmp_path / "report/after.cdx.json").read_bytes())
    assert [each["name"] for each in after["components"] if each["purl"].startswith("pkg:deb")] == ["busybox"]


def test_a_program_that_ends(shave: Shave, script: str, tmp_path: Path) -> None:
    done = shave(
        "slim",
        script,
        "--grain",
        "file",
        "-o",
        f"oci:{tmp_path}/out:slim",
        "--report",
        f"{tmp_path}/report",
        "--format",
        "json",
    )
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert (summary["schema"], summary["outcome"], summary["changed"]) == ("shave.slim/v1", "slimmed", True)
    assert summary["verdict"]["verdict"] == "same"
    assert summary["result"]["unpacked_bytes"] < summary["original"]["unpacked_bytes"]
    assert {"bin/busybox", "bin/sh", "app/run", "app/config", "etc/app.conf", "etc/passwd"} <= paths(summary["output"])
    assert not {"app/unused", "usr/lib/unused.so", "bin/httpd"} & paths(summary["output"])
    assert {found.name for found in (tmp_path / "report").iterdir()} == {
        "plan.json",
        "evidence.json",
        "removed.txt",
        "report.md",
        "report.html",
        "before.cdx.json",
        "after.cdx.json",
    }
    assert "/app/unused\t100000\tnot used\n" in (tmp_path / "report" / "removed.txt").read_text()
    assert not list(Path().iterdir()), "nothing is written to the current directory unasked"


def test_a_server_with_probes(shave: Shave, server: str, tmp_path: Path) -> None:
    (tmp_path / "probes.toml").write_text(PROBES)
    done = shave(
        "slim", server, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim", "--config", f"{tmp_path}/probes.toml"
    )
    assert done.code == 0, done.err
    assert "verdict same: 3 of 3 probes" in done.out
    kept = paths(f"oci:{tmp_path}/out:slim")
    assert "app/index.html" in kept and "app/other.html" not in kept


def test_a_server_without_probes_is_asked_for_its_front_page(shave: Shave, server: str, tmp_path: Path) -> None:
    done = shave("slim", server, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim", "--app")
    assert done.code == 0, done.err
    assert {"app/index.html", "app/other.html", "app/unused"} <= paths(f"oci:{tmp_path}/out:slim")


def test_the_same_input_gives_the_same_bytes(shave: Shave, script: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert shave("slim", script, "--grain", "file", "-o", f"oci:{tmp_path}/{name}:slim").code == 0
    one, two = ((tmp_path / name / "index.json").read_bytes() for name in ("one", "two"))
    assert one == two


def test_flattened_is_one_layer(shave: Shave, script: str, tmp_path: Path) -> None:
    done = shave("slim", script, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim", "--flatten", "--format", "json")
    assert json.loads(done.out)["result"]["layers"] == 1


BULK = Random(7).randbytes(100_000)


def release(path: Path, greeting: bytes, seconds: int) -> str:
    """One more build of an application: nothing is other than before but its greeting and all times."""
    times = {"mtime": seconds * 10**9}
    run = b"#!/bin/sh\ncat /app/greeting\n[ -s /opt/bulk ] && cat /opt/bulk > /dev/null\n"
    base, _ = shell_layers()
    bulk = {"/opt/": Directory(**times), "/opt/bulk": File(BULK, **times), "/opt/x": b"unused"}
    application = {
        "/app/run": File(run, 0o755, **times),
        "/app/greeting": File(greeting * 2000, **times),
        "/app/x": b"",
    }
    return layout(path, base, bulk, application, Cmd=["/app/run"])


def uploads(server: Registry) -> int:
    return sum(seen.method == "POST" for seen in server.requests)


def test_a_rebuild_pulls_the_application_only(shave: Shave, tmp_path: Path) -> None:
    """Through a registry, which is sent no layer that it has."""
    options = ("--grain", "file", "--format", "json")
    with registry() as server:
        first, second = (f"docker://{server.host}/app:{number}" for number in (1, 2))
        before = shave("slim", release(tmp_path / "one", b"hello\n", 1), "-o", first, *options)
        assert before.code == 0, before.err
        assert json.loads(before.out)["reuse"] is None
        sent = uploads(server)
        rebuilt = release(tmp_path / "two", b"hullo\n", 2)
        after = shave("slim", rebuilt, "-o", second, "--previous", first, *options)
        assert after.code == 0, after.err
        again = uploads(server)
        assert (sent, again - sent) == (4, 2), "three layers and a config, then one layer and a config"
        told = shave("slim", rebuilt, "-o", f"oci:{tmp_path}/out:1", "--previous", first, "--grain", "file")
    found = json.loads(after.out)["reuse"]
    assert (found["previous"], [layer["number"] for layer in found["layers"]]) == (first, [0, 1])
    assert 0 < found["pull_bytes"] < 1000
    assert f"reused  2 of 3 layers are those of {first}; a node that has it pulls " in told.out


def test_a_previous_result_of_no_use(shave: Shave, script: str, tmp_path: Path) -> None:
    other = layout(tmp_path / "other", {"/other": BULK})
    done = shave("slim", script, "-o", f"oci:{tmp_path}/out:slim", "--previous", other, "--grain", "file")
    assert done.code == 0, done.err
    assert "reused  none of 1 layers" in done.out


@pytest.mark.parametrize(
    ("architecture", "options", "code", "said"),
    [
        ("amd64", ["--flatten"], 2, "--flatten makes one layer"),
        ("arm64", [], 3, "linux/arm64"),
    ],
)
def test_a_previous_result_that_cannot_be_meant(
    shave: Shave, script: str, tmp_path: Path, architecture: str, options: list[str], code: int, said: str
) -> None:
    other = layout(tmp_path / "other", {"/other": BULK}, architecture=architecture)
    done = shave("slim", script, "-o", f"oci:{tmp_path}/out:slim", "--previous", other, *options)
    assert (done.code, "Traceback" in done.err) == (code, False)
    assert said in done.err
    assert not (tmp_path / "out").exists()


def test_a_result_that_behaves_otherwise_is_not_written(shave: Shave, script: str, tmp_path: Path) -> None:
    asked = ("slim", script, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim", "--drop", "/etc/app.conf")
    done = shave(*asked)
    assert done.code == 1
    assert "NOT WRITTEN" in done.out and "hello" in done.out
    assert not (tmp_path / "out").exists()
    allowed = shave(*asked, "--allow-unverified")
    assert allowed.code == 0 and "UNVERIFIED" in allowed.out
    assert (tmp_path / "out").exists()


def test_a_dry_run_writes_nothing(shave: Shave, script: str, tmp_path: Path) -> None:
    done = shave("slim", script, "--dry-run", "--format", "json")
    assert (done.code, json.loads(done.out)["outcome"]) == (0, "planned")
    assert [price["grain"] for price in json.loads(done.out)["prices"]] == ["file", "unit", "waste"]
    assert "* unit" in done.err and "* unit" not in shave("slim", script, "--dry-run", "-q").err
    assert not (tmp_path / "out").exists()


def test_nothing_to_gain_writes_the_input(shave: Shave, tmp_path: Path) -> None:
    busybox = shell_layers()[0]["/bin/busybox"]
    only = layout(tmp_path / "only", {"/bin/busybox": busybox}, Entrypoint=["/bin/busybox"], Cmd=["echo", "hello"])
    done = shave("slim", only, "-o", f"oci:{tmp_path}/out:slim", "--format", "json")
    assert (done.code, json.loads(done.out)["changed"]) == (0, False)
    assert (
        (tmp_path / "out" / "index.json")
        .read_text()
        .count(json.loads((tmp_path / "only" / "index.json").read_text())["manifests"][0]["digest"])
    )


def test_thin_evidence_drops_proven_waste_only(shave: Shave, tmp_path: Path) -> None:
    shell = layout(tmp_path / "shell", *shell_layers(), Cmd=["/bin/sh"])
    done = shave("slim", shell, "-o", f"oci:{tmp_path}/out:slim")
    assert done.code == 0, done.err
    assert "thin evidence" in done.out and "probe" in done.out
    kept = paths(f"oci:{tmp_path}/out:slim")
    assert "app/unused" in kept and "usr/share/doc/thing/README" not in kept


def test_a_command_after_two_dashes(shave: Shave, tmp_path: Path) -> None:
    entry = layout(tmp_path / "entry", *shell_layers(), Entrypoint=["/bin/cat"])
    done = shave("slim", entry, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim", "--", "/app/index.html")
    assert done.code == 0, done.err
    assert "app/index.html" in paths(f"oci:{tmp_path}/out:slim")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/bin/sh", "-c", "echo broken >&2; exit 7"], ["does not run", "broken", "7", "-- ARG"]),
        (["/no/such/program"], ["/no/such/program"]),
        (["/bin/cat"], ["-- ARG"]),
    ],
)
def test_an_original_that_does_not_run(shave: Shave, tmp_path: Path, command: list[str], said: list[str]) -> None:
    if command == ["/bin/cat"]:
        command = ["/bin/cat", "/missing"]
    broken = layout(tmp_path / "broken", *shell_layers(), Cmd=command)
    done = shave("slim", broken, "-o", f"oci:{tmp_path}/out:slim")
    assert done.code == 3
    assert all(word in done.err for word in said), done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


def test_another_machine_s_image(shave: Shave, tmp_path: Path) -> None:
    other = layout(tmp_path / "other", *shell_layers(), architecture="s390x", Cmd=["/app/run"])
    done = shave("slim", other, "-o", f"oci:{tmp_path}/out:slim", "--platform", "linux/s390x")
    assert done.code == 3
    assert "s390x" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("slim", "oci:nowhere:x", "-o", "oci:out:x"), 3, "nowhere"),
        (("slim", "docker-archive:nothing.tar", "-o", "oci:out:x"), 3, "nothing.tar"),
        (("slim",), 2, "REF"),
        (("slim", "oci:x:y", "--grain", "coarse"), 2, "coarse"),
        (("slim", "oci:x:y", "-o", "ftp:there"), 2, "ftp:there"),
        (("slim", "docker://localhost:1/x/y", "-o", "oci:out:x"), 3, "localhost:1"),
        (("slim", "a", "b"), 2, "unexpected extra argument"),
        (("polish", "x"), 2, "polish"),
    ],
)
def test_bad_words(shave: Shave, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = shave(*arguments)
    assert (done.code, "Traceback" in done.err) == (code, False)
    assert said in done.err
    assert not list(Path().iterdir())


def test_no_output_is_guessed_for_a_file(shave: Shave, script: str) -> None:
    done = shave("slim", script)
    assert done.code == 2
    assert "-o" in done.err and "slim" in done.err


@pytest.mark.root
def test_a_full_disk(shave: Shave, tmp_path: Path) -> None:
    fat = {"/app/fat": File(os.urandom(2_000_000)), "/app/run": File(b"#!/bin/sh\ncat /app/fat | ls\n", 0o755)}
    script = layout(tmp_path / "fat", shell_layers()[0], fat, Cmd=["/app/run"])
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(full)], check=True)
    try:
        done = shave("slim", script, "--grain", "file", "-o", f"oci:{full}/out:slim")
        assert done.code == 3, done.out + done.err
        assert "Traceback" not in done.err
        assert not any(found.is_file() for found in full.rglob("index.json"))
    finally:
        subprocess.run(["umount", str(full)], check=True)


@pytest.mark.parametrize("after", ["read", "trace", "second run", "verify"])
def test_ctrl_c_leaves_nothing(server: str, tmp_path: Path, after: str) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_STATE_HOME": str(tmp_path / "state")}
    command = [sys.executable, "-m", "shave", "slim", server, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        before = {"read": "reading", "trace": "extract", "second run": "plan", "verify": "build"}[after]
        for line in process.stderr:
            if line.startswith(before):
                break
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(timeout=30) == 130
    assert "Traceback" not in rest
    assert not (tmp_path / "out").exists()
    assert not list((tmp_path / "cache" / "shave" / "work").glob("work-*"))


def test_what_no_container_can_see_goes(shave: Shave, tmp_path: Path) -> None:
    base, _ = shell_layers()
    layers = (base, {"/big": Random(1).randbytes(500_000)}, {"/big": Whiteout()})
    dead = layout(tmp_path / "dead", *layers, Cmd=["/bin/true"])
    done = shave("slim", dead, "-o", f"oci:{tmp_path}/out", "--grain", "waste", "--keep", "**", "--format", "json")
    summary = json.loads(done.out)
    assert (done.code, summary["outcome"]) == (0, "slimmed"), done.err
    assert summary["result"]["unpacked_bytes"] == summary["original"]["content_bytes"]


LATE = "read n < /counter/n; echo $((n + 1)) > /counter/n; if [ $n -ge 2 ]; then cat /late; else echo late; fi"
"""A program that needs a file from its third start on: neither the trace nor the second run shows it."""


@pytest.fixture
def counter(tmp_path: Path) -> str:
    (tmp_path / "counter").mkdir()
    (tmp_path / "counter" / "n").write_text("0\n")
    return f"{tmp_path}/counter:/counter"


def test_the_failing_probe_is_traced_again(shave: Shave, counter: str, tmp_path: Path) -> None:
    base, application = shell_layers()
    made = layout(tmp_path / "late", base, {**application, "/late": b"late\n"}, Cmd=["/bin/sh", "-c", LATE])
    options = ("--mount", counter, "--keep", "/bin/cat", "--format", "json")
    done = shave("slim", made, "-o", f"oci:{tmp_path}/out:slim", *options, "--grain", "file")
    assert done.code == 0, done.err
    [repaired] = json.loads(done.out)["rounds"]
    assert (repaired["means"], repaired["probes"]) == ("retrace", ["start"])
    assert "late" in repaired["added"]
    assert "late" in paths(f"oci:{tmp_path}/out:slim")
    assert "app/unused" not in paths(f"oci:{tmp_path}/out:slim")


def test_a_repaired_result_is_never_larger(shave: Shave, counter: str, tmp_path: Path) -> None:
    base, application = shell_layers()
    twice = Random(1).randbytes(1_500_000) * 2  # gzip looks back 32 KiB, zstd to the first of the two
    files = {**base, **application, "/late": b"late\n", "/twice": twice}
    made = image(files, config={"Cmd": ["/bin/sh", "-c", f"{LATE}; [ $n -lt 2 ] || cat /twice"]}, compression="zstd")
    api.write(made, parse(f"oci:{tmp_path}/twice"))
    options = ("--mount", counter, "--keep", "/bin/cat", "--format", "json", "--allow-unverified")
    done = shave("slim", f"oci:{tmp_path}/twice", "-o", f"oci:{tmp_path}/out", *options, "--grain", "file")
    summary = json.loads(done.out)
    assert summary["result"]["packed_bytes"] <= summary["original"]["packed_bytes"], summary
    assert summary["outcome"] == "unchanged"


@pytest.mark.parametrize("probes", ["", PROBES, '[[probe]]\nname = "once"\ncommand = ["/app/run"]\n'])
def test_the_health_check_goes_on_working(shave: Shave, tmp_path: Path, probes: str) -> None:
    check = {"Test": ["CMD", "/app/check"]}
    base, application = shell_layers()
    application = {**application, "/app/check": File(b"#!/bin/sh\ncat /app/other.html\n", 0o755)}
    server = layout(tmp_path / "server", base, application, Cmd=SERVER, Healthcheck=check)
    (tmp_path / "probes.toml").write_text(probes)
    done = shave(
        "slim", server, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim", "--config", f"{tmp_path}/probes.toml"
    )
    assert done.code == 0, done.err
    wanted = {"app/check", "bin/sh"} | (set() if "once" in probes else {"app/other.html"})
    assert wanted <= paths(f"oci:{tmp_path}/out:slim")
    assert ("healthcheck" in done.out) == ("once" not in probes)


@pytest.mark.parametrize("kind", ["command", "exec"])
def test_a_probe_whose_program_is_not_there(shave: Shave, server: str, tmp_path: Path, kind: str) -> None:
    (tmp_path / "probes.toml").write_text(f'[[probe]]\nname = "typo"\n{kind} = ["/bin/nosuch"]\n')
    done = shave("slim", server, "-o", f"oci:{tmp_path}/out:slim", "--config", f"{tmp_path}/probes.toml")
    assert done.code == 3
    assert "'typo'" in done.err and "/bin/nosuch" in done.err, done.err


def test_an_error_as_an_answer_is_told(shave: Shave, tmp_path: Path) -> None:
    base, application = shell_layers()
    del application["/app/index.html"]
    server = layout(tmp_path / "server", base, application, Cmd=SERVER, ExposedPorts={"8080/tcp": {}})
    done = shave("slim", server, "-o", f"oci:{tmp_path}/out:slim")
    assert done.code == 0, done.err
    assert "answers 404 to GET /" in done.err


def test_details_on_request(shave: Shave, script: str, tmp_path: Path) -> None:
    told = [shave("slim", script, "--dry-run", *more).err for more in ((), ("-v",), ("-q",))]
    assert ["traced by" in err for err in told] == [False, True, False]
    assert told[2] == ""


def test_a_terminated_shave_leaves_nothing(server: str, tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_STATE_HOME": str(tmp_path / "state")}
    command = [sys.executable, "-m", "shave", "slim", server, "--grain", "file", "-o", f"oci:{tmp_path}/out:slim"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if line.startswith("extract"))
        process.terminate()
        assert process.wait(timeout=30) == 130
    assert not list((tmp_path / "cache" / "shave" / "work").glob("work-*"))


def test_an_archive_is_not_written_over_itself(shave: Shave, script: str, tmp_path: Path) -> None:
    archive = f"docker-archive:{tmp_path}/image.tar"
    with api.open(script) as image:
        api.write(image, f"{archive}:app:1")
    done = shave("slim", f"{archive}:app:1", "--grain", "file", "-o", archive)
    assert (done.code, "would be lost" in done.err) == (2, True)
    assert (
        shave("slim", f"{archive}:app:1", "--grain", "file", "-o", f"docker-archive:{tmp_path}/slim.tar:app:1").code
        == 0
    )


@pytest.mark.engine
def test_the_base_is_annotated_by_what_is_known_of_it(shave: Shave, script: str, tmp_path: Path) -> None:
    name = "shave-test/base:1"
    with api.open(script) as image:
        api.write(image, f"docker-daemon:{name}")
        expected = {"org.opencontainers.image.base.digest": image.manifest_digest}
    try:
        for source, known in (
            (script, expected),
            (name, {"org.opencontainers.image.base.name": f"docker.io/{name}"}),
        ):
            target = f"oci:{tmp_path}/out-{len(source)}:slim"
            assert shave("slim", source, "--grain", "file", "-o", target).code == 0
            with api.open(target) as result:
                assert result.manifest.annotations == known
        done = shave("slim", name, "--grain", "file", "-o", f"docker-archive:{tmp_path}/slim.tar", "--format", "json")
        assert json.loads(done.out)["output"].endswith("slim.tar:shave-test/base:1-slim")
    finally:
        subprocess.run(["docker", "rmi", "-f", name], check=True, capture_output=True)
