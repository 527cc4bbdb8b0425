"""Images that really fail, each in its way, started by each runner: what is seen has a name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shave.config import Settings
from shave.diagnosis import Cause, Diagnosis
from shave.errors import CannotError, NotRunningError
from shave.events import silent
from shave.probe import Http, Probe, Ready, RunOptions
from shave.runners import choose
from shave.runners.protocol import Prepared
from shave.store import unpack
from shave.testing import File, Symlink, image
from shave.verbs.examined import Examined, examined

BUSYBOX = Path("/bin/busybox").read_bytes()
FOREIGN = BUSYBOX[:18] + b"\xff" + BUSYBOX[19:]
TREE: dict[str, Any] = {
    "/bin/busybox": File(BUSYBOX, 0o755),
    **{f"/bin/{name}": Symlink("busybox") for name in ("sh", "sleep", "httpd")},
    "/www/index.html": b"hello\n",
    "/x/plain": File(BUSYBOX, 0o644),
    "/x/foreign": File(FOREIGN, 0o755),
    "/x/loaderless": File(Path("/bin/cat").read_bytes(), 0o755),
    "/x/script": File(b"#!/bin/none\n", 0o755),
    "/x/windows": File(b"#!/bin/sh\r\n", 0o755),
    "/x/text": File(b"hello\n", 0o755),
}
FAILING: list[tuple[dict[str, Any], Cause]] = [
    ({"Cmd": ["/x/gone"]}, "command-missing"),
    ({"Cmd": ["gone"]}, "command-missing"),
    ({"Cmd": ["/bin/bash", "-c", "true"]}, "shell-missing"),
    ({"Cmd": ["/x/plain"]}, "not-executable"),
    ({"Cmd": ["/x/foreign"]}, "wrong-architecture"),
    ({"Cmd": ["/x/loaderless"]}, "loader-missing"),
    ({"Cmd": ["/x/script"]}, "interpreter-missing"),
    ({"Cmd": ["/x/windows"]}, "carriage-return"),
    ({"Cmd": ["/x/text"]}, "not-a-program"),
    ({"Cmd": ["sh"], "User": "nobody"}, "user-unknown"),
    ({"Cmd": ["sh"], "User": "0:staff"}, "user-unknown"),
    ({"Cmd": ["sh"], "WorkingDir": "/x/text"}, "workdir-not-directory"),
    ({"Cmd": ["sh", "-c", "gone"]}, "command-missing"),
    ({"Cmd": ["sh", "-c", "sh -c 'kill -SEGV $$'; exit $?"]}, "segmentation-fault"),
    ({"Cmd": ["sh", "-c", "exit 3"]}, "exits-nonzero"),
]
PLAIN = RunOptions()
SERVER = ["httpd", "-f", "-p", "8080", "-h", "/www"]


@contextmanager
def prepared(directory: Path, runner: str) -> Iterator[Prepared]:
    made = image(TREE)
    for name in ("unpacked", "prepared"):
        (directory / name).mkdir()
    unpacked = unpack(made, directory / "unpacked", silent)
    with choose(runner, made.config).prepare(unpacked, made.config, directory / "prepared", silent) as ready:
        yield ready


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    with prepared(tmp_path_factory.mktemp("ready"), "auto") as found:
        yield found


def ran(ready: Prepared, *probes: Probe, options: RunOptions = PLAIN, **config: Any) -> Examined:
    return examined(ready, image({}, config=config).config, Settings(options, probes), predicted(config))


def predicted(config: dict[str, Any]) -> tuple[Diagnosis, ...]:
    """What doctor says where the kernel says the same of several things."""
    known: dict[str, Cause] = {
        "/x/foreign": "wrong-architecture",
        "/x/script": "interpreter-missing",
        "/x/windows": "carriage-return",
    }
    return tuple(Diagnosis(cause, "") for path, cause in known.items() if path in config["Cmd"])


def causes(ready: Prepared) -> list[Cause | None]:
    found = [ran(ready, **config) for config, _ in FAILING]
    assert all(each.probe == "start" and each.failure for each in found)
    return [each.observed.cause if each.observed else None for each in found]


@pytest.mark.root
@pytest.mark.parametrize("runner", ["crun", "runc", "namespaces"])
def test_each_failure_has_its_name(runner: str, tmp_path: Path) -> None:
    with prepared(tmp_path, runner) as ready:
        assert causes(ready) == [cause for _, cause in FAILING]


@pytest.mark.engine
@pytest.mark.root
def test_an_engine_says_the_same(tmp_path: Path) -> None:
    with prepared(tmp_path, "docker") as ready:
        assert causes(ready) == [cause for _, cause in FAILING]


@pytest.mark.root
def test_what_ends_with_0_works(ready: Prepared) -> None:
    found = ran(ready, Cmd=["sh", "-c", "sleep 0.2; echo done"])
    assert (found.observed, found.probe, found.status, found.shown) == (None, "", 0, "done")
    assert found.seconds is not None and found.peak_memory_bytes is not None
    assert 100_000 < found.peak_memory_bytes < 10_000_000


@pytest.mark.root
def test_what_becomes_ready_works_until_a_probe_fails(ready: Prepared) -> None:
    page = Probe("page", http=Http("http://localhost:8080/"))
    absent = Probe("absent", http=Http("http://localhost:8080/absent"))
    works = ran(ready, page, Cmd=SERVER)
    fails = ran(ready, page, absent, Cmd=SERVER)
    assert (works.observed, works.status) == (None, None)
    assert works.peak_memory_bytes and works.seconds
    assert fails.observed is not None and fails.observed.text == "it answers with status 404"
    assert (fails.probe, fails.failure) == ("absent", "it answers with status 404")


@pytest.mark.root
def test_a_program_in_the_container_fails_for_a_reason(ready: Prepared) -> None:
    found = ran(ready, Probe("inside", exec=("/bin/sh", "-c", "/x/loaderless")), Cmd=SERVER)
    assert found.observed is not None and found.observed.cause == "command-missing"
    assert found.probe == "inside"


@pytest.mark.root
def test_what_never_answers_was_never_ready(ready: Prepared) -> None:
    options = RunOptions(ready=Ready(tcp="localhost:9", timeout=0.5))
    found = ran(ready, Probe("port", tcp="localhost:9"), options=options, Cmd=["sleep", "60"])
    assert found.observed is not None
    assert (found.observed.cause, found.seconds, found.status) == ("never-ready", None, None)


@pytest.mark.root
def test_what_ends_well_but_too_soon_was_never_ready(ready: Prepared) -> None:
    found = ran(ready, Probe("port", tcp="localhost:9"), Cmd=["sh", "-c", "exit 0"])
    assert found.observed is not None
    assert (found.observed.cause, found.observed.text) == (
        "never-ready",
        "it ended with status 0 before it could be asked",
    )


@pytest.mark.root
def test_an_image_without_a_command_does_not_run(ready: Prepared) -> None:
    with pytest.raises(NotRunningError):
        examined(ready, image({}).config, Settings())


class Dead:
    """An engine that is gone."""

    def start(self, start: object) -> None:
        raise CannotError("the container engine at /run/docker.sock failed: no such file or directory")


def test_what_the_machine_cannot_do_says_nothing_of_the_image() -> None:
    config = image({}, config={"Cmd": ["sh"]}).config
    with pytest.raises(CannotError, match="engine"):
        examined(Dead(), config, Settings())  # type: ignore[arg-type]
