"""Whose a path is that two packages ship."""

from collections.abc import Mapping

import pytest

from shave.errors import BadImageError, CannotError
from shave.origins.debian_conflicts import Shipped, settled
from shave.origins.debian_files import chosen, selection
from shave.spec import Spec
from shave.tar_reader import scan
from shave.testing import Directory, Hardlink, Member, Symlink, layer_tar

FOO: dict[str, Member] = {"usr/bin/x": b"1"}


def shipped(name: str, members: Mapping[str, Member], preinst: bytes = b"", **fields: str) -> Shipped:
    found = scan((layer_tar(members),)).entries
    control = {"package": name, "version": "1.0", **{key.replace("_", "-"): value for key, value in fields.items()}}
    return Shipped(control, preinst, found, chosen(found, selection(Spec())))


def conflict(*packages: Shipped) -> str:
    with pytest.raises(CannotError) as raised:
        settled(packages)
    return str(raised.value)


def test_directories_are_shared_and_files_are_not() -> None:
    one = shipped("foo", {"usr/": Directory(), "usr/bin/": Directory(), "usr/bin/x": b"1"})
    assert settled([one, shipped("bar", {"usr/": Directory(), "usr/bin/y": b"1"})])
    assert conflict(one, shipped("bar", FOO)) == "/usr/bin/x of the package bar is also in the package foo"


def test_a_file_is_the_same_below_the_root_and_below_usr() -> None:
    assert conflict(shipped("foo", FOO), shipped("bar", {"bin/x": b"1"})).startswith("/usr/bin/x of the package bar")


@pytest.mark.parametrize(
    "members",
    [{"usr/bin": Symlink("x")}, {"usr/bin": b""}, {"usr/bin/x/": Directory()}, {"usr/bin/x/y": b""}],
)
def test_a_directory_of_one_is_something_else_of_the_other(members: dict[str, Member]) -> None:
    one, other = shipped("foo", FOO), shipped("bar", members)
    assert "is a directory of the package" in conflict(one, other)
    assert "is a directory of the package" in conflict(other, one)


def test_what_stays_out_is_no_conflict() -> None:
    members: dict[str, Member] = {"usr/share/doc/x/README": b""}
    assert settled([shipped("foo", members), shipped("bar", members)]) == ({}, {})


@pytest.mark.parametrize("relation", ["foo", "baz, foo (<< 2)", "foo:any (= 1.0) ,", "foo (>= 1.0~)"])
def test_one_replaces_the_files_of_the_other(relation: str) -> None:
    one, other = shipped("foo", FOO), shipped("bar", FOO, replaces=relation)
    assert settled([one, other]) == ({}, {"usr/bin/x": "usr/bin/x"})
    assert settled([other, one]) == ({"usr/bin/x": "usr/bin/x"}, {})


@pytest.mark.parametrize("relation", ["foo (<< 1)", "fo", "foobar", "", "foo (?? 1)"])
def test_one_replaces_other_files(relation: str) -> None:
    assert conflict(shipped("foo", FOO), shipped("bar", FOO, replaces=relation))


def test_packages_of_two_architectures_share_equal_files() -> None:
    fields = {"multi_arch": "same"}
    one, other = shipped("foo", FOO, **fields), shipped("foo", FOO, **fields)
    assert settled([one, other]) == ({"usr/bin/x": "usr/bin/x"},) * 2
    linked = shipped("foo", {"usr/bin/a": b"1", "usr/bin/x": Hardlink("usr/bin/a")}, **fields)
    assert len(settled([one, linked])) == 2
    assert conflict(one, shipped("foo", {"usr/bin/x": b"2"}, **fields))
    assert conflict(one, shipped("foo", FOO, **{**fields, "version": "1.1"}))
    assert conflict(one, shipped("foo", FOO))


@pytest.mark.parametrize(
    ("call", "place"),
    [
        (b"dpkg-divert --package bar --add --rename --divert /usr/bin/x.foo /usr/bin/x", "usr/bin/x.foo"),
        (b"dpkg-divert --quiet --add --no-rename --divert=/bin/x.foo /usr/bin/x", "usr/bin/x.foo"),
        (b"for each in x y; do dpkg-divert --add --divert /usr/bin/$each.foo /usr/bin/$each; done", "usr/bin/x.foo"),
        (b"if [ install = $1 ]; then\ndpkg-divert --package bar /usr/bin/x\nfi", "usr/bin/x.distrib"),
    ],
)
def test_one_diverts_the_file_of_the_other(call: bytes, place: str) -> None:
    one, other = shipped("foo", FOO), shipped("bar", FOO, b"#!/bin/sh\nset -e\n" + call + b"\n")
    assert settled([one, other]) == ({"usr/bin/x": place}, {"usr/bin/x": "usr/bin/x"})
    assert settled([other, one]) == ({"usr/bin/x": "usr/bin/x"}, {"usr/bin/x": place})


@pytest.mark.parametrize(
    "call",
    [
        b"dpkg-divert --package bar --remove --divert /usr/bin/x.foo /usr/bin/x",
        b"dpkg-divert --divert $(cat /tmp/where) /usr/bin/x",
        b"dpkg-divert --divert ../../x /usr/bin/x",
        b"dpkg-divert --divert /usr/../../x /usr/bin/x",
        b"dpkg-divert --divert /usr//x /usr/bin/x",
        b"dpkg-divert --divert /usr/bin/.wh.x /usr/bin/x",
        b"dpkg-divert --divert /usr/bin/y.foo /usr/bin/y",
        b"dpkg-divert --listpackage /usr/bin/x",
        b"echo dpkg-divert",
        b"dpkg-divert --divert /bin/x.foo /bin/x",
        b"if [ $1 = upgrade ]; then dpkg-divert --divert /usr/bin/x.foo /usr/bin/x; fi",
        b"f() { f; }; f",
    ],
)
def test_what_diverts_nothing_that_is_known(call: bytes) -> None:
    assert conflict(shipped("foo", FOO), shipped("bar", FOO, b"#!/bin/sh\n" + call + b"\n"))


def test_a_diverted_file_may_not_be_put_on_another() -> None:
    call = b"#!/bin/sh\ndpkg-divert --divert /usr/bin/y /usr/bin/x\n"
    one, other = shipped("foo", FOO | {"usr/bin/y": b""}), shipped("bar", FOO, call)
    with pytest.raises(BadImageError, match="the package foo has /usr/bin/y twice"):
        settled([one, other])


def test_diversions_to_and_fro() -> None:
    call = b"#!/bin/sh\ndpkg-divert --divert /usr/bin/y /usr/bin/x\ndpkg-divert --divert /usr/bin/x /usr/bin/y\n"
    both = FOO | {"usr/bin/y": b""}
    assert "/usr/bin/" in conflict(shipped("foo", FOO), shipped("bar", both, call))


@pytest.mark.parametrize(
    "members",
    [{"bin/x": b"", "usr/bin/x": b""}, {"usr/x": Symlink("y"), "usr/x/z": b""}, {"usr/x/z": b"", "usr/x": b""}],
)
def test_a_package_that_is_at_odds_with_itself(members: dict[str, Member]) -> None:
    with pytest.raises(BadImageError, match="the package foo has /usr"):
        settled([shipped("foo", members)])
