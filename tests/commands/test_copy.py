"""``shave copy`` as it is typed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli import Shave, layout, shell_layers
from shave import api
from shave.image import ImageIndex
from shave.testing import image
from shave.testing.registry import registry


def test_the_answer(shave: Shave, tmp_path: Path) -> None:
    source, target = layout(tmp_path / "in", *shell_layers()), f"oci:{tmp_path}/out:1"
    done = shave("copy", source, target)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == f"{source} → {target}: linux/amd64"
    assert [line.split()[:2] for line in lines[2:4]] == [["layers", "packed"], ["copied", "2"]]
    assert lines[-1] == f"next: shave slim {target}"
    again = json.loads(shave("copy", source, target, "--format", "json").out)
    assert (again["schema"], again["copied"]["layers"], again["reused"]["layers"]) == ("shave.copy/v1", 0, 2)
    assert again["manifest_digest"] == json.loads((tmp_path / "out/index.json").read_bytes())["manifests"][0]["digest"]


def test_a_change_is_proven_next(shave: Shave, tmp_path: Path) -> None:
    source, target = layout(tmp_path / "in", *shell_layers()), f"oci-archive:{tmp_path}/out.tar"
    done = shave("copy", source, target, "--squash", "--compression", "zstd:3")
    assert done.out.splitlines()[-1] == f"next: shave verify {source} {target}"
    with api.open(target) as made:
        assert [layer.descriptor.media_type[-5:] for layer in made.layers] == ["+zstd"]


def test_all_platforms(shave: Shave, tmp_path: Path) -> None:
    images = ImageIndex("x", tuple(image({"/a": name.encode()}, architecture=name) for name in ("amd64", "arm64")))
    api.copy(images, f"oci:{tmp_path}/in:1")
    with registry() as server:
        target = f"docker://{server.host}/app:1"
        done = shave("copy", f"oci:{tmp_path}/in:1", target, "--platform", "all")
        assert "linux/amd64, linux/arm64" in done.out
        assert images.descriptor.digest in done.out
        one = shave("copy", target, f"oci:{tmp_path}/arm", "--platform", "linux/arm64", "--format", "json")
        assert json.loads(one.out)["manifest_digest"] == images.images[1].manifest_digest


def test_lies_are_listed_and_nothing_is_written(shave: Shave, tmp_path: Path) -> None:
    source = layout(tmp_path / "in", {"/a": b"a" * 900}, {"/b": b"b" * 900})
    index = json.loads((tmp_path / "in/index.json").read_bytes())
    blobs = tmp_path / "in/blobs/sha256"
    manifest = json.loads((blobs / index["manifests"][0]["digest"].partition(":")[2]).read_bytes())
    for layer in manifest["layers"]:
        blob = blobs / layer["digest"].partition(":")[2]
        blob.write_bytes(blob.read_bytes()[::-1])
    done = shave("copy", source, f"oci:{tmp_path}/out:1")
    assert (done.code, done.out) == (3, "")
    assert f"shave: {source} is not what it claims to be:" in done.err
    lines = [line.split(":")[:2] for line in done.err.splitlines()]
    assert [line for line in lines if line[1:] == [" digest"]] == [["  layer 0", " digest"], ["  layer 1", " digest"]]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--compression", "gzip:10"],
        ["--compression", "zstd:0"],
        ["--compression", "brotli"],
        ["--compression", "none:1"],
        ["--platform", "arm"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant(shave: Shave, tmp_path: Path, arguments: list[str]) -> None:
    done = shave("copy", layout(tmp_path / "in", {"/a": b"a"}), f"oci:{tmp_path}/out", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "hint: write" in done.err


def test_an_archive_is_not_lost(shave: Shave, tmp_path: Path) -> None:
    shave("copy", layout(tmp_path / "in", {"/a": b"a"}), f"oci-archive:{tmp_path}/a.tar")
    before = (tmp_path / "a.tar").read_bytes()
    done = shave("copy", f"oci-archive:{tmp_path}/a.tar", f"docker-archive:{tmp_path}/here/../a.tar:x")
    assert (done.code, (tmp_path / "a.tar").read_bytes()) == (2, before)


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    source = layout(tmp_path / "in", {"/a": os.urandom(1 << 20)}, {"/b": os.urandom(24 << 20)})
    command = [sys.executable, "-m", "shave", "copy", source, f"oci:{tmp_path}/out:1", "--compression", "zstd:19"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "XDG_CACHE_HOME": f"{tmp_path}/cache"}
    ) as process:
        assert process.stderr and process.stderr.readline().startswith("reading")
        while not list((tmp_path / "cache").rglob("layer-*")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert (process.returncode, said.splitlines()[-1]) == (130, "shave: interrupted")
    assert not (tmp_path / "out").exists()
    assert not list((tmp_path / "cache").rglob("work-*"))
