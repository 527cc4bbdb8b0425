"""The door to programs of others that may be missing: podman, ctr."""

import io
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from shave.errors import CannotError

_WORDS = 500
_CHUNK = 1 << 20


def answer(command: Sequence[str], hint: str) -> str:
    """What the program prints, at most 16 MiB of it. Raises CannotError in its own words if it fails or is missing.

    ``hint`` is what to do about that.
    """
    with output(command, hint) as stream:
        return stream.read(16 << 20).decode(errors="replace")


def output(command: Sequence[str], hint: str) -> BinaryIO:
    """What the program prints while it runs. Its failure is raised as CannotError where the stream ends; whoever
    closes the stream before ends the program.
    """
    with ExitStack() as starting:
        errors = starting.enter_context(TemporaryFile())
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        except OSError as error:
            raise CannotError(f"{command[0]} cannot be started: {error.strerror}", hint) from error
        starting.pop_all()
    return cast(BinaryIO, io.BufferedReader(_Output(command[0], process, errors, hint), _CHUNK))


class _Output(io.RawIOBase):
    def __init__(self, name: str, process: "subprocess.Popen[bytes]", errors: BinaryIO, hint: str) -> None:
        assert process.stdout
        self._name, self._process, self._pipe, self._errors, self._hint = name, process, process.stdout, errors, hint

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        count = cast(io.BufferedReader, self._pipe).readinto1(buffer)
        if not count and self._process.wait():
            raise CannotError(f"{self._name} failed: {self._words()}", self._hint)
        return count

    def close(self) -> None:
        if not self.closed:
            self._process.kill()
            self._process.wait()
            self._pipe.close()
            self._errors.close()
        super().close()

    def _words(self) -> str:
        """Its last line: what comes before is progress and warnings."""
        self._errors.seek(max(0, self._errors.seek(0, io.SEEK_END) - _WORDS))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].removeprefix("Error: ") if lines else f"it ended with status {self._process.returncode}"
