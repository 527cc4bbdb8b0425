"""A shave that runs, and peers of it that die: processes it started, and whoever is at the other end of a line."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from leftovers import below

_CHUNK = 1 << 14


@contextmanager
def running(*words: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """``shave WORDS`` as a process of its own session."""
    with subprocess.Popen(
        [sys.executable, "-m", "shave", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def descendant(pid: int, wanted: Callable[[str], bool]) -> int:
    """Wait for a process below ``pid`` whose command line is wanted."""
    for _ in range(600):
        for found in below(pid):
            with suppress(OSError):
                if wanted(Path(f"/proc/{found}/cmdline").read_bytes().replace(b"\0", b" ").decode()):
                    return found
        time.sleep(0.05)
    raise AssertionError(f"no such process below {pid}")


@contextmanager
def dying(connect: Callable[[], socket.socket], listens: socket.socket, after: int) -> Iterator[None]:
    """Somebody who passes everything on, and is gone for good after ``after`` bytes in both directions together."""
    passed, lines = [0], [listens]

    def die() -> None:
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def copy(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(_CHUNK):
                passed[0] += len(data)
                if passed[0] > after:
                    die()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, far = listens.accept()[0], connect()
                lines.extend((near, far))
                for pair in ((near, far), (far, near)):
                    Thread(target=copy, args=pair, daemon=True).start()

    listens.listen()
    Thread(target=serve, daemon=True).start()
    try:
        yield
    finally:
        die()
