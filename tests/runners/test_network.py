"""Entering another process's network."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from shave.runners.network import in_network_of

pytestmark = pytest.mark.root
ALONE = "import ctypes; ctypes.CDLL(None).unshare(0x40000000); print('ready', flush=True); input()"


@pytest.fixture
def alone() -> Iterator[int]:
    """The pid of a process in a network namespace of its own."""
    with subprocess.Popen([sys.executable, "-c", ALONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        yield process.pid
        process.kill()


def test_sockets_and_programs_belong_to_it_and_we_do_not(alone: int) -> None:
    here = [name for _, name in socket.if_nameindex()]
    assert [name for _, name in in_network_of(alone, socket.if_nameindex)] == ["lo"]
    shown = in_network_of(alone, lambda: subprocess.check_output(["cat", "/proc/net/dev"], text=True))
    assert len(shown.splitlines()) == 3
    assert [name for _, name in socket.if_nameindex()] == here


def test_a_process_that_is_gone() -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    with pytest.raises(ProcessLookupError):
        in_network_of(ended.pid, socket.if_nameindex)
