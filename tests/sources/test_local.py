"""What is at a path, for bare names."""

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from shave.errors import CannotError
from shave.image import Image
from shave.reference import TRANSPORTS, Reference, Transport
from shave.sources import SOURCES, locate, open_image, open_images, write_image
from shave.sources.local import transport_at


@pytest.mark.parametrize("transport", ["oci", "oci-archive", "docker-archive"])
def test_what_was_written_is_found_by_its_path(
    make_image: Callable[..., Image], tmp_path: Path, transport: Transport
) -> None:
    reference = Reference(transport, str(tmp_path / "image"))
    write_image(make_image(), reference)
    assert locate(reference.name) == reference
    with open_image(locate(reference.name)) as image:
        assert image.reference == str(reference)


def test_other_things(make_image: Callable[..., Image], tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("not a tar at all")
    (tmp_path / "empty.tar").write_bytes(bytes(1024))
    (tmp_path / "image.tar.gz").write_bytes(gzip.compress(b"whatever"))
    for name, found in (
        ("text.tar", None),
        ("empty.tar", None),
        (".", None),
        ("none", None),
        ("image.tar.gz", "docker-archive"),
    ):
        assert transport_at(str(tmp_path / name)) == found


def test_what_is_there_but_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "no.tar").write_bytes(b"\1\2\3" * 1000)
    with pytest.raises(CannotError, match=r"no\.tar is there, but"):
        locate(str(tmp_path / "no.tar"))
    with pytest.raises(CannotError, match="is a directory, but no OCI layout"):
        locate(str(tmp_path))


def test_every_transport_has_its_source() -> None:
    assert tuple(source.transport for source in SOURCES) == TRANSPORTS


@pytest.fixture
def deaf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an engine nor the hub answers."""
    conf = tmp_path / "registries.conf"
    conf.write_text('[[registry]]\nprefix = "docker.io"\nlocation = "127.0.0.1:1"\ninsecure = true\n')
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(conf))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")


@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize("opening", [open_image, open_images])
def test_of_a_bare_name_it_is_told_that_no_engine_answered(opening: Callable[..., AbstractContextManager[Any]]) -> None:
    with (
        pytest.raises(CannotError, match=r"127\.0\.0\.1.* reached.*; the container engine at unix:.* failed") as caught,
        opening(locate("my-app")),
    ):
        pass
    assert "of the engine: start it" in caught.value.hint


@pytest.mark.usefixtures("deaf")
def test_of_a_name_with_its_registry_no_engine_is_asked() -> None:
    with pytest.raises(CannotError, match=r"reached[^;]*$"), open_image(locate("127.0.0.1:1/my-app")):
        pass
