"""The records of pax extended headers (POSIX.1-2017, pax, "pax Extended Header"), read and written."""

from collections.abc import Iterable

from shave.errors import BadImageError

XATTR = "SCHILY.xattr."
NANOSECONDS = 10**9


def parse(data: bytes) -> list[tuple[str, bytes]]:
    """The ``LENGTH KEY=VALUE\\n`` records in order. Raises BadImageError where a record's length is a lie."""
    records: list[tuple[str, bytes]] = []
    at, end = 0, len(data)
    while at < end:
        space = data.find(b" ", at, at + 20)
        digits = data[at:space]
        if space < 0 or not digits.isdigit():
            raise BadImageError("a pax record has no length")
        stop = at + int(digits)
        key, equals, value = data[space + 1 : stop - 1].partition(b"=")
        if stop > end or stop <= space + 2 or data[stop - 1] != 0x0A or not key or not equals:
            raise BadImageError("a pax record's length is wrong")
        records.append((key.decode("utf-8", "surrogateescape"), value))
        at = stop
    return records


def serialise(records: Iterable[tuple[str, bytes]]) -> bytes:
    """The body of an extended header that holds ``records``."""
    return b"".join(_record(key.encode("utf-8", "surrogateescape"), value) for key, value in records)


def _record(key: bytes, value: bytes) -> bytes:
    rest = len(key) + len(value) + 3
    size = rest + len(str(rest))
    # The length counts its own digits, which may make it one digit longer.
    size = rest + len(str(size))
    return b"%d %s=%s\n" % (size, key, value)


def parse_time(value: bytes) -> int:
    """Nanoseconds since the epoch of a decimal such as ``-1.25``; digits past the ninth are cut."""
    whole, _, fraction = value.partition(b".")
    negative = whole.startswith(b"-")
    digits = whole[1:] if negative else whole
    if not digits.isdigit() or len(digits) > 20 or (fraction and not fraction.isdigit()):
        raise BadImageError(f"a pax time is not a number: {value[:40]!r}")
    amount = int(digits) * NANOSECONDS + int(fraction[:9].ljust(9, b"0"))
    return -amount if negative else amount


def format_time(nanoseconds: int) -> bytes:
    """The shortest decimal that ``parse_time`` reads back as ``nanoseconds``."""
    seconds, rest = divmod(abs(nanoseconds), NANOSECONDS)
    text = f"{seconds}.{rest:09}".rstrip("0").rstrip(".") if rest else str(seconds)
    return (("-" if nanoseconds < 0 else "") + text).encode()
