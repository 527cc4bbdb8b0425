"""An image read once: what is known from before is the same as what is read, and nothing else is believed."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import BinaryIO

import pytest
from msgspec.structs import replace

from shave import cache, records
from shave.errors import BadImageError, CannotError
from shave.events import silent
from shave.image import Image
from shave.oci import digest_of
from shave.records import Interest, Read
from shave.store import unpack
from shave.survey import Survey, survey
from shave.testing import Hardlink, Whiteout, image, random_image


def head(path: str, size: int, read: Read) -> None:
    read(0, 16)


INTEREST = Interest("test", lambda path: path.endswith(("/1", "/2", "status")), {b"\x7fELF": (head,)})


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "shave/layers" / cache.LAYERS.version


def small(compression: str = "gzip") -> Image:
    program = b"\x7fELF" + Random(0).randbytes(100_000)
    return image(
        {"var/status": b"one", "bin/x": program, "bin/y": Hardlink("bin/x"), "empty/1": b""},
        {"var/status": b"two", "gone": Whiteout(), "other": b"not kept"},
        compression=compression,  # type: ignore[arg-type]
    )


def unread(made: Image) -> Image:
    """The same image, whose blobs nobody may open."""

    def refuse() -> BinaryIO:
        raise AssertionError("a layer is read again")

    return replace(made, layers=tuple(replace(layer, open=refuse) for layer in made.layers))


def seen(found: Survey) -> tuple[object, ...]:
    return found.layers, dict(found.tree.nodes)


@pytest.mark.parametrize("seed", range(12))
def test_a_second_survey_reads_no_layer_and_finds_the_same(seed: int, tmp_path: Path) -> None:
    made = random_image(seed)
    fresh = survey(made, INTEREST, silent)
    known = survey(unread(made), INTEREST, silent)
    assert seen(known) == seen(fresh)
    assert fresh.tree.nodes == unpack(made, tmp_path, silent).tree.nodes


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_what_was_kept_can_be_read(compression: str) -> None:
    made = small(compression)
    for found in (survey(made, INTEREST, silent), survey(unread(made), INTEREST, silent)):
        assert found.read("var/status") == b"two"
        assert found.read("var/status", 1, 1) == b"w"
        assert found.read("bin/x", 0, 4) == found.read("bin/y", 0, 4) == b"\x7fELF"
        assert found.read("empty/1") == b""
        with pytest.raises(BadImageError, match="too many to be looked at"):
            found.read("bin/x")
        with pytest.raises(BadImageError, match="/other is not kept"):
            found.read("other")


def test_an_unpacked_image_reads_the_same(tmp_path: Path) -> None:
    made = random_image(5)
    found, unpacked = survey(made, INTEREST, silent), unpack(made, tmp_path, silent)
    whole = [node.entry.path for node in found.tree if node.entry.kind == "file" and INTEREST.whole(node.entry.path)]
    assert whole
    assert [found.read(path) for path in whole] == [unpacked.read(path) for path in whole]


@pytest.mark.parametrize("damage", ["flipped", "emptied", "removed", "cut"])
def test_broken_cache_files_are_misses(shelf: Path, damage: str) -> None:
    made = small()
    fresh = survey(made, INTEREST, silent)
    files = sorted(path.name for path in shelf.iterdir())
    assert len(files) == 4 * len(made.layers)
    for name in files:
        path = shelf / name
        data = path.read_bytes()
        if damage == "removed":
            path.unlink()
        else:
            middle = len(data) // 2
            flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
            path.write_bytes({"flipped": flipped, "emptied": b"", "cut": data[:-1]}[damage])
        assert seen(survey(made, INTEREST, silent)) == seen(fresh)
        assert path.read_bytes() == data


def test_another_interest_has_records_of_its_own() -> None:
    made = small()
    survey(made, INTEREST, silent)
    more = Interest("more", lambda path: True)
    assert survey(made, more, silent).read("other") == b"not kept"


def test_what_is_cached_of_two_layers_does_not_vouch_for_a_third() -> None:
    made, other = small(), random_image(1)
    for known in (made, other):
        survey(known, INTEREST, silent)
    lie = replace(made.layers[0], diff_id=other.layers[0].diff_id)
    rootfs = replace(made.config.rootfs, diff_ids=(lie.diff_id, made.layers[1].diff_id))
    lying = replace(made, layers=(lie, made.layers[1]), config=replace(made.config, rootfs=rootfs))
    with pytest.raises(BadImageError, match="the config says"):
        survey(lying, INTEREST, silent)
    first = made.layers[0]
    short = replace(first, descriptor=replace(first.descriptor, size=first.descriptor.size - 1))
    with pytest.raises(BadImageError, match="packed bytes"):
        survey(replace(made, layers=(short, made.layers[1])), INTEREST, silent)


def test_a_disk_that_is_full_is_said_with_the_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/no/such/directory")
    body = b"\x7fELF" + bytes(records.IN_MEMORY)
    with pytest.raises(CannotError, match=r"layer sha256:.* cannot be read: No such file"):
        survey(image({"x": body}), INTEREST, silent)


def test_a_packed_source_and_a_plain_one_share_the_index_and_not_the_positions() -> None:
    packed, plain = small(), small("none")
    assert [layer.diff_id for layer in packed.layers] == [layer.diff_id for layer in plain.layers]
    both = survey(packed, INTEREST, silent), survey(plain, INTEREST, silent)
    assert both[0].layers[0].index == both[1].layers[0].index
    assert (both[0].estimated, both[1].estimated) == (False, True)
    with plain.layers[0].open() as blob:
        assert digest_of(blob.read()) == plain.layers[0].descriptor.digest
    assert isinstance(plain.layers[0].open(), BytesIO)
