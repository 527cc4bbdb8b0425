"""Images of registries: read from the best place, written without what is there already."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from registries import real_registry
from shave import sources
from shave.errors import BadImageError, CannotError, UsageError
from shave.events import BlobWritten, Event, StageAdvanced, StageStarted, silent
from shave.image import Image, ImageIndex
from shave.net import Patience
from shave.oci import OCI_INDEX, OCI_MANIFEST, Platform, digest_of
from shave.reference import parse
from shave.sources.blobs import stored
from shave.sources.docker import DockerRegistry
from shave.testing import File, image, random_image
from shave.testing.registry import Drop, HugeManifest, Registry, ServerError, registry
from shave.testing.registry.storage import Stored
from shave.trust import CAREFUL

SOURCE = DockerRegistry(Patience(connect=2, stall=0.5, attempts=3, first_pause=0.01, longest_pause=2))
MADE = image({"/a": b"a" * 3000}, {"/b": b"b"})


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("REGISTRY_AUTH_FILE", "CONTAINERS_REGISTRIES_CONF", "SHAVE_CACHE_MAX"):
        monkeypatch.delenv(name, raising=False)


def read(reference: str, platform: Platform | None = None, sink: Callable[[Event], None] = silent) -> Image:
    """The image, all its layers read and verified."""
    with SOURCE.open(parse(reference), platform, CAREFUL, sink) as found:
        for layer in found.layers:
            assert sum(map(len, stored(layer, 0, lambda amount: None))) == layer.descriptor.size
        return found


def write(made: Image, reference: str, sink: Callable[[Event], None] = silent) -> None:
    SOURCE.write(made, parse(reference), CAREFUL, sink)


def platforms(*architectures: str) -> list[Image]:
    return [image({"/a": architecture.encode()}, architecture=architecture) for architecture in architectures]


def test_it_is_one_of_the_sources() -> None:
    assert "docker" in {source.transport for source in sources.SOURCES}


def test_what_is_written_is_read() -> None:
    with registry() as made:
        write(MADE, f"docker://{made.host}/a/b:1")
        found = read(f"docker://{made.host}/a/b:1")
        assert (found.manifest_digest, found.config_bytes) == (MADE.manifest_digest, MADE.config_bytes)
        assert found.reference == f"docker://{made.host}/a/b:1"
        assert read(f"docker://{made.host}/a/b@{MADE.manifest_digest}").manifest == MADE.manifest
        write(MADE, f"docker://{made.host}/c")
        assert made.repository("c").tags == {"latest": MADE.manifest_digest}


def test_layers_are_fetched_once() -> None:
    with registry() as made:
        made.put(MADE, "app:1")
        for _ in range(2):
            read(f"docker://{made.host}/app:1")
        for layer in MADE.layers:
            assert made.seen.count(f"GET /v2/app/blobs/{layer.descriptor.digest}") == 1


def test_an_index_is_chosen_from() -> None:
    amd64, arm64 = platforms("amd64", "arm64")
    with registry() as made:
        made.put_index([arm64, amd64], "app:1")
        name = f"docker://{made.host}/app:1"
        assert read(name, Platform("arm64", "linux")).config_digest == arm64.config_digest
        with pytest.raises(CannotError, match="has no image for linux/s390x; it has: linux/amd64, linux/arm64"):
            read(name, Platform("s390x", "linux"))


def test_all_platforms_are_one_value_without_attestations() -> None:
    amd64, arm64 = platforms("amd64", "arm64")
    with registry() as made:
        made.put_index([amd64, arm64], "app:1")
        held = made.repository("app")
        index = json.loads(held.manifests[held.tags["1"]].data)
        unknown = {"os": "unknown", "architecture": "unknown"}
        entry = {"mediaType": OCI_MANIFEST, "digest": digest_of(b"x"), "size": 1, "platform": unknown}
        index["manifests"].append({**entry, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}})
        data = json.dumps(index).encode()
        held.manifests[digest_of(data)] = Stored(OCI_INDEX, data)
        held.tags["1"] = digest_of(data)
        with SOURCE.open_all(parse(f"docker://{made.host}/app:1"), CAREFUL, silent) as found:
            assert [one.config_digest for one in found.images] == [amd64.config_digest, arm64.config_digest]
            SOURCE.write_all(found, parse(f"docker://{made.host}/other:1"), CAREFUL, silent)
        with SOURCE.open_all(parse(f"docker://{made.host}/other:1"), CAREFUL, silent) as copied:
            assert copied.stored_index == found.index_bytes
            assert [one.manifest_digest for one in copied.images] == [one.manifest_digest for one in found.images]


def test_an_index_is_written_after_what_it_names() -> None:
    images = ImageIndex("made", tuple(platforms("amd64", "arm64")))
    with registry() as made:
        SOURCE.write_all(images, parse(f"docker://{made.host}/app:1"), CAREFUL, silent)
        puts = [seen.removeprefix("PUT /v2/app/manifests/") for seen in made.seen if "PUT /v2/app/manifests" in seen]
        assert puts == [*(one.manifest_digest for one in images.images), "1"]
        assert made.repository("app").tags == {"1": images.descriptor.digest}


@pytest.mark.parametrize("kind", ["json", "prettyjws"])
def test_schema_1_is_refused_by_name(kind: str) -> None:
    data = json.dumps({"schemaVersion": 1, "name": "app", "tag": "1", "fsLayers": [], "history": []}).encode()
    with registry() as made:
        media_type = f"application/vnd.docker.distribution.manifest.v1+{kind}"
        made.repository("app").manifests[digest_of(data)] = Stored(media_type, data)
        made.repository("app").tags["1"] = digest_of(data)
        with pytest.raises(BadImageError, match="schema 1, which is not read"):
            read(f"docker://{made.host}/app:1")


def test_what_the_registry_has_is_not_sent_and_what_a_neighbour_has_is_mounted() -> None:
    told: list[Event] = []
    changed = image({"/a": b"a" * 3000}, {"/b": b"b"}, {"/c": b"c"})
    with registry() as made:
        made.put(MADE, "base:1")
        with SOURCE.open(parse(f"docker://{made.host}/base:1"), None, CAREFUL, silent) as base:
            write(replace(changed, reference=base.reference), f"docker://{made.host}/app:1", told.append)
        assert sorted(event.how for event in told if isinstance(event, BlobWritten)) == ["copied", "mounted", "mounted"]
        before = len(made.requests)
        write(changed, f"docker://{made.host}/app:2", told.append)
        assert {seen.method for seen in made.requests[before:]} == {"GET", "HEAD", "PUT"}
        assert [event.how for event in told if isinstance(event, BlobWritten)][3:] == ["reused"] * 3


def test_progress_adds_up() -> None:
    told: list[Event] = []
    with registry([Drop(method="PATCH", path="/v2/*/uploads/*")]) as made:
        write(MADE, f"docker://{made.host}/app:1", told.append)
    total = sum(layer.descriptor.size for layer in MADE.layers)
    assert [event for event in told if isinstance(event, StageStarted)] == [StageStarted("write", total)]
    assert sum(event.amount for event in told if isinstance(event, StageAdvanced)) == total


def test_a_digest_is_no_name_to_write_to() -> None:
    with pytest.raises(UsageError, match="a digest is no name"):
        write(MADE, f"docker://localhost:1/app@sha256:{'0' * 64}")


def mirrored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Registry, *mirrors: Registry) -> None:
    text = f'[[registry]]\nprefix = "far.example"\nlocation = "{own.host}/far"\n'
    text += "".join(f'[[registry.mirror]]\nlocation = "{mirror.host}/near"\n' for mirror in mirrors)
    (tmp_path / "registries.conf").write_text(text)
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))


def test_mirrors_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry() as own, registry() as empty, registry([HugeManifest()]) as broken, registry() as good:
        mirrored(tmp_path, monkeypatch, own, empty, broken, good)
        own.put(MADE, "far/app:1")
        good.put(MADE, "near/app:1")
        broken.put(MADE, "near/app:1")
        assert read("docker://far.example/app:1").manifest == MADE.manifest
        assert len(empty.seen) == len(broken.seen) == 2
        assert not own.seen
        own.put(random_image(1), "far/app:2")
        assert read("docker://far.example/app:2").config_digest == random_image(1).config_digest


def test_the_last_error_names_all_that_was_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry() as own, registry([ServerError(status=500, times=9)]) as broken:
        mirrored(tmp_path, monkeypatch, own, broken)
        with pytest.raises(CannotError) as caught:
            read("docker://far.example/app:1")
        said = str(caught.value)
        assert said.startswith("docker://far.example/app:1 cannot be read: ")
        assert f"{broken.host} answered 500" in said
        assert f"{own.host} answered 404 Not Found for manifest 1 of far/app" in said


def test_docker_hub_has_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry() as made:
        text = f'[[registry]]\nprefix = "docker.io"\nlocation = "{made.host}"\n'
        (tmp_path / "registries.conf").write_text(text)
        monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))
        made.put(MADE, "library/app:latest")
        assert read("docker://app").manifest == MADE.manifest
        assert read("docker://docker.io/app:latest").manifest == MADE.manifest


def test_a_large_layer_needs_little_memory() -> None:
    """Both ways, in a process of its own; what is large lies in this one."""
    large = image({"/large": File(bytes(96 << 20))}, compression="none")
    program = (
        "import re, sys\n"
        "from shave import api\n"
        "with api.open(sys.argv[1]) as image:\n"
        "    api.write(image, sys.argv[2])\n"
        "print(re.search('VmHWM: *([0-9]+)', open('/proc/self/status').read().replace('\\t', ' '))[1])\n"
    )
    with registry() as one, registry() as two:
        one.put(large, "app:1")
        names = (f"docker://{one.host}/app:1", f"docker://{two.host}/app:1")
        done = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, text=True, check=True)
        assert int(done.stdout) < 80_000
        assert two.repository("app").tags == {"1": large.manifest_digest}


@pytest.mark.oracle
def test_skopeo_reads_what_we_write_and_we_what_it_writes(tmp_path: Path) -> None:
    with real_registry(tmp_path) as real:
        made = random_image(7)
        write(made, f"docker://{real.host}/a/b:1")
        raw = _skopeo("inspect", "--raw", *real.skopeo(), f"docker://{real.host}/a/b:1")
        assert digest_of(raw) == made.manifest_digest
        _skopeo("copy", *real.skopeo("src-"), f"docker://{real.host}/a/b:1", f"oci:{tmp_path}/layout:1")
        _skopeo(
            "copy", *real.skopeo("dest-"), "--format", "v2s2", f"oci:{tmp_path}/layout:1", f"docker://{real.host}/c:2"
        )
        found = read(f"docker://{real.host}/c:2")
        assert found.manifest.media_type == "application/vnd.docker.distribution.manifest.v2+json"
        assert found.config.rootfs == made.config.rootfs


def _skopeo(*words: str) -> bytes:
    return subprocess.run(["skopeo", *words], capture_output=True, check=True).stdout
