"""What images of a lab cost: as shave size has it, as the engine has it, and remembered."""

import json
import subprocess
from pathlib import Path

import pytest

from shave import sources
from shave.compression import packing
from shave.events import Event, Remark, StageStarted, silent
from shave.image import Image
from shave.lab import BuildRecord
from shave.reference import parse
from shave.testing import image
from shave.verbs.lab_weighing import weighed
from shave.verbs.size import Reading, size, weigh

MADE = image({"/text": b"the quick brown fox " * 9000}, {"/other": b"x" * 70_000})
PLAIN = image({"/text": b"the quick brown fox " * 9000}, {"/other": b"x" * 70_000}, compression="none")
ZSTD = packing("zstd")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def record(name: str, reference: str, made: Image) -> BuildRecord:
    return BuildRecord(name, "sha256:0", "built", 1.0, reference, made.config_digest)


def at(made: Image, path: Path) -> str:
    reference = f"oci:{path}:1"
    sources.write_image(made, parse(reference))
    return reference


def test_as_shave_size_has_it(tmp_path: Path) -> None:
    reference = at(MADE, tmp_path / "layout")
    found = weighed({"a": record("a", reference, MADE)}, None, silent)["a"]
    with sources.open_image(parse(reference)) as opened:
        assert found.weight == weigh(opened, Reading(), silent)
    assert (found.repacked_bytes, found.models) == (None, ())


def test_in_another_compression(tmp_path: Path) -> None:
    twice = image({"/a": b"abc" * 5000}, {"/a": b"abc" * 5000})
    reference, zstd = at(twice, tmp_path / "gzip"), image({"/a": b"abc" * 5000}, compression="zstd")
    found = weighed({"a": record("a", reference, twice)}, ZSTD, silent)["a"]
    assert found.repacked_bytes == zstd.layers[0].descriptor.size


def test_the_models_of_dotnet_applications(tmp_path: Path) -> None:
    framework = {"name": "Microsoft.NETCore.App", "version": "8.0.0"}
    runtime = json.dumps({"runtimeOptions": {"framework": framework}}).encode()
    shared = "/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.0/System.Private.CoreLib.dll"
    host = "/usr/share/dotnet/host/fxr/8.0.0/libhostfxr.so"
    made = image({"/app/app.runtimeconfig.json": runtime, "/app/app.dll": b"", shared: b"MZ", host: b""})
    reference = at(made, tmp_path / "layout")
    assert weighed({"a": record("a", reference, made)}, None, silent)["a"].models == ("framework-dependent",)


def test_what_has_no_image_is_left_out(tmp_path: Path) -> None:
    said: list[Event] = []
    other = at(image({"/a": b"another"}), tmp_path / "other")
    builds = {
        "failed": BuildRecord("failed", "sha256:0", "failed", 1.0, message="no"),
        "gone": record("gone", f"oci:{tmp_path}/nowhere:1", MADE),
        "other": record("other", other, MADE),
    }
    assert weighed(builds, None, said.append) == {}
    told = [event.text for event in said if isinstance(event, Remark)]
    assert [text.partition(" is ")[0] for text in told] == ["gone", "other"]
    assert told[1].endswith("is not the image that was built")


@pytest.mark.engine
def test_an_engine_is_asked_for_an_image_once() -> None:
    name = "shave-test/lab-weighing:1"
    try:
        sources.write_image(PLAIN, parse(f"docker-daemon:{name}"))
        said = subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=True).stdout
        known = json.loads(said)[0]
        builds = {"a": BuildRecord("a", "sha256:0", "built", 1.0, f"docker-daemon:{name}", known["Id"])}
        found = weighed(builds, ZSTD, silent)["a"]
        assert found.weight.disk and found.weight.disk.unpacked_bytes == known["Size"]
        with sources.open_image(parse(f"docker-daemon:{name}")) as opened:
            assert size([found.weight]).images == size([weigh(opened, Reading(exact=True), silent)]).images
        events: list[Event] = []
        assert weighed(builds, ZSTD, events.append) == {"a": found}
        assert not [event for event in events if isinstance(event, StageStarted)]
    finally:
        subprocess.run(["docker", "rmi", name], capture_output=True, check=False)
