"""Users and groups as lines of files, beside what the C library reads in them."""

import ctypes
from pathlib import Path

from shave.accounts import Account, Accounts, Membership, group, parsed, passwd

PASSWD = b"""\
root:x:0:0:root:/root:/bin/sh
root:x:5:5::/:/bin/sh
short:x:7:8
:x:9:9:::
odd:x:-1:1:::
huge:x:99999999999:1:::
+::::::
seven:x:10:11:Seven,,,:/home/seven:/bin/sh
"""
GROUP = b"root:x:0:\nshort:x:8\nboth:x:12:root,,seven\nbad:x:y:\n"


def test_the_first_of_a_name_counts_and_broken_lines_do_not() -> None:
    found = parsed(PASSWD, GROUP)
    assert [*found.users.values()] == [
        Account("root", 0, 0, "root", "/root", "/bin/sh"),
        Account("short", 7, 8, "", "", ""),
        Account("seven", 10, 11, "Seven,,,", "/home/seven", "/bin/sh"),
    ]
    assert found.groups["both"] == Membership("both", 12, ("root", "seven")) and found.gid("short") == 8
    assert "bad" not in found.groups and found.owner("4294967295000") is None


def test_what_is_written_is_read() -> None:
    found = parsed(PASSWD, GROUP)
    assert parsed(passwd(found), group(found)) == found
    assert parsed(b"", b"") == Accounts({}, {})


def test_the_c_library_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_bytes(PASSWD)
    library = ctypes.CDLL(None)
    library.fopen.restype = library.fgetpwent.restype = ctypes.c_void_p
    file = ctypes.c_void_p(library.fopen(bytes(tmp_path / "passwd"), b"r"))
    names = set[str]()
    while entry := library.fgetpwent(file):
        names.add((ctypes.cast(entry, ctypes.POINTER(ctypes.c_char_p))[0] or b"").decode())
    library.fclose(file)
    assert set(parsed(PASSWD, b"").users) <= names
