"""One busybox image, made ready by every runner that works here for this user."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from shave import proc, store
from shave.events import silent
from shave.image import Image
from shave.runners import AUTOMATIC
from shave.runners.protocol import Prepared, Runner
from shave.testing import Device, Directory, File, Hardlink, Member, Symlink, image
from shave.workspace import workspace

BUSYBOX = Path("/bin/busybox")
APPLETS = "cat chmod dd df echo env false grep hostname httpd id ip kill ls mkdir mount nc ps pwd rm sh sleep stat tail"
APPLETS += " test touch tr true wc wget yes mv readlink ulimit"
PASSWD = b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:App:/home/app:/bin/sh\nbroken:line\n"
GROUP = b"root:x:0:\napp:x:1001:\nextra:x:2000:root,app\nother:x:2001:app\n"
CAPABLE = bytes.fromhex("0100000200040000" + "00" * 12)  # cap_net_bind_service=ep, VFS_CAP_REVISION_2
SECOND = 1_000_000_000


def effective_user() -> bytes:
    """A static amd64 program whose exit status is its effective user."""
    code = bytes.fromhex("b86b0000000f0589c7b83c0000000f05")  # exit(geteuid())
    base, start = 0x400000, 120
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, start + len(code), start + len(code), 4096)
    return ident + header + segment + code


def members() -> dict[str, Member]:
    """What is in the image."""
    return {
        "/bin/busybox": File(BUSYBOX.read_bytes(), 0o755, mtime=SECOND),
        **{f"/bin/{applet}": Symlink("busybox") for applet in APPLETS.split()},
        "/odd/device": Device(1, 3),
        "/odd/alias": Hardlink("/odd/device"),
        "/bin/effective": File(effective_user(), 0o4755),
        "/bin/plain": File(b"#!/bin/sh\n", 0o644),
        "/bin/interpreterless": File(b"#!/no/such/program\n", 0o755),
        "/etc/passwd": PASSWD,
        "/etc/group": GROUP,
        "/etc/resolv.conf": Symlink("../../../../resolv/conf"),
        "/home/app": Directory(0o700, 1000, 1001),
        "/data": Directory(0o2770, 1000, 1001, mtime=SECOND),
        "/data/kept": File(b"kept\n", 0o640, 1000, 1001, mtime=5 * SECOND + 7),
        "/data/twin": Hardlink("/data/kept"),
        "/data/capable": File(
            b"x", 0o755, xattrs={"security.capability": bytes.fromhex("0100000200040000" + "00" * 12)}
        ),
        "/outside": Symlink("/../../../../../../tmp"),
        "/tmp": Directory(0o1777),
    }


@pytest.fixture(scope="session")
def busybox() -> Image:
    return image(members(), config={"Cmd": ["sh"]})


@pytest.fixture(scope="session")
def space() -> Iterator[Path]:
    with workspace() as path:
        yield path


@pytest.fixture(scope="session")
def unpacked(busybox: Image, space: Path) -> store.Unpacked:
    (space / "store").mkdir()
    return store.unpack(busybox, space / "store", silent)


@pytest.fixture(scope="session", params=AUTOMATIC, ids=lambda runner: runner.name)
def prepared(request: pytest.FixtureRequest, unpacked: store.Unpacked, space: Path) -> Iterator[Prepared]:
    runner: Runner = request.param
    assert runner.refusal(unpacked.image.config) is None
    with runner.prepare(unpacked, unpacked.image.config, space / runner.name, silent) as made:
        yield made


@pytest.fixture
def other_users() -> None:
    """Users other than root can be mapped."""
    if proc.identity().kind == "single":
        pytest.skip("only root is mapped here")
