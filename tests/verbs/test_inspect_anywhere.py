"""One image in every place an image can be: what is found in it is the same."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from registries import PASSWORD, USER, Kind, real_registry
from shave.catalog.explained import explain
from shave.events import silent
from shave.image import Image, ImageIndex
from shave.oci import OCI_INDEX, Platform, digest_of
from shave.reference import Transport, parse
from shave.sources import open_image, write_image, write_images
from shave.testing import Directory, File, Hardlink, Member, Whiteout, image
from shave.trust import CAREFUL, Trust
from shave.verbs.inspect import inspect
from shave.verbs.inspected import Inspected

NAME = "shave-test/anywhere"
CHANCE = Random(0)
LAYERS: tuple[dict[str, Member], ...] = (
    {
        "usr/": Directory(),
        "usr/bin/tool": File(CHANCE.randbytes(90_000), 0o755),
        "usr/bin/twin": Hardlink("usr/bin/tool"),
        "usr/share/doc/tool/changelog": b"fixed it\n" * 9000,
        "var/lib/dpkg/status": b"Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n",
        "var/lib/dpkg/info/tool.list": b"/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/share/doc/tool/changelog\n",
        "var/cache/apt/archives/tool_1.0.deb": CHANCE.randbytes(80_000),
        "opt/data": CHANCE.randbytes(70_000),
    },
    {"opt/data": File(CHANCE.randbytes(60_000), 0o600), "var/cache/apt/archives/tool_1.0.deb": Whiteout()},
    {"app/main": b"#!/bin/sh\n", "app/copy": CHANCE.randbytes(50_000)},
)


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def seen(made: Image) -> Inspected:
    return inspect(explain(made, silent))


def at(reference: str, platform: Platform | None = None, trust: Trust = CAREFUL) -> Inspected:
    """What is found in the image there."""
    with open_image(parse(reference), platform, silent, trust) as found:
        return seen(found)


def told(found: Inspected) -> Any:
    """All but where it is."""
    value = msgspec.to_builtins(found)
    return {key: item for key, item in value.items() if key not in ("reference", "next")}


def unpacked(found: Inspected) -> Any:
    """All that does not depend on how layers are packed: neither packed bytes, nor what is sorted by them."""
    return _unpacked(msgspec.to_builtins(found))


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        left = (key for key in value if "packed_" not in key.replace("unpacked_", "") and key != "counted_packed")
        return {key: _unpacked(value[key]) for key in left if key not in ("reference", "next", "digest")}
    return sorted(map(_unpacked, value), key=repr) if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("transport", ["oci", "oci-archive"])
def test_places_that_keep_the_blobs(transport: Transport, tmp_path: Path) -> None:
    made = image(*LAYERS)
    write_image(made, parse(f"{transport}:{tmp_path}/x:t"))
    found = at(f"{transport}:{tmp_path}/x:t")
    assert told(found) == told(seen(made))
    assert found.units
    assert {finding.rule for finding in found.findings} >= {"overwritten", "deleted"}


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["plain", "basic", "tls"])
def test_a_registry(kind: Kind, tmp_path: Path) -> None:
    made = image(*LAYERS)
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    with real_registry(tmp_path, kind) as real:
        (tmp_path / "auth.json").write_text(json.dumps({"auths": {real.host: {"auth": login}}}))
        trust = Trust(None if kind == "plain" else tmp_path / "auth.json", insecure=kind == "tls")
        write_image(made, parse(f"docker://{real.host}/{NAME}:t"), trust=trust)
        assert told(at(f"docker://{real.host}/{NAME}:t", trust=trust)) == told(seen(made))


def test_a_saved_image_has_no_packed_bytes_but_an_estimate(tmp_path: Path) -> None:
    made = image(*LAYERS)
    write_image(made, parse(f"docker-archive:{tmp_path}/x.tar:{NAME}:t"))
    _without_packed_bytes(at(f"docker-archive:{tmp_path}/x.tar"), seen(made))


@pytest.fixture
def tag() -> Iterator[str]:
    yield f"{NAME}:matrix"
    subprocess.run(["docker", "rmi", f"{NAME}:matrix"], capture_output=True, check=False)


@pytest.mark.engine
def test_an_engine_has_no_packed_bytes_but_an_estimate(tag: str) -> None:
    made = image(*LAYERS)
    write_image(made, parse(f"docker-daemon:{tag}"))
    _without_packed_bytes(at(f"docker-daemon:{tag}"), seen(made))


def _without_packed_bytes(found: Inspected, expected: Inspected) -> None:
    assert found.measures.packed_estimated
    assert unpacked(found) == unpacked(expected)
    assert found.measures.packed_bytes == pytest.approx(expected.measures.packed_bytes, rel=0.03)
    # of so small an image a chunk is a large part
    assert found.saved_packed_bytes == pytest.approx(expected.saved_packed_bytes, rel=0.2)


def test_layers_of_zstd(tmp_path: Path) -> None:
    made = image(*LAYERS, compression="zstd")
    write_image(made, parse(f"oci:{tmp_path}/x:t"))
    found = at(f"oci:{tmp_path}/x:t")
    assert told(found) == told(seen(made))
    assert unpacked(found) == unpacked(seen(image(*LAYERS)))


def test_an_index_of_platforms_beside_attestations(tmp_path: Path) -> None:
    images = tuple(image(*LAYERS[:count], architecture=name) for count, name in ((3, "amd64"), (2, "arm64")))
    write_images(ImageIndex("made", images), parse(f"oci:{tmp_path}/x:t"))
    _attest(tmp_path / "x")
    for made in images:
        found = at(f"oci:{tmp_path}/x:t", made.config.platform)
        assert told(found) == told(seen(made))


def _attest(layout: Path) -> None:
    """Add to the index what BuildKit adds for each image: a manifest of no platform about it."""
    top = json.loads((layout / "index.json").read_text())
    index = json.loads(_blob(layout, top["manifests"][0]["digest"]).read_text())
    for entry in list(index["manifests"]):
        about = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": entry["digest"]}
        unknown = {"architecture": "unknown", "os": "unknown"}
        index["manifests"].insert(0, {**entry, "annotations": about, "platform": unknown})
    data = json.dumps({**index, "mediaType": OCI_INDEX}).encode()
    digest = digest_of(data)
    _blob(layout, digest).write_bytes(data)
    top["manifests"][0].update(digest=digest, size=len(data))
    (layout / "index.json").write_text(json.dumps(top))


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


@pytest.mark.oracle
def test_one_static_program_and_nothing_else(tmp_path: Path) -> None:
    program = shutil.which("busybox")
    assert program
    made = image({"bin/busybox": File(Path(program).read_bytes(), 0o755)}, config={"Cmd": ["/bin/busybox"]})
    write_image(made, parse(f"oci-archive:{tmp_path}/x.tar:t"))
    found = at(f"oci-archive:{tmp_path}/x.tar:t")
    assert told(found) == told(seen(made))
    assert (found.units, found.unread, found.measures.wasted_bytes) == ((), (), 0)
    assert found.measures.unpacked_bytes == Path(program).stat().st_size
