"""What stays of an image in its last stage: packages with what they made, and copies; of slim systems no manuals."""

from pathlib import Path

import pytest

from scenes import Content, scene
from shave.oci import RunConfig
from shave.package import Package
from shave.recipe import read
from shave.staging.protocol import Building, Runtime
from shave.staging.staying import staying

BASE: dict[str, Content] = {
    "etc/os-release": b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    "etc/passwd": b"root:x:0:0::/root:/bin/sh\n",
    "usr/bin/dpkg": b"\x7fELF",
    "usr/share/man/man1/dpkg.1.gz": b"x",
    "usr/share/doc/dpkg/copyright": b"x",
    "var/lib/dpkg/status": b"Package: dpkg\nEssential: yes\nPriority: required\n\n",
    "var/lib/dpkg/info/dpkg.list": b"x",
    "var/lib/apt/lists/one": b"x",
    "usr/local/kit/run": b"x",
}
INSTALLED: dict[str, Content] = {
    "usr/bin/gcc": b"\x7fELF",
    "usr/lib/gcc/spec": b"x",
    "usr/lib/gcc/made": b"x",
    "usr/lib/m/libm.so.1": b"x",
    "usr/lib/m/made": b"x",
    "var/lib/dpkg/info/gcc.list": b"x",
    "var/lib/dpkg/info/libm1:amd64.list": b"x",
    "var/cache/apt/archives/gcc.deb": b"x",
}
MADE: dict[str, Content] = {"srv/app/program": b"x", "srv/app/data/words": b"x", "srv/other": b"x"}
PACKAGES = (
    Package("dpkg", "dpkg", "1", ("etc", *(path for path in BASE if "dpkg" in path and "var" not in path))),
    Package("dpkg", "gcc", "1", ("usr/bin/gcc", "usr/lib/gcc", "usr/lib/gcc/spec")),
    Package("dpkg", "libm1:amd64", "1", ("usr/lib/m", "usr/lib/m/libm.so.1")),
)
SYSTEM = {
    "etc/os-release",
    "etc/passwd",
    "usr/bin/dpkg",
    "usr/share/doc/dpkg/copyright",
    "var/lib/dpkg/info/dpkg.list",
}
COPIED = {"srv/app/program", "srv/app/data/words"}
LIBRARY = {"usr/lib/m/libm.so.1", "usr/lib/m/made", "var/lib/dpkg/info/libm1:amd64.list"}


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        (Runtime("scratch", copies=("/srv/app/program",)), {"srv/app/program"}),
        (Runtime("debian:bookworm-slim", copies=("/srv/app",)), SYSTEM | COPIED),
        (Runtime("debian:bookworm-slim", ("libm1",), ("/srv/app",)), SYSTEM | COPIED | LIBRARY),
        (Runtime("scratch", copies=("/srv/app",), removed=("/srv/app/data",)), {"srv/app/program"}),
        (Runtime("debian:12", ("libm1",)), SYSTEM | LIBRARY | {"usr/share/man/man1/dpkg.1.gz"}),
        (Runtime("python:3.11-slim", ("libm1",)), None),
    ],
    ids=["nothing else", "a system", "with packages", "without what is removed", "the same base", "another base"],
)
def test_what_stays(runtime: Runtime, expected: set[str] | None) -> None:
    image = scene(BASE, INSTALLED, MADE, packages=PACKAGES)
    building = Building(read(b"FROM debian:12\nRUN apt-get install -y gcc libm1\nRUN make\n"), 0, image, 1)
    assert staying(building, runtime) == (None if expected is None else frozenset(expected))


def test_without_an_image_nobody_knows() -> None:
    assert staying(Building(read(b"FROM debian:12\nRUN make\n"), 0), Runtime("scratch")) is None


def test_the_slim_variant_of_a_language_has_the_language_and_what_it_is_linked_to() -> None:
    """Note of a user: 80 MB were said where 600 MB go."""
    language: dict[str, Content] = {
        "usr/local/bin/python3": Path("/bin/true").read_bytes(),
        "usr/lib/x86_64-linux-gnu/libc.so.6": Path("/lib/x86_64-linux-gnu/libc.so.6").read_bytes(),
        "usr/bin/git": b"\x7fELF",
        "usr/share/zoneinfo/UTC": b"x",
    }
    packages = (
        Package("dpkg", "libc6", "1", ("usr/lib/x86_64-linux-gnu/libc.so.6",)),
        Package("dpkg", "git", "1", ("usr/bin/git",)),
        Package("dpkg", "tzdata", "1", ("usr/share/zoneinfo/UTC",)),
    )
    run = RunConfig(cmd=("/usr/local/bin/python3",), env=("LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu",))
    image = scene(BASE | language, INSTALLED, MADE, packages=(*PACKAGES, *packages), run=run)
    text = b'FROM python:3.13\nRUN apt-get install -y gcc\nRUN pip install x\nCMD ["/usr/local/bin/python3"]\n'
    building = Building(read(text), 0, image, 1)
    kept = staying(building, Runtime("python:3.13-slim", copies=("/srv/app",)))
    assert kept == SYSTEM | COPIED | {"usr/local/kit/run"} | language.keys() - {"usr/bin/git"}
    assert staying(building, Runtime("python:3.12-slim")) is None
