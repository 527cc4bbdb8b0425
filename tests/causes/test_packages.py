"""The packages of libraries: what a release calls them, what another one has, what can only be guessed."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from catalogs import Memory
from shave.causes.packages import package_of

BOOKWORM = {"etc/os-release": b'ID=debian\nVERSION_ID="12"\n'}
TRIXIE = {"etc/os-release": b'ID=debian\nVERSION_ID="13"\n'}
ALPINE = {"etc/os-release": b"ID=alpine\nVERSION_ID=3.20.1\n"}


@pytest.mark.parametrize(
    ("contents", "soname", "package"),
    [
        (BOOKWORM, "libssl.so.3", "libssl3"),
        (TRIXIE, "libssl.so.3", "libssl3t64"),
        ({"etc/os-release": b'ID=ubuntu\nVERSION_ID="24.04"\n'}, "libssl.so.3", "libssl3t64"),
        ({"etc/os-release": b'ID=ubuntu\nVERSION_ID="22.04"\n'}, "libssl.so.3", "libssl3"),
        ({"etc/os-release": b'ID=debian\nVERSION_ID="11"\n'}, "libstdc++.so.6", "libstdc++6"),
        (BOOKWORM, "libssl.so.1.1", "libssl1.1 (of Debian bullseye)"),
        (BOOKWORM, "libicuuc.so.76", "libicu76 (of Debian trixie)"),
        ({"etc/os-release": b"ID=ubuntu\n"}, "libicuuc.so.67", "libicu67"),
        ({}, "libgomp.so.1", "libgomp1"),
        (BOOKWORM, "libnowhere-2.so.0", "libnowhere-2-0 (a guess by its name)"),
        (BOOKWORM, "libNo_where.so.4", "libno-where4 (a guess by its name)"),
        (ALPINE, "libpq.so.5", "libpq"),
        (ALPINE, "libnowhere.so.1", "so:libnowhere.so.1"),
        ({"etc/os-release": b"ID=wolfi\n"}, "libpq.so.5", "so:libpq.so.5"),
        ({"lib/ld-musl-x86_64.so.1": b""}, "libpq.so.5", "so:libpq.so.5"),
        ({"etc/os-release": b"ID=fedora\n"}, "libz.so.1", "libz.so.1()(64bit)"),
        (BOOKWORM, "plugin.so", ""),
    ],
)
def test_the_image_s_own_release_decides(contents: Mapping[str, bytes], soname: str, package: str) -> None:
    assert package_of(soname, Memory(contents)) == package


@pytest.mark.oracle
@pytest.mark.parametrize("soname", ["libc.so.6", "libstdc++.so.6", "libz.so.1", "libcrypto.so.3"])
def test_dpkg_of_this_machine_says_the_same(soname: str) -> None:
    here = Memory({"etc/os-release": Path("/etc/os-release").read_bytes()})
    said = subprocess.run(["dpkg", "-S", f"*/{soname}"], capture_output=True, text=True, check=True).stdout
    assert package_of(soname, here) in {line.partition(":")[0] for line in said.splitlines()}
