"""Archives of docker save: the old layout, the one that is an OCI layout too, other tools' habits, other loaders."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from shave.errors import BadImageError, CannotError, UsageError
from shave.image import Image
from shave.oci import Platform
from shave.reference import Reference
from shave.sources import open_image, write_image

MakeImage = Callable[..., Image]


def at(path: Path, tag: str = "") -> Reference:
    return Reference("docker-archive", str(path), tag)


def saved(path: Path, images: list[dict[str, Any]], files: dict[str, bytes | str]) -> Reference:
    """An archive of these files (a str is the target of a symlink) with this manifest.json."""
    with tarfile.open(path, "w") as archive:
        for name, body in {**files, "manifest.json": json.dumps(images).encode()}.items():
            member = tarfile.TarInfo(name)
            if isinstance(body, str):
                member.type, member.linkname = tarfile.SYMTYPE, body
            else:
                member.size = len(body)
            archive.addfile(member, None if isinstance(body, str) else io.BytesIO(body))
    return at(path)


def blobs(image: Image) -> list[bytes]:
    return [layer.open().read() for layer in image.layers]


def layers(image: Image) -> list[tuple[str, bytes]]:
    """Diff ID and plain tar of each layer."""
    return [(layer.diff_id, gzip.decompress(layer.open().read())) for layer in image.layers]


@pytest.mark.parametrize("packed", [True, False])
def test_round_trip_in_place(make_image: MakeImage, tmp_path: Path, packed: bool) -> None:
    image, path = make_image(packed=packed), tmp_path / "a.tar"
    write_image(image, at(path, "app:1"))
    with open_image(at(path, "docker.io/library/app:1")) as found:
        assert (found.config_bytes, found.config_digest, found.packed) == (
            image.config_bytes,
            image.config_digest,
            False,
        )
        for layer in found.layers:
            assert hashlib.sha256(layer.open().read()).hexdigest() == layer.diff_id.partition(":")[2]
            assert layer.plain and layer.plain[0] == path
            assert path.read_bytes()[layer.plain[1] :].startswith(layer.open().read())
    first = path.read_bytes()
    write_image(image, at(path, "app:1"))
    assert path.read_bytes() == first


def test_the_old_layout_with_linked_layers(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image({"a": b"x"}, {"a": b"x"})
    files: dict[str, bytes | str] = {"c.json": image.config_bytes, "l0/layer.tar": layers(image)[0][1]}
    files["l1/layer.tar"] = "../l0/layer.tar"
    one = {"Config": "c.json", "RepoTags": None, "Layers": ["l0/layer.tar", "l1/layer.tar"]}
    with open_image(saved(tmp_path / "a.tar", [one], files)) as found:
        assert blobs(found) == [tar for _, tar in layers(image)]
        assert found.layers[0].plain == found.layers[1].plain


def test_compressed_layers_as_other_tools_save_them(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image()
    files: dict[str, bytes | str] = {f"{n}.tar.gz": blob for n, blob in enumerate(blobs(image))}
    one = {"Config": "c", "RepoTags": ["a:1"], "Layers": list(files)}
    with open_image(saved(tmp_path / "a.tar", [one], {**files, "c": image.config_bytes})) as found:
        assert found.packed
        assert found.layers[0].plain is None
        assert found.manifest.layers == image.manifest.layers


def test_an_archive_that_is_an_oci_layout_too(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image()
    annotated = replace(image, manifest=replace(image.manifest, annotations={"base": "x"}))
    path = tmp_path / "a.tar"
    write_image(annotated, Reference("oci-archive", str(path), "latest"))
    one = {
        "Config": "blobs/sha256/" + image.config_digest[7:],
        "RepoTags": ["app:latest"],
        "Layers": ["blobs/sha256/" + layer.descriptor.digest[7:] for layer in image.layers],
    }
    manifest = json.dumps([one]).encode()
    member = tarfile.TarInfo("manifest.json")
    member.size = len(manifest)
    with tarfile.open(path, "a") as archive:
        archive.addfile(member, io.BytesIO(manifest))
    with open_image(at(path, "app")) as found:
        assert (found.manifest_digest, found.packed) == (annotated.manifest_digest, True)


def two(make_image: MakeImage, path: Path, **more: Any) -> Reference:
    first, second = make_image({"a": b"1"}, architecture="amd64"), make_image({"a": b"2"}, architecture="arm64")
    files: dict[str, bytes | str] = {}
    images = []
    for number, image in enumerate((first, second)):
        files |= {f"{number}.json": image.config_bytes, f"{number}/layer.tar": layers(image)[0][1]}
        images.append(
            {"Config": f"{number}.json", "RepoTags": [f"app:{number}"], "Layers": [f"{number}/layer.tar"], **more}
        )
    return saved(path, images, files)


def test_several_images(make_image: MakeImage, tmp_path: Path) -> None:
    reference = two(make_image, tmp_path / "a.tar")
    for tag, architecture in (("app:1", "arm64"), ("docker.io/library/app:0", "amd64"), ("@1", "arm64")):
        with open_image(replace(reference, tag=tag)) as image:
            assert image.config.architecture == architecture
    with pytest.raises(CannotError, match="is more than one image") as caught, open_image(reference):
        pass
    assert caught.value.hint == "choose one of: app:0, app:1"
    for tag in ("app", "app:2", "@2"):
        with pytest.raises(CannotError, match="is not there"), open_image(replace(reference, tag=tag)):
            pass


def test_one_name_for_several_platforms(make_image: MakeImage, tmp_path: Path) -> None:
    reference = two(make_image, tmp_path / "a.tar", RepoTags=["app:1"])
    with open_image(reference, Platform("arm64", "linux")) as image:
        assert image.config.architecture == "arm64"


@pytest.mark.parametrize(
    ("images", "files", "words"),
    [
        ([{"Config": "none", "Layers": []}], {}, "config is missing"),
        (
            [{"Config": "f" * 64 + ".json", "Layers": []}],
            {"f" * 64 + ".json": b"{}"},
            "config is not what its name says",
        ),
        (
            [{"Config": "c", "Layers": ["gone"]}],
            {"c": b'{"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' % (b"0" * 64)},
            "layer 0 is missing",
        ),
        ([{"Config": "c", "Layers": ["c"]}], {"c": b"{}"}, "names 0 layers, the manifest 1"),
        ([{"Config": "c", "Layers": []}], {"c": "/etc/passwd"}, "config is missing"),
        ([{"Layers": []}], {}, "manifest.json is malformed"),
    ],
)
def test_archives_that_contradict_themselves(tmp_path: Path, images: Any, files: Any, words: str) -> None:
    with pytest.raises(BadImageError, match=words), open_image(saved(tmp_path / "a.tar", images, files)):
        pass


def test_refusals(make_image: MakeImage, tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_image(make_image(), Reference("oci-archive", str(path)))
    with pytest.raises(CannotError, match="no archive of docker save"), open_image(at(path)):
        pass
    path.write_bytes(bytes(1024))
    with pytest.raises(BadImageError, match=r"has no manifest\.json"), open_image(at(path)):
        pass
    with pytest.raises(UsageError):
        write_image(make_image(), at(path, "@1"))


@pytest.mark.oracle
def test_skopeo_both_ways(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image()
    write_image(image, at(tmp_path / "a.tar", "app:1"))
    copy = [
        "skopeo",
        "copy",
        "-q",
        f"docker-archive:{tmp_path}/a.tar:app:1",
        f"docker-archive:{tmp_path}/b.tar:host:5000/app:2",
    ]
    subprocess.run(copy, check=True)
    with open_image(at(tmp_path / "b.tar", "host:5000/app:2")) as copied:
        assert (copied.config.rootfs, blobs(copied)) == (image.config.rootfs, [tar for _, tar in layers(image)])


@pytest.mark.engine
def test_docker_loads_and_saves(make_image: MakeImage, tmp_path: Path) -> None:
    image = make_image({"a": b"docker-archive"}, {"a": b"x"}, {"a": b"docker-archive"})
    write_image(image, at(tmp_path / "a.tar", "shave-test/archive:1"))
    loaded = subprocess.check_output(["docker", "load", "-i", tmp_path / "a.tar"])
    try:
        assert loaded == b"Loaded image: shave-test/archive:1\n"
        subprocess.run(["docker", "save", "-o", tmp_path / "b.tar", "shave-test/archive:1"], check=True)
    finally:
        subprocess.run(["docker", "rmi", "shave-test/archive:1"], check=True, stdout=subprocess.DEVNULL)
    with open_image(at(tmp_path / "b.tar")) as found:
        assert (found.config_digest, blobs(found)) == (image.config_digest, [tar for _, tar in layers(image)])


@pytest.mark.oracle
@pytest.mark.root
def test_podman_loads(make_image: MakeImage, tmp_path: Path, podman_storage: list[str]) -> None:
    write_image(make_image(), at(tmp_path / "a.tar", "app:1"))
    loaded = subprocess.check_output(["podman", *podman_storage, "load", "-q", "-i", tmp_path / "a.tar"])
    assert loaded == b"Loaded image: docker.io/library/app:1\n"


@pytest.mark.parametrize(
    ("origin", "names"),
    [
        ("docker-daemon:app", ["docker.io/library/app:latest"]),
        ("docker://host:5000/team/app:1", ["host:5000/team/app:1"]),
        (f"docker-daemon:sha256:{'0' * 64}", None),
        (f"docker://app@sha256:{'0' * 64}", None),
        ("oci:dir:1", None),
        ("made", None),
    ],
)
def test_an_image_keeps_the_name_it_has(
    make_image: MakeImage, tmp_path: Path, origin: str, names: list[str] | None
) -> None:
    image = replace(make_image(), reference=origin)
    write_image(image, at(tmp_path / "a.tar"))
    with tarfile.open(tmp_path / "a.tar") as archive:
        (saved,) = json.load(archive.extractfile("manifest.json") or io.BytesIO())
    assert (saved["RepoTags"] or None) == names
    write_image(image, at(tmp_path / "a.tar", "other:2"))
    with open_image(at(tmp_path / "a.tar", "other:2")) as found:
        assert found.config_digest == image.config_digest
