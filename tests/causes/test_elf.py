"""What the loader of an image would not load."""

import subprocess
from pathlib import Path

import pytest

from patients import LIB, LOADER, causes, diagnosed, host, only, tools, without
from shave.testing import Member


def test_the_loader() -> None:
    found = only(diagnosed(without(tools(), LOADER), "openssl"))
    assert found.cause == "loader-missing" and "which is not there: it was built for glibc" in found.text
    assert found.evidence[-1] == "the image has no libc"


def test_the_loader_on_another_libc() -> None:
    members = without(tools(), LOADER) | {"/lib": tools()["/lib"], "/usr/lib/ld-musl-x86_64.so.1": b""}
    found = only(diagnosed(members, "openssl"))
    assert found.evidence[-1] == "the image has musl (Alpine)" and found.fix.startswith("build it for musl (Alpine)")


def test_a_library_and_the_package_that_has_it() -> None:
    release: dict[str, Member] = {"/etc/os-release": b"ID=debian\nVERSION_ID=12\n"}
    found = only(diagnosed(without(tools(), f"{LIB}/libssl.so.3") | release, "openssl"))
    assert found.text == "/usr/bin/openssl needs libssl.so.3, which the loader would not find"
    assert (found.cause, found.fix) == ("library-missing", "install libssl3")


def test_a_library_of_a_library() -> None:
    members = without(tools(), f"{LIB}/libcrypto.so.3", "/usr/bin/openssl")
    members["/usr/bin/openssl"] = host("/usr/bin/openssl")
    found = diagnosed(members, "openssl")
    assert causes(found) == [("library-missing", True)]


def test_what_two_programs_lack_is_said_once() -> None:
    members = without(tools(), f"{LIB}/libc.so.6")
    assert causes(diagnosed(members, "env", "sh", "-c", "exec openssl")) == [("library-missing", True)]


@pytest.mark.parametrize("architecture", ["arm64", "s390x", "386"])
def test_another_machine(architecture: str) -> None:
    found = only(diagnosed(tools(), "sh", architecture=architecture))
    assert found.text == f"/usr/bin/sh is for amd64, the image for {architecture}"
    assert (found.cause, found.stops) == ("wrong-architecture", True)


def test_an_architecture_that_nobody_knows() -> None:
    assert diagnosed(tools(), "sh", architecture="unheard-of") == ()


def test_libraries_that_only_ldconfig_would_tell_of() -> None:
    """ld.so.conf names /usr/local/lib, but the loader reads the cache alone: as after a copy without ldconfig."""
    moved = without(tools(), f"{LIB}/libssl.so.3")
    moved |= {"/usr/local/lib/libssl.so.3": tools()[f"{LIB}/libssl.so.3"], "/etc/ld.so.conf": b"/usr/local/lib\n"}
    found = only(diagnosed(moved, "openssl"))
    assert found.text.endswith("would not find: /usr/local/lib/libssl.so.3 is not in /etc/ld.so.cache")
    assert found.fix == "RUN ldconfig behind the copy"
    cached = moved | {"/etc/ld.so.cache": b"glibc-ld.so.cache1.1\0libssl.so.3\0/usr/local/lib/libssl.so.3\0"}
    assert diagnosed(cached, "openssl") == ()
    assert diagnosed(moved, "openssl", Env=["LD_LIBRARY_PATH=/usr/local/lib", "PATH=/bin"]) == ()


def test_versions_of_symbols(tmp_path: Path) -> None:
    versions, text = tmp_path / "map", tmp_path / "old.c"
    versions.write_text("GLIBC_2.2.5 { global: malloc; };\nGLIBC_2.4 { global: free; };")
    text.write_text("void malloc(void) {} void free(void) {}")
    options = ["-shared", "-fPIC", "-nostdlib", "-fno-builtin", "-Wl,-soname,libc.so.6"]
    old = tmp_path / "old"
    subprocess.run(["gcc", text, "-o", old, *options, f"-Wl,--version-script={versions}"], check=True)
    found = only(diagnosed(tools() | {f"{LIB}/libc.so.6": host(str(old))}, "sh"))
    assert found.cause == "symbol-version-missing"
    assert found.text.startswith("/usr/bin/sh needs GLIBC_2.") and "which has GLIBC_2.4" in found.text


@pytest.mark.parametrize("path", ["/usr/bin/openssl", "/usr/bin/perl", "/usr/bin/git", "/usr/bin/gcc"])
def test_what_ldd_finds_is_not_missed(path: str) -> None:
    """With all that ldd(1) names a program is whole; without any one of them that is said."""
    said = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    names = [word for line in said.splitlines() for word in line.split() if word.startswith("/")]
    members: dict[str, Member] = {name: host(name) for name in (path, *names)} | {"/tmp/": tools()["/tmp/"]}
    stopping = [each for each in diagnosed(members, path) if each.stops]
    assert stopping == []
    for gone in names:
        expected = "loader-missing" if "ld-linux" in gone else "library-missing"
        assert diagnosed(without(members, gone), path)[0].cause == expected
