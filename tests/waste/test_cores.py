import struct
import sys
from pathlib import Path

from detected import detected, paths
from shave.waste.cores import find

HEADER = b"\x7fELF\x02\x01\x01" + bytes(9)
CORE = HEADER + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0) + bytes(5000)


def test_what_is_called_core_must_be_one() -> None:
    program = Path(sys.executable).resolve().read_bytes()[:5000]
    (found,) = detected(find, {"core": CORE, "app/core.12": CORE, "usr/bin/core": program, "lib/core": b"text"})
    assert paths(found) == {"core", "app/core.12"}


def test_heap_dumps_by_name() -> None:
    (found,) = detected(find, {"app/java_pid1.hprof": b"JAVA PROFILE"})
    assert paths(found) == {"app/java_pid1.hprof"}
