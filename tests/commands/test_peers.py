"""Peers that die in the middle: one sentence, no half of anything, nothing left."""

import os
import signal
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import leftovers
from cli import Shave, layout, shell_layers
from peers import descendant, dying, running
from shave.testing.registry import registry

ENGINE = "/var/run/docker.sock"
LONG = ("--no-probe", "--", "sh", "-c", "while :; do cat /app/config; sleep 0.05; done")


@pytest.fixture
def source(shave: Shave, tmp_path: Path) -> str:
    """``shave`` gives the directories."""
    return layout(tmp_path / "source", *shell_layers())


def said(process_ended: int, err: str) -> str:
    """The sentence of a failure."""
    assert process_ended == 3, err
    sentence, hint = err.splitlines()[-2:]
    assert hint.startswith("hint: ")
    return sentence


def nothing_left(tmp_path: Path) -> None:
    assert not list(leftovers.workspaces(tmp_path))
    assert not list((tmp_path / "here").iterdir())


@pytest.mark.root
@pytest.mark.parametrize("runner", ["crun", "namespaces"])
@pytest.mark.parametrize("verb", ["trace", "slim"])
def test_the_listener_is_killed(verb: str, runner: str, source: str, tmp_path: Path) -> None:
    target = ["--evidence", "found"] if verb == "trace" else ["-o", "oci:found:1"]
    with running(verb, source, *target, "-q", "--runner", runner, *LONG) as process:
        os.kill(descendant(process.pid, lambda words: "listener.py" in words), signal.SIGKILL)
        assert process.stderr
        assert said(process.wait(60), process.stderr.read()).startswith("shave: the tracer broke")
    nothing_left(tmp_path)


@pytest.mark.root
def test_the_container_is_killed_from_outside(source: str, tmp_path: Path) -> None:
    with running("trace", source, "--evidence", "found", "-q", *LONG) as process:
        os.kill(descendant(process.pid, lambda words: words.startswith("/bin/sh -c while")), signal.SIGKILL)
        assert process.stderr
        said(process.wait(60), process.stderr.read())
    nothing_left(tmp_path)


@pytest.mark.root
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("moment", ["reading", "run", "extract"])
def test_an_interrupt_ends_in_order(moment: str, number: signal.Signals, source: str, tmp_path: Path) -> None:
    with running("slim", source, "-o", "oci:found:1", "-v", "--runner", "namespaces", *LONG) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith(moment):
                break
        process.send_signal(number)
        assert process.wait(60) == 130
        assert "shave: interrupted" in process.stderr.read()
    assert not list(leftovers.living(tmp_path, (), 10))
    assert not list(leftovers.groups(process.pid))
    nothing_left(tmp_path)


@pytest.mark.root
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 0", "the runtime failed: it said nothing, exit status 0"),
        ("kill -SEGV $$", "the runtime failed: it said nothing, signal 11"),
        ("echo garbage > pid; echo why > log; exit 1", "the runtime failed: why"),
    ],
)
def test_a_runtime_that_breaks(shave: Shave, script: str, words: str, source: str, tmp_path: Path) -> None:
    runtime = tmp_path / "bin" / "crun"
    runtime.parent.mkdir()
    runtime.write_text(f"#!/bin/sh\n{script}\n")
    runtime.chmod(0o755)
    done = shave(
        "slim", source, "-o", "oci:out:1", "--runner", "crun", "--", "sh", PATH=f"{runtime.parent}:/usr/bin:/bin"
    )
    assert said(done.code, done.err) == f"shave: {words}"
    nothing_left(tmp_path)


@pytest.mark.engine
@pytest.mark.parametrize("after", [0, 3000, 200_000])
def test_the_engine_dies_in_an_export_or_a_load(shave: Shave, after: int, source: str, tmp_path: Path) -> None:
    name = f"shave-peers:{tmp_path.parent.parent.name}-{after}"
    leftovers.copy(source, f"docker-daemon:{name}")
    try:
        for words in ([f"docker-daemon:{name}", "oci:out:1"], [source, f"docker-daemon:{name}-new"]):
            with TemporaryDirectory(prefix="e-", dir="/tmp") as place, socket.socket(socket.AF_UNIX) as listens:
                listens.bind(f"{place}/s")
                with dying(_engine, listens, after):
                    done = shave("copy", *words, "-q", DOCKER_HOST=f"unix://{place}/s")
            assert said(done.code, done.err).startswith("shave: the container engine at ")
            nothing_left(tmp_path)
        assert leftovers.config_of(f"docker-daemon:{name}-new") == ""
    finally:
        leftovers.forget(f"docker-daemon:{name}")


def _engine() -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.connect(ENGINE)
    return line


@pytest.mark.parametrize("after", [0, 3000, 200_000])
@pytest.mark.parametrize("pull", [True, False], ids=["pull", "push"])
def test_the_registry_dies_in_a_transfer(shave: Shave, pull: bool, after: int, source: str, tmp_path: Path) -> None:
    with registry() as made, socket.socket() as listens:
        leftovers.copy(source, f"docker://{made.host}/there:1")
        listens.bind(("127.0.0.1", 0))
        near = f"127.0.0.1:{listens.getsockname()[1]}"
        host, _, port = made.host.partition(":")
        words = (f"docker://{near}/there:1", "oci:out:1") if pull else (source, f"docker://{near}/new:1")
        with dying(lambda: socket.create_connection((host, int(port))), listens, after):
            done = shave("copy", *words, "-q")
        assert near in said(done.code, done.err)
        assert "1" not in made.repository("new").tags
    nothing_left(tmp_path)
