"""podman's storage, of root and of an ordinary user (tests/runners/test_ordinary.py): write, read, start."""

import subprocess
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from shave.errors import BadImageError, CannotError, UsageError
from shave.events import Event, StageStarted
from shave.image import Image
from shave.oci import Platform
from shave.reference import parse
from shave.sources import open_image, write_image

MakeImage = Callable[..., Image]
NAME = parse("containers-storage:shave-test/storage:1")
pytestmark = [pytest.mark.oracle, pytest.mark.usefixtures("storage")]


def podman(*arguments: str) -> str:
    return subprocess.check_output(["podman", *arguments], text=True, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("packed", [True, False])
def test_podman_storage_of_the_user(make_image: MakeImage, packed: bool) -> None:
    image = make_image({"etc/a": b"a" * 3000}, {"etc/b": b"b"}, packed=packed, name="storage")
    heard: list[Event] = []
    write_image(image, NAME, heard.append)
    write_image(image, parse("containers-storage:app"))
    names = podman("images", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert sorted(names) == ["docker.io/library/app:latest", "docker.io/shave-test/storage:1"]
    for text in ("shave-test/storage:1", "app", "docker.io/library/app:latest", image.config_digest):
        with open_image(parse(f"containers-storage:{text}"), None, heard.append) as found:
            assert (found.config_bytes, found.packed) == (image.config_bytes, False)
            assert [layer.diff_id for layer in found.layers] == [layer.diff_id for layer in image.layers]
            assert found.layers[0].plain and found.layers[0].plain[0].exists()
        assert not found.layers[0].plain[0].exists()
    stages = [event for event in heard if isinstance(event, StageStarted)]
    assert [event.stage for event in stages] == ["load", *["export"] * 4]
    assert all(event.of for event in stages[1:])


def test_what_is_not_there(make_image: MakeImage) -> None:
    with pytest.raises(CannotError, match="podman has no image 'shave-test/storage:1'") as caught:
        open_image(NAME).__enter__()
    assert caught.value.hint == "podman images lists those it has"
    write_image(make_image(), replace(NAME, tag="2"))
    with pytest.raises(CannotError) as caught:
        open_image(NAME).__enter__()
    assert caught.value.hint == "it has docker.io/shave-test/storage:2"
    write_image(make_image(), NAME)
    with pytest.raises(CannotError, match="has no image for linux/s390x"):
        open_image(NAME, Platform("s390x", "linux")).__enter__()


def test_the_tag_stays_where_a_write_fails(make_image: MakeImage) -> None:
    good, other = make_image(name="good"), make_image({"a": b"lying"})
    write_image(good, NAME)
    lying = replace(other.layers[0], diff_id=good.layers[0].diff_id)
    with pytest.raises(BadImageError, match="the tar of layer 0 is not what its digest says"):
        write_image(replace(other, layers=(lying,)), NAME)
    assert podman("images", "--no-trunc", "--format", "{{.Id}} {{.Tag}}").split() == [good.config_digest[7:], "1"]


def test_refusals(make_image: MakeImage, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (f"containers-storage:sha256:{'0' * 64}", f"containers-storage:app@sha256:{'0' * 64}"):
        with pytest.raises(UsageError, match="an ID is no name"):
            write_image(make_image(), parse(text))
        with pytest.raises(CannotError, match="podman has no image"):
            open_image(parse(text)).__enter__()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotError, match="podman cannot be started") as caught:
        open_image(NAME).__enter__()
    assert "package podman" in caught.value.hint
