"""Sparse files that claim what nobody could hold."""

from hostile.case import Case, members, tars
from hostile.tars import base256, header, long, padded, pax

EXABYTE = 10**18


def number(value: int) -> bytes:
    return b"%011o\0" % value if 0 <= value < 8**11 else base256(value, 12)


def old(*numbers: int, size: int = EXABYTE, stored: bytes = b"", more: bytes = b"\0") -> bytes:
    """GNU's old form: up to four segments in the header, more in blocks that follow."""
    fields = [number(value) for value in numbers]
    table = b"".join(fields).ljust(96, b"\0")
    tail = bytes(41) + table + more + number(size)
    return header(b"s", b"S", len(stored), magic=b"ustar  \0", tail=tail) + padded(stored)


def one(text: bytes, size: int = 100, stored: bytes = b"") -> list[bytes]:
    """The 1.0 form: the map in front of the body."""
    said = pax(
        (b"GNU.sparse.major", b"1"),
        (b"GNU.sparse.minor", b"0"),
        (b"GNU.sparse.name", b"s"),
        (b"GNU.sparse.realsize", b"%d" % size),
    )
    kept = padded(text) + stored
    return [said, header(b"GNUSparseFile.0/s", size=len(kept)) + padded(kept)]


def listed(numbers: bytes, size: bytes = b"100", stored: bytes = b"") -> list[bytes]:
    """The 0.1 form: the map as one record."""
    return [
        pax((b"GNU.sparse.map", numbers), (b"GNU.sparse.size", size)),
        header(b"s", size=len(stored)) + padded(stored),
    ]


TOO_LARGE = "too large for this machine"

CASES = (
    Case(
        "a hole of an exabyte, old form",
        members([old(EXABYTE, 0)]),
        tree={"s": f"file of {EXABYTE} bytes"},
        extract=TOO_LARGE,
    ),
    Case("a hole of an exabyte, form 1.0", members(one(b"1\n999\n1\n", EXABYTE, b"x")), extract=TOO_LARGE),
    Case("a hole of an exabyte, form 0.1", members(listed(b"%d,0" % EXABYTE, b"%d" % EXABYTE)), extract=TOO_LARGE),
    Case(
        "2047 directories beside a terabyte of nothing",
        members([long(b"/".join([b"d"] * 2047)), header(b"d"), old(size=1 << 40)]),
    ),
    Case("a file of 2^63 bytes", members([old(size=1 << 63)]), says="is impossible"),
    Case("a file of -1 bytes", members([old(size=-1)]), says="is impossible"),
    Case(
        "segments that overlap", members([old(0, 5, 3, 5, size=100, stored=b"0123456789")]), says="contradicts itself"
    ),
    Case(
        "segments out of order", members([old(50, 5, 0, 5, size=100, stored=b"0123456789")]), says="contradicts itself"
    ),
    Case("a segment past the end", members([old(99, 5, size=100, stored=b"01234")]), says="contradicts itself"),
    Case("a segment of negative length", members([old(9, -5, size=100)]), says="contradicts itself"),
    Case("a segment at a negative place", members([old(-9, 5, size=100, stored=b"01234")]), says="contradicts itself"),
    Case("a map that promises another", tars(old(0, 0, more=b"\1")), says="cut off"),
    Case("a map larger than its file", members([old(0, 5, size=100)]), says="disagrees with its size"),
    Case("a count that lies", members(one(b"9\n0\n1\n", stored=b"x")), says="cut off"),
    Case("a count of 10^18", members(one(b"%d\n" % EXABYTE)), says="cut off"),
    Case("a count that is no number", members(one(b"x\n")), says="not a list of numbers"),
    Case("a map without an end", members(one(b"1" * 600)), says="cut off"),
    Case("numbers that are odd", members(listed(b"1,2,3")), says="cut off"),
    Case("numbers with signs", members(listed(b"-1,-2")), says="not a list of numbers"),
    Case(
        "a sparse form nobody knows", members([pax((b"GNU.sparse.major", b"2")), header(b"s")]), says="unknown format"
    ),
    Case("a hundred thousand holes", members(listed(b",".join(b"%d,0" % n for n in range(100_000)), b"100001"))),
)
