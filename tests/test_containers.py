"""Whose a container is, and what an engine is able to."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shave.containers import OWNER, clear, connected, created, has_died, is_local, owner
from shave.errors import CannotError
from shave.reference import parse
from shave.sources import write_image
from shave.testing import File, image

NAME = "shave-test/containers:1"


@pytest.fixture(scope="module")
def name() -> Iterator[str]:
    """A busybox in the engine."""
    made = image({"/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755)})
    write_image(made, parse(f"docker-daemon:{NAME}"))
    yield NAME
    subprocess.run(["docker", "rmi", NAME], check=True, capture_output=True)


def test_an_owner_is_dead_only_for_certain() -> None:
    machine, boot, space, pid, started = owner().split("-")
    assert int(pid) == os.getpid()
    assert not has_died(owner())
    assert has_died("-".join((machine, boot, space, pid, "1")))  # the number has gone to another process
    assert has_died("-".join((machine, boot, space, "0", started)))
    assert has_died("-".join((machine, "00000000", space, pid, started)))  # before a reboot
    assert not has_died("-".join(("elsewhere", boot, space, pid, "1")))
    assert not has_died("-".join((machine, boot, "1", pid, "1")))  # in a container of its own
    assert not has_died("") and not has_died("a-b")


def test_an_owner_fits_into_a_tag() -> None:
    assert len(owner()) < 120 and set(owner()) <= set("0123456789abcdef-")


def test_of_a_process_that_has_ended() -> None:
    code = "from shave.containers import owner; print(owner())"
    said = subprocess.check_output([sys.executable, "-c", code], text=True).strip()
    assert said != owner() and has_died(said)


@pytest.mark.engine
def test_files_go_in_and_out(name: str) -> None:
    from shave.sources.archive import write_tar

    with connected() as engine, created(engine, {"Image": name, "Cmd": ["/bin/busybox", "cat", "/in/a"]}) as container:
        container.put("/", write_tar([("in/a", 5, [b"hello"])]))
        attached = container.attach()
        container.start()
        assert list(attached.frames()) == [(1, b"hello")]
        assert container.wait() == 0
        attached.close()
        assert b"hello" in b"".join(container.get("/in"))
        with pytest.raises(CannotError):
            list(container.get("/nothing"))
        container.signal("SIGTERM")
        container.remove()
        container.remove()
        with pytest.raises(CannotError):
            container.start()


@pytest.mark.engine
def test_only_what_dead_owners_left_is_cleared(name: str) -> None:
    body = {"Image": name, "Cmd": ["/bin/busybox", "true"]}
    with connected() as engine:
        api = engine.client.api
        parts = owner().split("-")
        labels = {"dead": "-".join((*parts[:3], "0", "1")), "foreign": "-".join(("f" * 12, *parts[1:]))}
        made = {
            word: api.create_container(name, ["/bin/busybox"], labels={OWNER: label})["Id"]
            for word, label in labels.items()
        }
        with created(engine, body) as ours:
            clear(engine)
            left = {found["Id"] for found in api.containers(all=True)}
            assert ours.id in left and made["foreign"] in left and made["dead"] not in left
        api.remove_container(made["foreign"])


@pytest.mark.engine
def test_where_the_engine_is() -> None:
    with connected() as engine:
        assert is_local(engine)
        engine.address = "ssh://elsewhere"
        assert not is_local(engine)
