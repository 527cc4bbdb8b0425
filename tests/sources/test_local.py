"""What is at a path, for bare names."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.image import Image
from shave.reference import TRANSPORTS, Reference, Transport
from shave.sources import SOURCES, locate, open_image, write_image
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
