"""Any image to any place and back; what is copied and what is not; kills, full disks and lies leave nothing."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shave.compression import Packing
from shave.errors import BadImageError, CannotError
from shave.events import silent
from shave.image import Image, ImageIndex
from shave.oci import OCI_LAYER
from shave.reference import parse
from shave.sources import open_image, open_images, write_images
from shave.store import tree_of
from shave.testing import image, random_image
from shave.testing.registry import registry
from shave.verbs.copy import Change, Copied, Tally
from shave.verbs.copy import copy as copy_verb
from shave.verbs.validate import MismatchError, validate

MADE = image({"/a": b"a" * 30000}, {"/b": b"b"})
OTHER = "sha256:" + "0" * 64
NAME = "shave-test/copy"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def copy(made: Image | ImageIndex, target: str, change: Change = Change(), directory: Path | None = None) -> Copied:  # noqa: B008
    images = made if isinstance(made, ImageIndex) else ImageIndex(made.reference, (made,))
    with TemporaryDirectory() as own:
        return copy_verb(images, parse(target), change, directory or Path(own), silent)


def files(path: Path) -> dict[str, bytes]:
    return {str(found.relative_to(path)): found.read_bytes() for found in path.rglob("*") if found.is_file()}


@contextmanager
def places(directory: Path) -> Iterator[list[str]]:
    """References to write to, one of each kind that needs no engine."""
    with registry() as made:
        yield [
            f"oci:{directory}/layout:1",
            f"oci-archive:{directory}/oci.tar:1",
            f"docker-archive:{directory}/docker.tar:app:1",
            f"docker://{made.host}/app:1",
        ]


def there_and_back(original: Image, references: list[str]) -> None:
    for reference in references:
        copied = copy(original, reference)
        with open_image(parse(reference)) as found:
            assert found.config_digest == original.config_digest
            assert tree_of(found, silent).nodes == tree_of(original, silent).nodes
            assert copied.manifest_digest in ("", found.manifest_digest, original.manifest_digest)
            if copied.manifest_digest:
                assert found.manifest_digest == original.manifest_digest
            for onward in references:
                assert copy(found, onward).config_digests == (original.config_digest,)


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_image_anywhere_and_back(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    with places(tmp_path_factory.mktemp("places")) as references:
        there_and_back(random_image(seed, entries=12), references)


@pytest.mark.engine
@pytest.mark.oracle
def test_engines_too(tmp_path: Path) -> None:
    names = [f"docker-daemon:{NAME}:1", f"containers-storage:{NAME}:1"]
    try:
        there_and_back(random_image(5, entries=12), [*names, f"oci:{tmp_path}/layout:1"])
        with open_image(parse(names[0])) as found, open_image(parse(names[1])) as other:
            assert found.config_digest == other.config_digest
    finally:
        subprocess.run(["docker", "rmi", f"{NAME}:1"], capture_output=True, check=False)
        subprocess.run(["podman", "rmi", f"{NAME}:1"], capture_output=True, check=False)


def test_only_what_is_missing_is_copied(tmp_path: Path) -> None:
    reference = f"oci:{tmp_path}/layout:1"
    sizes = [layer.descriptor.size for layer in MADE.layers]
    assert copy(MADE, reference).copied == Tally(2, sum(sizes))
    again = copy(MADE, reference)
    assert (again.copied, again.reused) == (Tally(0, 0), Tally(2, sum(sizes)))
    blob = tmp_path / "layout/blobs/sha256" / MADE.layers[1].descriptor.digest.removeprefix("sha256:")
    blob.write_bytes(bytes(sizes[1]))
    assert copy(MADE, reference).copied == Tally(1, sizes[1])
    with registry() as made:
        assert copy(MADE, f"docker://{made.host}/a:1").copied.layers == 2
        assert copy(MADE, f"docker://{made.host}/a:2").reused.layers == 2
        with open_image(parse(f"docker://{made.host}/a:1")) as found:
            assert copy(found, f"docker://{made.host}/b:1").mounted.layers == 2


def platforms(tmp_path: Path) -> ImageIndex:
    """Two platforms and an attestation in one index, as BuildKit writes them."""
    images = tuple(image({"/a": name.encode()}, architecture=name) for name in ("amd64", "arm64"))
    index = ImageIndex("made", images)
    document = json.loads(index.index_bytes)
    document["manifests"][0]["platform"]["os.version"] = "7"
    return replace(index, stored_index=json.dumps(document, indent=2).encode())


def test_a_registry_gets_no_plain_tars_unasked(tmp_path: Path) -> None:
    """As with skopeo and docker push: who pulls would pay for them each time."""
    archive = f"docker-archive:{tmp_path}/docker.tar:app:1"
    copy(MADE, archive)
    with registry() as made, open_image(parse(archive)) as plain:
        references = [f"docker://{made.host}/app:{tag}" for tag in ("usual", "plain", "zstd")]
        changes = (Change(), Change(Packing("none")), Change(Packing("zstd", 3)))
        kinds = []
        for number, (reference, change) in enumerate(zip(references, changes, strict=True)):
            (tmp_path / str(number)).mkdir()
            copied = copy(plain, reference, change, tmp_path / str(number))
            with open_image(parse(reference)) as found:
                assert (found.config_digest, found.manifest_digest) == (MADE.config_digest, copied.manifest_digest)
                assert validate(found, silent) == ()
                kinds.append({layer.descriptor.media_type for layer in found.layers})
        assert kinds == [{f"{OCI_LAYER}{suffix}"} for suffix in ("+gzip", "", "+zstd")]


def test_all_platforms_keep_their_index(tmp_path: Path) -> None:
    made = platforms(tmp_path)
    with registry() as server:
        references = [f"oci:{tmp_path}/a:1", f"docker://{server.host}/a:1", f"oci-archive:{tmp_path}/a.tar:1"]
        for reference in references:
            copied = copy(made, reference)
            assert (copied.platforms, copied.manifest_digest) == (
                ("linux/amd64", "linux/arm64"),
                made.descriptor.digest,
            )
            with open_images(parse(reference)) as found:
                assert found.index_bytes == made.index_bytes
                for onward in references:
                    assert copy(found, onward).manifest_digest == made.descriptor.digest
    with pytest.raises(CannotError, match="holds one platform, made has 2"):
        copy(made, f"docker-archive:{tmp_path}/b.tar:app")
    assert not (tmp_path / "b.tar").exists()


def test_an_index_without_its_attestations_is_made_anew(tmp_path: Path) -> None:
    made = platforms(tmp_path)
    document = json.loads(made.stored_index)
    unknown = {"os": "unknown", "architecture": "unknown"}
    document["manifests"].append({**document["manifests"][0], "digest": OTHER, "platform": unknown})
    copied = copy(replace(made, stored_index=json.dumps(document).encode()), f"oci:{tmp_path}/a:1")
    with open_images(parse(f"oci:{tmp_path}/a:1")) as found:
        assert copied.manifest_digest == found.descriptor.digest
        entries = json.loads(found.index_bytes)["manifests"]
    assert [entry["digest"] for entry in entries] == [one.manifest_digest for one in made.images]
    assert entries[0]["platform"]["os.version"] == "7"


def test_a_change_of_all_platforms(tmp_path: Path) -> None:
    copied = copy(platforms(tmp_path), f"oci:{tmp_path}/a:1", Change(Packing("zstd", 3), squash=True), tmp_path)
    with open_images(parse(f"oci:{tmp_path}/a:1")) as found:
        assert found.descriptor.digest == copied.manifest_digest
        assert {layer.descriptor.media_type[-5:] for one in found.images for layer in one.layers} == {"+zstd"}
        assert validate(found, silent) == ()


@pytest.mark.parametrize("target", ["oci:{}/out:1", "oci-archive:{}/out", "docker-archive:{}/out:app:1"])
def test_a_lie_is_not_copied(tmp_path: Path, target: str) -> None:
    layers = tuple(replace(layer, diff_id=OTHER) for layer in MADE.layers)
    rootfs = replace(MADE.config.rootfs, diff_ids=(OTHER, OTHER))
    lying = replace(MADE, layers=layers, config=replace(MADE.config, rootfs=rootfs))
    with pytest.raises(MismatchError) as caught:
        copy(lying, target.format(tmp_path))
    assert [mismatch.part for mismatch in caught.value.mismatches] == ["layer 0", "layer 1"]
    assert str(caught.value).count("\n  layer ") == 2
    assert not (tmp_path / "out").exists()


def test_what_is_wrong_with_the_target_is_said_of_the_target(tmp_path: Path) -> None:
    copy(MADE, f"oci:{tmp_path}/out:1")
    (tmp_path / "out/index.json").write_text("[]")
    with pytest.raises(BadImageError, match=r"index\.json is malformed"):
        copy(MADE, f"oci:{tmp_path}/out:1")


def test_a_history_that_does_not_fit_is_only_remarked(tmp_path: Path) -> None:
    heard: list[object] = []
    odd = image({"/a": b"a"}, history=[{"created_by": "x"}, {"created_by": "y"}])
    target = parse(f"oci:{tmp_path}/out:1")
    copy_verb(ImageIndex("x", (odd,)), target, Change(), tmp_path, heard.append)
    assert "instructions with a layer" in str(heard[0])


def test_nothing_is_left_by_kills(tmp_path: Path) -> None:
    """Wherever a copy dies, the layout shows the old image or the new one, and the next copy leaves no trace of it."""
    chance = random.Random(1)
    old, new = random_image(1), random_image(2, layers=6, entries=60)
    layout, clean = tmp_path / "layout", tmp_path / "clean"
    reference = f"oci:{layout}:1"
    for target in (reference, f"oci:{clean}:1"):
        copy(old, target)
    for _ in range(60):
        copy(old, reference)
        _kill(lambda: copy(new, reference), chance.random() * 0.06)
        with open_image(parse(reference)) as found:
            assert found.manifest_digest in (old.manifest_digest, new.manifest_digest)
            assert validate(found, silent) == ()
    assert copy(new, reference).manifest_digest == copy(new, f"oci:{clean}:1").manifest_digest
    assert files(layout) == files(clean)


def test_archives_survive_kills(tmp_path: Path) -> None:
    chance = random.Random(2)
    (tmp_path / "out").mkdir()
    old, new = random_image(1), random_image(2, layers=6, entries=60)
    for name in ("oci-archive", "docker-archive"):
        reference = (
            f"{name}:{tmp_path}/out/{name}:app:1" if name == "docker-archive" else f"{name}:{tmp_path}/out/{name}"
        )
        copy(old, reference)
        for _ in range(20):
            _kill(lambda: copy(new, reference), chance.random() * 0.06)  # noqa: B023
            with open_image(parse(reference)) as found:
                assert found.config_digest in (old.config_digest, new.config_digest)
        copy(new, reference)
    assert sorted(files(tmp_path / "out")) == ["docker-archive", "oci-archive"]


def _kill(work: Callable[[], object], after: float) -> None:
    """Do it in another process, which is killed after so many seconds."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A file system of as many KiB as is said."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", place], check=True)

    def resize(kibibytes: int) -> Path:
        subprocess.run(["mount", "-o", f"remount,size={kibibytes}k", place], check=True)
        return place

    yield resize
    subprocess.run(["umount", place], check=True)


@pytest.mark.root
@pytest.mark.parametrize("transport", ["oci", "oci-archive", "docker-archive"])
@pytest.mark.parametrize("packing", [None, Packing("zstd", 1)], ids=["as it is", "zstd"])
def test_a_disk_that_is_full_at_any_write(
    small: Callable[[int], Path], tmp_path: Path, transport: str, packing: Packing | None
) -> None:
    made = random_image(9, layers=6, entries=60)
    full = 0
    for kibibytes in (4 * round(1.08**number) for number in range(6, 100)):
        place = small(kibibytes)
        work = place / "work"
        before = files(place)
        try:
            if packing:
                work.mkdir()
            copy(made, f"{transport}:{place}/out", Change(packing), work)
        except (CannotError, OSError) as error:
            assert "No space left" in str(error)
            full += 1
            subprocess.run(["rm", "-rf", work], check=True)
            assert files(place) == before
            continue
        break
    with open_image(parse(f"{transport}:{place}/out")) as found:
        assert found.config_digest == made.config_digest
    assert full > 3


@pytest.mark.oracle
@pytest.mark.engine
def test_docker_and_podman_take_what_is_written(tmp_path: Path) -> None:
    made = image({"/a": b"a" * 3000}, {"/b": b"b"}, config={"Cmd": ["/a"]})
    gzip, zstd = (Change(Packing(name, 3)) for name in ("gzip", "zstd"))  # type: ignore[arg-type]
    try:
        with registry() as server:
            (tmp_path / "work").mkdir()
            (tmp_path / "work2").mkdir()
            copy(made, f"docker://{server.host}/app:1", gzip, tmp_path / "work")
            subprocess.run(["docker", "pull", "-q", f"{server.host}/app:1"], check=True, capture_output=True)
            ids = subprocess.check_output(["docker", "image", "inspect", "-f", "{{.Id}}", f"{server.host}/app:1"])
            subprocess.run(["docker", "rmi", f"{server.host}/app:1"], check=True, capture_output=True)
            assert ids.decode().strip() == made.config_digest
        copy(made, f"oci:{tmp_path}/layout:1", zstd, tmp_path / "work2")
        pulled = subprocess.check_output(["podman", "pull", "-q", f"oci:{tmp_path}/layout:1"], text=True).strip()
        assert f"sha256:{pulled}" == made.config_digest
    finally:
        subprocess.run(["podman", "rmi", made.config_digest.removeprefix("sha256:")], capture_output=True, check=False)


def test_reading_a_layout_that_is_written_to_itself(tmp_path: Path) -> None:
    reference = f"oci:{tmp_path}/layout:1"
    copy(MADE, reference)
    with open_image(parse(reference)) as found:
        copy(found, reference, Change(Packing("zstd", 3)), tmp_path)
    with open_images(parse(reference)) as images:
        assert validate(images, silent) == ()
        assert len(files(tmp_path / "layout")) == 6


def test_many_platforms_in_one_layout_are_written_once(tmp_path: Path) -> None:
    base = {"/base": b"base"}
    images = ImageIndex("x", tuple(image(base, {"/a": n.encode()}, architecture=n) for n in ("amd64", "arm64")))
    write_images(images, parse(f"oci:{tmp_path}/a:1"))
    assert len(files(tmp_path / "a")) == 2 + 3 + 2 * 2 + 1
