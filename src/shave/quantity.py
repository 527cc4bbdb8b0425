"""Numbers of bytes, bits per second and seconds as people write them."""

import re
from fractions import Fraction

from shave.errors import UsageError

_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
_RATES = {
    **{f"{prefix}bit/s": 10**power for prefix, power in (("", 0), ("k", 3), ("M", 6), ("G", 9))},
    **{f"{prefix}B/s": 8 * 10**power for prefix, power in (("k", 3), ("M", 6), ("G", 9))},
    **{f"{prefix}B/s": 8 << shift for prefix, shift in (("Ki", 10), ("Mi", 20), ("Gi", 30))},
}
_TIMES = {"ms": Fraction(1, 1000), "s": Fraction(1)}


def parse(text: str, what: str) -> int:
    """Bytes of ``5GB``, ``1.5 MiB`` or ``0``. Raises UsageError that begins with ``what``.

    >>> parse("5GB", "X"), parse("1.5 MiB", "X")
    (5000000000, 1572864)
    """
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)", text, re.ASCII)
    if not found or found[2].upper() not in _UNITS:
        raise UsageError(f"{what} is {text!r}, which is no number of bytes", "write 5GB, 1.5MiB or 0")
    return int(Fraction(found[1]) * _UNITS[found[2].upper()])


def rate(text: str, what: str) -> int:
    """Bits per second of ``1Mbit/s`` or ``1.5 MiB/s``, at least one; b is no unit, for it may be either. Raises
    UsageError that begins with ``what``.

    >>> rate("1Mbit/s", "X"), rate("1.5 MB/s", "X")
    (1000000, 12000000)
    """
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([A-Za-z]+/s)", text, re.ASCII)
    bits = int(Fraction(found[1]) * _RATES[found[2]]) if found and found[2] in _RATES else 0
    if not bits:
        raise UsageError(
            f"{what} is {text!r}, which is no speed of a link", f"write 1Mbit/s; units: {', '.join(_RATES)}"
        )
    return bits


def duration(text: str, what: str) -> float:
    """Seconds of ``50ms`` or ``1.5s``. Raises UsageError that begins with ``what``.

    >>> duration("50ms", "X")
    0.05
    """
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(ms|s)", text, re.ASCII)
    if not found:
        raise UsageError(f"{what} is {text!r}, which is no time", "write 50ms or 1.5s")
    return float(Fraction(found[1]) * _TIMES[found[2]])
