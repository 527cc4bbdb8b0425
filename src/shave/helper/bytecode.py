"""Compiled modules for the helper, taken over from this machine's: compiling them anew would cost each job a second.

Source: importlib's pyc format, PEP 552.
"""

import struct
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

_HEADER = struct.Struct("<4sIII")
_UNCHECKED_HASH = 1


def compiled(path: str) -> tuple[str, bytes] | None:
    """Place and bytes of the module compiled from the source at ``path``; None without one, or if it is old.

    It is marked to be taken without a look at the source's time, which the helper's files do not have.
    """
    cached = Path(cache_from_source(path))
    try:
        data, source, status = cached.read_bytes(), Path(path).read_bytes(), Path(path).stat()
    except OSError:
        return None
    expected = _HEADER.pack(MAGIC_NUMBER, 0, int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)
    if data[: _HEADER.size] != expected:
        return None
    header = MAGIC_NUMBER + struct.pack("<I", _UNCHECKED_HASH) + source_hash(source)
    return str(cached), header + data[_HEADER.size :]
