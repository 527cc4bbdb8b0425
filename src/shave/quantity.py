"""Numbers of bytes as people write them."""

import re
from fractions import Fraction

from shave.errors import UsageError

_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}


def parse(text: str, what: str) -> int:
    """Bytes of ``5GB``, ``1.5 MiB`` or ``0``. Raises UsageError that begins with ``what``.

    >>> parse("5GB", "X"), parse("1.5 MiB", "X")
    (5000000000, 1572864)
    """
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)", text, re.ASCII)
    if not found or found[2].upper() not in _UNITS:
        raise UsageError(f"{what} is {text!r}, which is no number of bytes", "write 5GB, 1.5MiB or 0")
    return int(Fraction(found[1]) * _UNITS[found[2].upper()])
