"""Kinds, modes and places: devices, setuid, one path as many things, whiteouts."""

from hostile.case import Case, members
from hostile.tars import base256, directory, file, hardlink, header, symlink

MEMORY = header(b"dev/mem", b"3", device=(1, 1), mode=0o666)
DISK = header(b"dev/sda", b"4", device=(8, 0), mode=0o666)
PIPE = header(b"pipe", b"6")

CASES = (
    Case("device nodes", members([MEMORY, DISK]), tree={"dev/mem": "character 1:1", "dev/sda": "block 8:0"}),
    Case("a named pipe", members([PIPE]), tree={"pipe": "fifo"}),
    Case(
        "a device of an impossible number",
        members([header(b"d", b"3", device=(base256(1 << 40, 8), 0))]),
        says="device number",
    ),
    Case(
        "a device of a negative number", members([header(b"d", b"3", device=(0, base256(-1, 8)))]), says="device number"
    ),
    Case("a hard link to a device", members([MEMORY, hardlink(b"m", b"dev/mem")])),
    Case(
        "overlayfs' own whiteout",
        members([file(b"x", b"1")], [header(b"x", b"3", device=(0, 0))]),
        tree={"x": "character 0:0"},
    ),
    Case("setuid root", members([file(b"su", b"x", mode=0o6755)]), tree={"su": "file 6755"}),
    Case("a setuid directory", members([directory(b"d", 0o7777)]), tree={"d": "directory 7777"}),
    Case("a setuid pipe", members([header(b"p", b"6", mode=0o6777)]), tree={"p": "fifo 6777"}),
    Case("a mode with the bits of a type", members([file(b"f", b"x", mode=0o140644)]), tree={"f": b"x"}),
    Case("a mode of base 256", members([file(b"f", b"x", mode=base256(-1, 8))])),
    Case("a type nobody knows", members([header(b"z", b"Z")]), says="unknown type 'Z'"),
    Case("a volume label", members([header(b"v", b"V")]), says="unknown type 'V'"),
    Case("a file in many volumes", members([header(b"m", b"M")]), says="unknown type 'M'"),
    Case("one file three times", members([file(b"f", b"1"), file(b"f", b"2"), file(b"f", b"3")]), tree={"f": b"3"}),
    Case(
        "one file by two names", members([file(b"f", b"1"), file(b"./f", b"2"), file(b"//f", b"3")]), tree={"f": b"3"}
    ),
    Case("a file over a directory", members([directory(b"d"), file(b"d/f", b"1"), file(b"d", b"2")]), tree={"d": b"2"}),
    Case(
        "a directory over a file",
        members([file(b"d", b"1"), directory(b"d"), file(b"d/f", b"2")]),
        tree={"d/f": b"2"},
    ),
    Case(
        "a symlink over a directory with files",
        members([file(b"d/f", b"1"), directory(b"e"), symlink(b"d", b"e"), file(b"d/g", b"2")]),
        tree={"d": "symlink to e", "e/g": b"2"},
    ),
    Case("a directory over a symlink", members([symlink(b"d", b"/tmp"), directory(b"d"), file(b"d/f", b"1")])),
    Case("a file below a file", members([file(b"f", b"1"), file(b"f/g", b"2")]), says="which is no directory"),
    Case(
        "a file below a file of the layer below",
        members([file(b"f", b"1")], [file(b"f/g", b"2")]),
        tree={"f/g": b"2"},
    ),
    Case("a file below a device", members([MEMORY, file(b"dev/mem/x", b"2")]), says="which is no directory"),
    Case("a pipe over a file", members([file(b"pipe", b"1"), PIPE]), tree={"pipe": "fifo"}),
)

WHITEOUTS = (
    Case(
        "a whiteout before its file",
        members([file(b"f", b"old")], [file(b".wh.f"), file(b"f", b"new")]),
        tree={"f": b"new"},
    ),
    Case(
        "a whiteout after its file",
        members([file(b"f", b"old")], [file(b"f", b"new"), file(b".wh.f")]),
        tree={"f": b"new"},
    ),
    Case("a whiteout in the lowest layer", members([file(b"f", b"x"), file(b".wh.f")]), tree={"f": b"x"}),
    Case("a whiteout of nothing", members([file(b"f", b"x")], [file(b".wh.g")]), tree={"f": b"x"}),
    Case("a whiteout of ..", members([file(b"a/.wh...")]), says="deletes nothing that can be named"),
    Case("a whiteout of .", members([file(b"a/.wh..")]), says="deletes nothing that can be named"),
    Case("a whiteout of no name", members([file(b"a/.wh.")]), says="deletes nothing that can be named"),
    Case("a whiteout that climbs out", members([file(b"../.wh.etc")]), says="leads out of the image"),
    Case(
        "a whiteout of a directory that is made again",
        members([file(b"d/old", b"x")], [file(b"d/new", b"y"), file(b".wh.d")]),
        tree={"d/new": b"y"},
    ),
    Case(
        "a whiteout through a symlink",
        members([file(b"d/f", b"x"), symlink(b"l", b"d")], [file(b"l/.wh.f")]),
        tree={"d/f": b"x", "l": "symlink to d"},
        why="overlayfs deletes nothing through a symlink of the layer below; umoci does",
    ),
    Case("a whiteout that is a directory", members([file(b"f", b"x")], [directory(b".wh.f")]), tree={}),
    Case("a whiteout that is a hard link", members([file(b"f", b"x")], [hardlink(b".wh.f", b"/etc/passwd")]), tree={}),
    Case("a whiteout with a body", members([file(b"f", b"x")], [file(b".wh.f", b"body")]), tree={}),
    Case("a file below a whiteout", members([file(b"d/f", b"x")], [file(b".wh.d/f", b"y")]), says="below a whiteout"),
    Case(
        "opaque after what it holds",
        members([file(b"d/old", b"x")], [file(b"d/new", b"y"), file(b"d/.wh..wh..opq")]),
        tree={"d/new": b"y"},
    ),
    Case(
        "opaque as a directory",
        members([file(b"d/old", b"x")], [directory(b"d/.wh..wh..opq")]),
    ),
    Case("opaque with a body", members([file(b"d/old", b"x")], [file(b"d/.wh..wh..opq", b"body")])),
    Case(
        "an opaque root",
        members([file(b"d/old", b"x")], [file(b".wh..wh..opq"), file(b"new", b"y")]),
        tree={"new": b"y"},
    ),
    Case(
        "aufs' own names",
        members([file(b".wh..wh.plnk/1.2", b"x"), file(b".wh..wh.aufs", b"x"), file(b"f", b"y")]),
        tree={"f": b"y"},
        why="umoci unpacks what is below them; Docker leaves it out",
    ),
)
