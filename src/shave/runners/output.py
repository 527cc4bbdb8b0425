"""What programs write, bounded: the newest bytes are kept."""

import os
import selectors
import threading
from collections.abc import Sequence

from shave.runners.protocol import Output

LIMIT_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 16


class Tail:
    """The last ``LIMIT_BYTES`` of what was added."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, data: bytes) -> None:
        """Add bytes at the end. Twice the limit is held for a while, so that cutting costs nothing on the average."""
        self._bytes += data
        if len(self._bytes) > 2 * LIMIT_BYTES:
            del self._bytes[:-LIMIT_BYTES]

    def value(self) -> bytes:
        """What is kept."""
        return bytes(self._bytes[-LIMIT_BYTES:])


class Watched:
    """A program as it is seen from outside: what it wrote so far, and how it ended."""

    def __init__(self) -> None:
        self._tails = (Tail(), Tail())
        self._status: int | None = None
        self._ended = threading.Event()

    def logs(self) -> Output:
        """stdout and stderr so far."""
        return self._tails[0].value(), self._tails[1].value()

    def wait(self, timeout: float) -> int | None:
        """The exit status, or None if it still runs."""
        self._ended.wait(timeout)
        return self._status


def read_some(selector: selectors.BaseSelector, events: Sequence[tuple[selectors.SelectorKey, int]]) -> None:
    """Read once from each ready pipe into its Tail; a pipe at its end is closed and forgotten."""
    for key, _ in events:
        if isinstance(key.data, Tail):
            data = os.read(key.fd, _CHUNK_BYTES)
            if data:
                key.data.add(data)
            else:
                selector.unregister(key.fd)
                os.close(key.fd)
