"""apk's database, as apk 2 and 3 write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import found, survives, why
from shave.catalog import apk
from shave.package import Package, Unread
from shave.testing import Member, Symlink

INSTALLED = b"""C:Q1sZvjHKJDKoFPV2KqGJtHHTyIXGQ=
P:busybox
V:1.36.1-r29
A:x86_64
o:busybox
D:so:libc.musl-x86_64.so.1 !busybox-extras>1
p:/bin/sh cmd:busybox=1.36.1-r29 cmd:sh=1.36.1-r29
F:bin
R:busybox
a:0:0:755
Z:Q1+vWe4PvwA==
F:etc
F:etc/network
M:0:0:1777
R:a b

P:musl
V:1.2.5-r0
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1

P:app
V:2-r0
o:app-source
D:cmd:sh musl>=1.2 /bin/sh pc:nobody named@edge so:gone.so.1

"""
BUSYBOX = ("bin", "bin/busybox", "etc", "etc/network", "etc/network/a b")
PACKAGES = [
    Package("apk", "busybox", "1.36.1-r29", BUSYBOX, ("apk:musl",), architecture="x86_64"),
    Package("apk", "musl", "1.2.5-r0", ("lib", "lib/ld-musl-x86_64.so.1")),
    Package("apk", "app", "2-r0", (), ("apk:busybox", "apk:musl", "apk:named"), "app-source"),
]


@pytest.mark.parametrize("place", ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"])
def test_packages_with_their_files_and_needs(place: str) -> None:
    assert found(apk.packages, {place: INSTALLED}) == PACKAGES


def test_lib_may_lead_to_usr_lib() -> None:
    said = found(apk.packages, {"/lib": Symlink("usr/lib"), "/usr/lib/apk/db/installed": INSTALLED})
    assert [each.paths for each in said if isinstance(each, Package)][1] == ("lib", "usr/lib/ld-musl-x86_64.so.1")


def test_the_world_is_what_was_asked_for() -> None:
    members: dict[str, Member] = {"/lib/apk/db/installed": INSTALLED, "/etc/apk/world": b"busybox>1\napp@edge\n!musl\n"}
    asked = {each.name: each.asked for each in found(apk.packages, members) if isinstance(each, Package)}
    assert asked == {"busybox": True, "musl": False, "app": True}


def test_a_database_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    said = found(apk.packages, {"/lib/apk/db/installed": INSTALLED[: INSTALLED.index(b"R:ld-musl")]})
    assert [each.name for each in said if isinstance(each, Package)] == ["busybox", "musl"]
    assert Unread("lib/apk/db/installed", "it ends amid a package") in said


def test_something_else_is_no_database() -> None:
    assert why(apk.packages, {"/lib/apk/db/installed": b"\0\1\2\n"}) == "it is no database of apk"
    assert found(apk.packages, {"/lib/apk/db/installed": b""}) == []


@given(st.binary(max_size=99).map(lambda data: b"P:a\nV:1\n" + data) | st.binary(max_size=99))
def test_no_database_is_too_strange(data: bytes) -> None:
    survives(apk.packages, "lib/apk/db/installed", "etc/apk/world")(data)
