"""Every tracer through every runner: one image gives one evidence, whoever starts it and as whomever it runs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shave import proc
from shave.errors import CannotError
from shave.events import silent
from shave.evidence import Evidence
from shave.runners import AUTOMATIC
from shave.runners.protocol import Prepared, Runner, Start
from shave.seccomp import docker_profile
from shave.store import unpack
from shave.testing import Directory, File, Symlink, image
from shave.tracers import TRACERS, Tracer
from shave.workspace import workspace

SCRIPT = b"#!/bin/sh\ncd /app; cat /etc/issue inner/file; ls -l .; test -e nope; echo hi > /tmp/out; mkdir /tmp/d\n"
BUSYBOX = Path("/bin/busybox")
MADE = image(
    {
        "/bin/busybox": File(BUSYBOX.read_bytes() if BUSYBOX.exists() else b"", 0o755),
        **{f"/bin/{name}": Symlink("busybox") for name in ("sh", "cat", "ls", "mkdir", "sleep", "test")},
        "/app/run": File(SCRIPT, 0o755),
        "/app/inner": Directory(0o700, 1000, 1000),
        "/app/inner/file": File(b"x", 0o600, 1000, 1000),
        "/etc/passwd": b"root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n",
        "/etc/group": b"root:x:0:\n",
        "/etc/issue": b"",
        "/tmp": Directory(0o1777),
    }
)


@pytest.fixture(scope="module", params=AUTOMATIC, ids=lambda runner: runner.name)
def prepared(request: pytest.FixtureRequest) -> Iterator[Prepared]:
    runner: Runner = request.param
    if refusal := runner.refusal(MADE.config):
        pytest.skip(refusal)
    with workspace() as space:
        (space / "store").mkdir()
        with runner.prepare(unpack(MADE, space / "store", silent), MADE.config, space / "run", silent) as made:
            yield made


@pytest.mark.parametrize("tracer", TRACERS, ids=lambda tracer: tracer.name)
@pytest.mark.parametrize("user", ["", "1000:1000"])
def test_one_evidence(prepared: Prepared, user: str, tracer: Tracer, tmp_path: Path) -> None:
    if user and proc.identity().kind == "single":
        pytest.skip("only root is mapped here")
    if refusal := tracer.refusal():
        pytest.skip(refusal)
    if user and tracer.name == "strace" and os.geteuid():
        with pytest.raises(CannotError, match="may not read"):
            traced(tracer, prepared, user, tmp_path)
        return
    found = traced(tracer, prepared, user, tmp_path)
    how = {access.path: (access.how, access.probes) for access in found.accesses}
    # runc looks at the program before it becomes it. The script's interpreter is the kernel's own open: not seen.
    program, shell = how.pop("/app/run"), how.pop("/bin/sh")
    assert set(program[0]) - {"stat"} == {"executed", "opened"}
    assert (set(shell[0]) - {"stat"}, shell[1]) == ({"executed"}, ("second",))
    started = ("start",)
    expected = {
        "/app": (("listed", "stat"), started),
        "/app/inner": (("stat",), started),
        "/app/inner/file": (("opened",), started),
        "/app/nope": (("absent",), started),
        "/etc/issue": (("opened",), started),
        "/tmp/out": (("created",) if tracer.name == "seccomp" else ("created", "opened"), started),
        "/tmp/d": (("created",), started),
        "/bin/cat": (("executed",), ("second",)),
    }
    assert {path: how.get(path) for path in expected} == expected
    assert "second" in how["/etc/passwd"][1]


def traced(tracer: Tracer, prepared: Prepared, user: str, directory: Path) -> Evidence:
    """The script as one container, then a program executed in another."""
    with tracer.trace(directory) as trace:
        first = Start(("/app/run",), ("PATH=/bin",), user=user)
        with prepared.start(trace.attach(first)) as container:
            assert container.wait(30) == 0, container.logs()
        trace.label("second")
        second = Start(("/bin/sh", "-c", "sleep 60"), ("PATH=/bin",), user=user)
        with prepared.start(trace.attach(second)) as container:
            done = container.execute(["/bin/cat", "/etc/passwd"], 30)
            assert (done.status, done.stdout[:5]) == (0, b"root:"), done
        return trace.evidence(MADE.config_digest)


def test_the_profile_holds_in_every_runner(prepared: Prepared) -> None:
    assert "mount" not in docker_profile().allow
    refused = Start(("/bin/busybox", "mount", "-t", "tmpfs", "none", "/tmp"), ("PATH=/bin",))
    with prepared.start(refused) as container:
        assert container.wait(30) != 0
