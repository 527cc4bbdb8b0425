"""Names that lead out, that cannot be, and that look like others."""

from hostile.case import Case, members
from hostile.tars import OUT, directory, file, hardlink, header, long, pax, symlink

ESCAPES = b"\x1b]0;owned\x07\x1b[2J\nroot:x\r"
DEEP = b"/".join([b"d"] * 2047)

CASES = (
    Case("a name that climbs out", members([file(OUT, b"x")]), says="leads out of the image"),
    Case("a name that climbs within", members([file(b"a/../b", b"x")]), says="leads out of the image"),
    Case("a directory called ..", members([directory(b"..")]), says="leads out of the image"),
    Case("an absolute name", members([file(b"/tmp/shave-was-here", b"x")]), tree={"tmp/shave-was-here": b"x"}),
    Case("many slashes and dots", members([file(b".//./a///./b", b"x")]), tree={"a/b": b"x"}),
    Case("a file without a name", members([header(b"")]), says="has no path"),
    Case("a file called /", members([file(b"///", b"x")]), says="has no path"),
    Case("a file called .", members([file(b".", b"x")]), says="has no path"),
    Case("the root as a symlink", members([symlink(b"./", b"/tmp")]), says="has no path"),
    Case("a backslash is a letter", members([file(b"..\\..\\x", b"x")]), tree={"..\\..\\x": b"x"}),
    Case(
        "escape sequences and line ends", members([file(b"a/" + ESCAPES, b"x")]), tree={f"a/{ESCAPES.decode()}": b"x"}
    ),
    Case("bytes that are not UTF-8", members([file(b"caf\xe9\xff", b"x")]), tree={"caf\udce9\udcff": b"x"}),
    Case("a text that reads backwards", members([file("\u202etxt.exe".encode(), b"x")]), tree={"\u202etxt.exe": b"x"}),
    Case(
        "twins by case", members([file(b"README", b"1"), file(b"readme", b"2")]), tree={"README": b"1", "readme": b"2"}
    ),
    Case(
        "twins by Unicode form",
        members([file("\u00e9".encode(), b"1"), file("e\u0301".encode(), b"2")]),
        tree={"\u00e9": b"1", "e\u0301": b"2"},
    ),
    Case("a part of 255 bytes", members([long(b"n" * 255), file(b"n", b"x")]), tree={"n" * 255: b"x"}),
    Case("a part of 256 bytes", members([long(b"n" * 256), file(b"n", b"x")]), says="more than 255 bytes"),
    Case("2047 directories deep", members([long(DEEP), file(b"n", b"x")])),
    Case("10 000 directories deep", members([long(b"d/" * 10_000), file(b"n", b"x")]), says="has 20000 bytes"),
    Case(
        "a pax path of two lines",
        members([pax((b"path", b"a\n9 path=b")), file(b"n", b"x")]),
        tree={"a\n9 path=b": b"x"},
    ),
    Case("a pax path that climbs out", members([pax((b"path", OUT)), file(b"n", b"x")]), says="leads out of the image"),
    Case("a GNU name that climbs out", members([long(OUT), file(b"n", b"x")]), says="leads out of the image"),
    Case("a prefix that climbs out", members([header(b"x", tail=OUT[:155])]), says="leads out of the image"),
    Case("a path with a NUL", members([pax((b"path", b"a\0b")), file(b"n", b"x")]), says="holds a NUL"),
    Case("an empty pax path", members([pax((b"path", b"")), file(b"n", b"x")]), tree={"n": b"x"}),
    Case("an empty GNU name", members([long(b"\0"), file(b"n", b"x")]), tree={"n": b"x"}),
    Case("a hard link whose name climbs out", members([file(b"a", b"x"), hardlink(OUT, b"a")]), says="leads out"),
)
