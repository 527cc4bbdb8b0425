"""The command line in a process of its own, and what it takes."""

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

_INTERVAL = 0.02


class Run(Struct, frozen=True):
    """How ``shave …`` ended: its exit code, all it said, wall time, and the most memory and disk it held, in bytes."""

    code: int
    said: str
    seconds: float
    memory_bytes: int
    disk_bytes: int


def shave(home: Path, *arguments: str, **environment: str) -> Run:
    """Run it with all that it keeps below ``home``, looking at it fifty times a second."""
    private = dict.fromkeys(("XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR"), str(home))
    begun = time.monotonic()
    with (home / "said").open("w+b") as said:
        command = [sys.executable, "-m", "shave", *arguments]
        with subprocess.Popen(command, stdout=said, stderr=said, env=os.environ | private | environment) as process:
            memory = disk = 0
            while process.poll() is None:
                memory, disk = max(memory, _memory(process.pid)), max(disk, _disk(home))
                time.sleep(_INTERVAL)
        said.seek(0)
        text = said.read().decode(errors="replace")
    return Run(process.returncode, text, time.monotonic() - begun, memory, disk)


def _memory(pid: int) -> int:
    """The most it was resident. getrusage(2) would count what its parent was before execve(2)."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc", str(pid), "status").read_text())
        return int(found[1]) << 10 if found else 0
    return 0


def _disk(directory: Path) -> int:
    total = 0
    for where, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):
                total += Path(where, name).lstat().st_blocks * 512
    return total
