"""A directory as an image: the same bytes every time, and a tree that umoci and the engines agree on."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shave.errors import CannotError, UsageError
from shave.events import Remark, silent
from shave.image import Image
from shave.machine import host
from shave.oci import Platform
from shave.reference import Reference, parse
from shave.sources import open_image, write_image
from shave.store import tree_of


@pytest.fixture
def reference(tmp_path: Path) -> Reference:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "sh").write_bytes(b"#!/bin/sh\n" * 9999)
    (root / "bin" / "sh").chmod(0o755)
    os.link(root / "bin" / "sh", root / "bin" / "dash")
    (root / "link").symlink_to("/bin/sh")
    (root / "empty").touch()
    return Reference("rootfs", str(root))


def test_an_image_of_one_layer(reference: Reference) -> None:
    with open_image(reference) as image, open_image(reference) as again:
        assert image.manifest_bytes == again.manifest_bytes
        assert (len(image.layers), image.packed, image.config.platform) == (1, False, host())
        assert sorted(tree_of(image, silent).nodes) == ["", "bin", "bin/dash", "bin/sh", "empty", "link"]
        assert image.layers[0].plain
        path, start = image.layers[0].plain
        assert path.read_bytes()[start:] == image.layers[0].open().read()
    assert not path.exists()
    with open_image(reference, Platform("arm64", "linux", "v8")) as image:
        assert str(image.config.platform) == "linux/arm64/v8"


def test_what_is_left_out_is_said(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reference.name)
    sockets = [socket.socket(socket.AF_UNIX) for _ in range(5)]
    for number, server in enumerate(sockets):
        with server:
            server.bind(f"socket-{number}")
    heard: list[object] = []
    with open_image(reference, None, heard.append):
        pass
    remark = "5 sockets, which no tar can hold: /socket-0, /socket-1, /socket-2, …"
    assert [event.text for event in heard if isinstance(event, Remark)] == [remark]


def test_refusals(make_image: Callable[..., Image], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, words in (("none", "No such file"), ("file", "Not a directory")):
        with pytest.raises(CannotError, match=rf"rootfs:.*{name} cannot be read: {words}"):
            open_image(Reference("rootfs", str(tmp_path / name))).__enter__()
    with pytest.raises(UsageError, match="cannot be written"):
        write_image(make_image(), Reference("rootfs", str(tmp_path)))


@pytest.mark.oracle
@pytest.mark.root
def test_umoci_unpacks_the_same_tree(reference: Reference, tmp_path: Path) -> None:
    os.chown(Path(reference.name, "empty"), 7, 8)
    os.mknod(Path(reference.name, "null"), 0o020666, os.makedev(1, 3))
    with open_image(reference) as image:
        write_image(image, parse(f"oci:{tmp_path}/layout:one"))
    subprocess.run(["umoci", "unpack", "--image", f"{tmp_path}/layout:one", tmp_path / "bundle"], check=True)
    listed = [
        subprocess.check_output(["find", ".", "-printf", "%P %M %U %G %s %T@ %l %n\\n"], cwd=place, text=True)
        for place in (reference.name, tmp_path / "bundle" / "rootfs")
    ]
    assert sorted(listed[0].splitlines()) == sorted(listed[1].splitlines())
    with open_image(Reference("rootfs", str(tmp_path / "bundle" / "rootfs"))) as again:
        assert again.config_digest == image.config_digest


@pytest.mark.engine
@pytest.mark.root
def test_an_engine_starts_a_tree_of_the_house(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "busybox").write_bytes(Path("/bin/busybox").read_bytes())
    (root / "bin" / "busybox").chmod(0o755)
    name = "shave-test/rootfs:1"
    with open_image(Reference("rootfs", str(root))) as image:
        write_image(image, parse(f"docker-daemon:{name}"))
    try:
        run = ["docker", "run", "--rm", "--network", "none", name, "/bin/busybox", "echo", "started"]
        assert subprocess.check_output(run, text=True) == "started\n"
    finally:
        subprocess.run(["docker", "rmi", name], check=True, capture_output=True)
