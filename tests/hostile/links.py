"""Links that lead out, in circles, or through what another layer made."""

from hostile.case import Case, members
from hostile.tars import OUT, directory, file, hardlink, header, long, pax, symlink

CHAIN = [symlink(b"l%d" % n, b"l%d" % (n + 1)) for n in range(100)]
NAMES = [hardlink(b"h%d" % n, b"f") for n in range(1000)]

CASES = (
    Case("a symlink to the host", members([symlink(b"p", b"/etc/passwd")]), tree={"p": "symlink to /etc/passwd"}),
    Case(
        "a symlink that climbs out",
        members([symlink(b"p", b"../" * 20 + b"etc/passwd")]),
        tree={"p": "symlink to " + "../" * 20 + "etc/passwd"},
    ),
    Case(
        "a file through a symlink of its layer",
        members([directory(b"tmp"), symlink(b"l", b"/tmp"), file(b"l/shave-was-here", b"x")]),
        tree={"l": "symlink to /tmp", "tmp/shave-was-here": b"x"},
    ),
    Case(
        "a file through a symlink that climbs out",
        members([symlink(b"a/l", b"../../../../tmp"), file(b"a/l/shave-was-here", b"x")]),
        tree={"a/l": "symlink to ../../../../tmp", "tmp/shave-was-here": b"x"},
    ),
    Case(
        "a directory through a symlink of its layer",
        members([directory(b"d"), symlink(b"l", b"d"), directory(b"l", 0o700), file(b"l/f", b"x")]),
    ),
    Case(
        "a file through a symlink of the layer below",
        members([directory(b"tmp"), symlink(b"l", b"/tmp")], [file(b"l/shave-was-here", b"x")]),
        tree={"l/shave-was-here": b"x", "tmp": "directory 755"},
        why="overlayfs hides the symlink, as Docker and containerd do; umoci follows it",
    ),
    Case("a symlink to itself", members([symlink(b"l", b"l")]), tree={"l": "symlink to l"}),
    Case(
        "a file through a symlink to itself",
        members([symlink(b"l", b"l"), file(b"l/f", b"x")]),
        says="too many symlinks",
    ),
    Case(
        "a file through symlinks in a circle",
        members([symlink(b"a", b"b"), symlink(b"b", b"a"), file(b"a/f", b"x")]),
        says="too many symlinks",
    ),
    Case(
        "a hundred symlinks in a row",
        members([*CHAIN, directory(b"l100"), file(b"l0/f", b"x")]),
        says="too many symlinks",
    ),
    Case("a symlink to nothing", members([symlink(b"l", b"")]), says="is impossible"),
    Case("a symlink of 5000 bytes", members([long(b"t" * 5000, b"K"), symlink(b"l", b"t")]), says="is impossible"),
    Case("a symlink with a NUL", members([pax((b"linkpath", b"a\0b")), symlink(b"l", b"t")]), says="is impossible"),
    Case("a hard link that climbs out", members([hardlink(b"h", b"../" * 20 + b"etc/passwd")]), says="leads out"),
    Case("a hard link to the host", members([hardlink(b"h", b"/etc/passwd")]), says="which is no file"),
    Case(
        "a hard link out through a symlink",
        members([symlink(b"l", b"/etc"), hardlink(b"h", b"l/passwd")]),
        says="which is no file",
    ),
    Case(
        "a hard link through a symlink of its layer",
        members([file(b"d/f", b"x"), symlink(b"l", b"d"), hardlink(b"h", b"l/f")]),
        tree={"d/f": b"x", "l": "symlink to d", "h": "same as d/f"},
    ),
    Case("a hard link to what comes later", members([hardlink(b"h", b"f"), file(b"f", b"x")]), says="which is no file"),
    Case("a hard link to a directory", members([directory(b"d"), hardlink(b"h", b"d")]), says="which is no file"),
    Case("a hard link to itself", members([file(b"f", b"x"), hardlink(b"f", b"f")]), tree={"f": b"x"}),
    Case("a hard link to itself alone", members([hardlink(b"f", b"f")]), says="which is no file"),
    Case("a hard link to nothing", members([header(b"h", b"1")]), says="has no path"),
    Case("a hard link to a whiteout", members([file(b".wh.a"), hardlink(b"h", b".wh.a")]), says="which is no file"),
    Case(
        "a hard link to what the layer deletes",
        members([file(b"f", b"x")], [file(b".wh.f"), hardlink(b"h", b"f")]),
        says="which is no file",
    ),
    Case(
        "a hard link to the layer below",
        members([file(b"f", b"x")], [hardlink(b"h", b"f")]),
        tree={"f": b"x", "h": "same as f"},
    ),
    Case(
        "a hard link to a symlink",
        members([symlink(b"l", b"/etc/passwd"), hardlink(b"h", b"l")]),
        tree={"h": "symlink to /etc/passwd", "l": "same as h"},
    ),
    Case(
        "a hard link that outlives its file",
        members([file(b"f", b"old"), hardlink(b"h", b"f"), file(b"f", b"new")]),
        tree={"f": b"new", "h": b"old"},
    ),
    Case(
        "a hard link over its own directory",
        members([file(b"d/f", b"x"), hardlink(b"d", b"d/f")]),
        says="",
    ),
    Case("a thousand names", members([file(b"f", b"x"), *NAMES])),
    Case(
        "a hard link with a body that is a header",
        members([file(b"f", b"x"), header(b"h", b"1", 512, b"f"), file(b"smuggled", b"y")]),
        tree={"f": b"x", "h": "same as f", "smuggled": b"y"},
    ),
    Case(
        "a symlink with a body that is a header",
        members([header(b"l", b"2", 512, b"f"), file(b"smuggled", b"y")]),
        tree={"l": "symlink to f", "smuggled": b"y"},
    ),
    Case("a symlink that climbs out by pax", members([pax((b"linkpath", OUT)), symlink(b"l", b"t")])),
)
