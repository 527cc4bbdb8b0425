"""Headers and extended headers that lie about themselves."""

from hostile.case import Case, later, members, tars
from hostile.tars import BLOCK, END, base256, file, header, long, padded, pax, raw_pax, stream

GOOD = file(b"f", b"x")


def body(text: bytes) -> list[bytes]:
    """A file whose extended header has this text."""
    return [raw_pax(text), GOOD]


CASES = (
    Case("no bytes at all", tars(b""), tree={}),
    Case("nothing but the end", tars(END), tree={}),
    Case("no end", tars(GOOD), tree={"f": b"x"}),
    Case("half an end", tars(GOOD + bytes(BLOCK)), tree={"f": b"x"}),
    Case("an end in the middle", tars(GOOD + bytes(BLOCK) + GOOD), says="between tar headers"),
    Case("garbage after the end", tars(stream(GOOD) + b"garbage" * 1000), tree={"f": b"x"}),
    Case("another tar after the end", tars(stream(GOOD) + stream(file(b"g", b"y"))), tree={"f": b"x"}),
    Case("no tar but text", tars(b"#!/bin/sh\n" * 100), says="no tar header"),
    Case("a tar in a file of a tar", members([file(b"f.tar", stream(GOOD))]), tree={"f.tar": stream(GOOD)}),
    Case("a wrong checksum", tars(stream(header(b"f", checksum=b"000001\0 "))), says="checksum is wrong"),
    Case("a checksum that is no number", tars(stream(header(b"f", checksum=b"0x1234\0 "))), says="checksum is wrong"),
    Case("a header cut in half", tars(GOOD + GOOD[:100]), says="cut off"),
    Case("a body cut off", tars(header(b"f", size=10_000) + b"x" * 600), says="cut off"),
    Case("padding cut off", tars(header(b"f", size=3) + b"xyz"), tree={"f": b"xyz"}),
    Case("a size of 8 GiB", tars(stream(header(b"f", size=8**11 - 1))), says="cut off"),
    Case("a size of 8 EiB", tars(stream(header(b"f", size=base256((1 << 63) - 1, 12)))), says="cut off"),
    Case("a size of 2^95", tars(stream(header(b"f", size=b"\xff" + b"\x7f" * 11))), says="is impossible"),
    Case("a negative size", tars(stream(header(b"f", size=base256(-512, 12)))), says="is impossible"),
    Case("a size with a sign", tars(stream(header(b"f", size=b"-0000000001"))), says="is not octal"),
    Case("a size in hexadecimal", tars(stream(header(b"f", size=b"0x10"))), says="is not octal"),
    Case("a size with nines", tars(stream(header(b"f", size=b"00000000999"))), says="is not octal"),
    Case("an owner of base 256", members([file(b"f", b"x", uid=base256(1 << 40, 8))]), says="owner"),
    Case("a negative owner", members([file(b"f", b"x", gid=base256(-1, 8))]), says="group"),
    Case("a time before all times", members([file(b"f", b"x", mtime=base256(-(1 << 90), 12))]), tree={"f": b"x"}),
    Case("a time after all times", members([file(b"f", b"x", mtime=base256(1 << 90, 12))]), tree={"f": b"x"}),
    Case("an extended header of a directory", members([header(b"d/", b"x", 0), GOOD]), tree={"f": b"x"}),
    Case("an extended header alone", members([pax((b"path", b"g"))]), says="cut off"),
    Case(
        "an extended header of 10 MiB",
        later(lambda: members([pax((b"comment", b"x" * (10 << 20))), GOOD])),
        says="is impossible",
    ),
    Case(
        "an extended header of a negative size",
        members([header(b"x", b"x", base256(-1, 12)), GOOD]),
        says="is impossible",
    ),
    Case("a GNU name of 10 MiB", later(lambda: members([long(b"n" * (10 << 20)), GOOD])), says="is impossible"),
    Case("a GNU name without a NUL", members([long(b"name"), GOOD]), tree={"name": b"x"}),
    Case("GNU names in a row", members([long(b"a"), long(b"b"), long(b"c"), GOOD]), tree={"c": b"x"}),
    Case("a GNU name and a pax path", members([long(b"gnu"), pax((b"path", b"pax")), GOOD]), tree={"gnu": b"x"}),
    Case("extended headers in a row", members([pax((b"path", b"a")), pax((b"path", b"b")), GOOD]), tree={"b": b"x"}),
    Case("a million bytes of empty headers", members([*[raw_pax(b"")] * 2000, GOOD]), tree={"f": b"x"}),
    Case("one pax key twice", members([pax((b"path", b"a"), (b"path", b"b")), GOOD]), tree={"b": b"x"}),
    Case("a global path", members([pax((b"path", b"g"), kind=b"g"), GOOD]), tree={"f": b"x"}),
    Case("a global size", members([pax((b"size", b"0"), kind=b"g"), GOOD]), tree={"f": b"x"}),
    Case("a pax size that is larger", tars(stream(pax((b"size", b"99999")), GOOD)), says="cut off"),
    Case("a pax size that is negative", members([pax((b"size", b"-1")), GOOD]), says="size is not a number"),
    Case("a pax size with a point", members([pax((b"size", b"1.0")), GOOD]), says="size is not a number"),
    Case("a pax size with an exponent", members([pax((b"size", b"1e3")), GOOD]), says="size is not a number"),
    Case("a pax size of twenty digits", members([pax((b"size", b"9" * 20)), GOOD]), says="size is not a number"),
    Case("a pax size beyond 2^63", members([pax((b"size", b"9" * 19)), GOOD]), says="is impossible"),
    Case("a pax size in other digits", members([pax((b"size", "٣".encode())), GOOD]), says="size is not a number"),
    Case(
        "a pax size that hides a header",
        members(
            [
                pax((b"size", b"1024")),
                header(b"f", size=0) + padded(b"x" * 512),
                file(b"hidden")[:BLOCK],
                file(b"g", b"y"),
            ]
        ),
    ),
    Case("a pax owner beyond 2^32", members([pax((b"uid", b"4294967296")), GOOD]), says="owner"),
    Case("a pax time that is no number", members([pax((b"mtime", b"nan")), GOOD]), says="time is not a number"),
    Case("a pax time with an exponent", members([pax((b"mtime", b"1e400")), GOOD]), says="time is not a number"),
    Case("a pax time after all times", members([pax((b"mtime", b"9" * 20)), GOOD]), tree={"f": b"x"}),
    Case("a record without a length", members(body(b"path=a\n")), says="has no length"),
    Case("a record of length 0", members(body(b"0 path=a\n")), says="length is wrong"),
    Case("a record of a negative length", members(body(b"-9 path=a\n")), says="has no length"),
    Case("a record longer than its header", members(body(b"99 path=a\n")), says="length is wrong"),
    Case("a record of 10^18 bytes", members(body(b"%d path=a\n" % 10**18)), says="length is wrong"),
    Case("a record without an end", members(body(b"9 path=abc")), says="length is wrong"),
    Case("a record without a value", members(body(b"8 path1\n")), says="length is wrong"),
    Case("a record without a key", members(body(b"5 =1\n")), says="length is wrong"),
)

ATTRIBUTES = (
    Case("an attribute without a name", members([pax((b"SCHILY.xattr.", b"x")), GOOD]), says="extended attribute"),
    Case(
        "an attribute with a NUL in its name",
        members([pax((b"SCHILY.xattr.user.a\0b", b"x")), GOOD]),
        says="extended attribute",
    ),
    Case(
        "an attribute with a name of 300 bytes",
        members([pax((b"SCHILY.xattr.user." + b"n" * 300, b"x")), GOOD]),
        says="extended attribute",
    ),
    Case(
        "an attribute of 100 KB",
        members([pax((b"SCHILY.xattr.user.a", b"x" * 100_000)), GOOD]),
        says="extended attribute",
    ),
    Case(
        "an attribute of overlayfs",
        members([pax((b"SCHILY.xattr.trusted.overlay.opaque", b"y")), GOOD]),
        tree={"f": b"x"},
    ),
    Case("an attribute of no class", members([pax((b"SCHILY.xattr.hello", b"y")), GOOD]), tree={"f": b"x"}),
    Case(
        "a capability that is none",
        members([pax((b"SCHILY.xattr.security.capability", b"\xff" * 20)), GOOD]),
        tree={"f": b"x"},
    ),
    Case(
        "an access list that is none",
        members([pax((b"SCHILY.xattr.system.posix_acl_access", b"\xff" * 9)), GOOD]),
        tree={"f": b"x"},
    ),
    Case(
        "ten thousand attributes", members([pax(*((b"SCHILY.xattr.user.a%d" % n, b"x") for n in range(10_000))), GOOD])
    ),
    Case("an attribute that is not base64", members([pax((b"LIBARCHIVE.xattr.user.a", b"%%")), GOOD])),
)
