import pytest

from detected import detected, paths
from shave.facts import load
from shave.globs import matcher
from shave.waste.build_tools import find


@pytest.mark.parametrize(
    ("unit", "is_tool"),
    [
        ("dpkg:gcc", True),
        ("dpkg:gcc-12", True),
        ("dpkg:gcc-12-base:amd64", False),
        ("dpkg:g++-12", True),
        ("dpkg:libgcc-s1:amd64", False),
        ("dpkg:libstdc++6:amd64", False),
        ("dpkg:libstdc++-12-dev:amd64", True),
        ("dpkg:libc6:amd64", False),
        ("dpkg:libc-dev-bin", True),
        ("dpkg:zlib1g-dev:amd64", True),
        ("dpkg:binutils-x86-64-linux-gnu", True),
        ("dpkg:make", True),
        ("dpkg:gettext-base", False),
        ("dpkg:openjdk-17-jdk-headless:amd64", True),
        ("dpkg:openjdk-17-jre-headless:amd64", False),
        ("dpkg:git", True),
        ("dpkg:libasan8:amd64", True),
        ("apk:musl", False),
        ("apk:musl-dev", True),
        ("apk:build-base", True),
        ("apk:libgcc", False),
        ("rpm:gcc", True),
        ("rpm:glibc", False),
        ("rpm:glibc-devel", True),
        ("python:make", False),
    ],
)
def test_units(unit: str, is_tool: bool) -> None:
    assert matcher(load("build_tools")["units"])(unit) == is_tool


def package(name: str) -> str:
    return f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n"


def test_all_that_their_packages_own() -> None:
    status = "\n".join(map(package, ("gcc-12", "make", "bash")))
    (found,) = detected(
        find,
        {
            "var/lib/dpkg/status": status.encode(),
            "var/lib/dpkg/info/gcc-12.list": b"/usr/bin/gcc-12\n/usr/share/doc/gcc-12/x\n",
            "var/lib/dpkg/info/make.list": b"/usr/bin/make\n",
            "var/lib/dpkg/info/bash.list": b"/usr/bin/bash\n",
            "usr/bin/gcc-12": b"1" * 100,
            "usr/share/doc/gcc-12/x": b"2",
            "usr/bin/make": b"3",
            "usr/bin/bash": b"4",
        },
    )
    assert paths(found) == {"usr/bin/gcc-12", "usr/share/doc/gcc-12/x", "usr/bin/make"}
    assert found.detail == "2 packages: gcc-12, make"
