"""What parts of a layer cost packed: sums that fit together, and an estimate near gzip itself."""

import gzip
import io
import subprocess
import sysconfig
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import positions
from shave.compression import Packing, decompress
from shave.events import silent
from shave.layers import CHUNK
from shave.positions import PIECE, Guesses, Notes, Positions, stored_bytes
from shave.records import Interest
from shave.survey import survey
from shave.testing import Hardlink, Symlink, image
from shave.tree import Entry

COMPRESSIONS = ("gzip", "zstd", "none")
NOTHING = Interest("nothing", lambda path: False)


def taken(notes: Notes, chunks: list[bytes], compression: str) -> Positions:
    """The positions of a blob in these chunks."""
    plain = notes.plain(decompress(notes.pieces(iter(chunks)), compression))  # type: ignore[arg-type]
    for _ in plain:
        pass
    return notes.positions()


def mixed(lengths: list[int]) -> bytes:
    """Stretches that pack to nothing and to themselves, in turns."""
    chance = Random(0)
    return b"".join(chance.randbytes(length) if n % 2 else b"same" * length for n, length in enumerate(lengths))


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(
    st.lists(st.integers(0, 60_000), max_size=6),
    st.sampled_from(COMPRESSIONS),
    st.sampled_from([100, PIECE - 1, PIECE, CHUNK]),
    st.lists(st.floats(0, 1), min_size=2, max_size=8),
)
def test_parts_add_up_to_the_blob(lengths: list[int], compression: str, size: int, places: list[float]) -> None:
    plain = mixed(lengths)
    blob = b"".join(Packing(compression).pack([plain]))  # type: ignore[arg-type]
    found = taken(Notes(), cut(blob, size), compression)
    assert found.packed_bytes == len(blob)
    borders = [0, *sorted(int(place * len(plain)) for place in places), len(plain)]
    parts = [found.between(start, end) for start, end in pairwise(borders)]
    assert all(part >= 0 for part in parts)
    assert sum(parts) == pytest.approx(len(blob) if plain else 0)
    assert positions.parse(positions.dump(found)) == found


def test_what_packs_to_nothing_costs_nothing() -> None:
    noise = Random(1).randbytes(1 << 20)
    blob = gzip.compress(bytes(1 << 20) + noise)
    found = taken(Notes(), cut(blob, CHUNK), "gzip")
    assert found.between(1 << 20, 2 << 20) == pytest.approx(len(noise), abs=2 * PIECE)
    assert found.between(0, 1 << 20) < 2 * PIECE


def test_an_entry_costs_its_header_what_is_stored_of_it_and_the_padding() -> None:
    even = Positions([10_240], [10_240])
    assert even.entry(Entry("f", "file", size=1, offset=512)) == 1024
    assert even.entry(Entry("f", "file", size=512, offset=512)) == 1024
    sparse = Entry("s", "file", size=1 << 60, offset=1024, sparse=((0, 600), (1 << 50, 0)))
    assert (stored_bytes(sparse), even.entry(sparse)) == (600, 512 + 1024)
    assert even.entry(Entry("e", "file", offset=512)) == even.entry(Entry("d", "directory")) == 0


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_all_entries_together_cost_no_more_than_the_layer(compression: str) -> None:
    chance = Random(2)
    files = {f"d/{n}": chance.randbytes(chance.randrange(5000)) * chance.randrange(20) for n in range(300)}
    made = image({**files, "link": Symlink("d/1"), "hard": Hardlink("d/2")}, compression=compression)  # type: ignore[arg-type]
    found = survey(made, NOTHING, silent)
    costs = [found.packed(0, entry) for entry in found.layers[0].index.entries]
    assert 0.99 < sum(costs) / found.layers[0].positions.packed_bytes <= 1
    assert found.estimated == (compression == "none")


def real_files() -> Iterator[Path]:
    """Text and programs of this machine."""
    home = Path(sysconfig.get_path("stdlib"))
    yield from (home / name for name in ("asyncio", "email", "encodings", "json", "lib2to3", "unittest"))
    yield from sorted(Path(sysconfig.get_path("platlib")).glob("*/*.so"))[:12]


@pytest.mark.parametrize("first", ["text", "programs"])
def test_the_estimate_is_within_three_percent_of_gzip(first: str) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for path in list(real_files())[:: 1 if first == "text" else -1]:
            tar.add(path)
    real = subprocess.run(["gzip", "-6"], input=file.getvalue(), capture_output=True, check=True).stdout
    found = taken(Guesses(), cut(file.getvalue(), CHUNK), "none")
    assert found.estimated
    assert found.packed_bytes == pytest.approx(len(real), rel=0.03)


def test_the_estimate_of_what_is_compressed_already_is_what_it_is() -> None:
    """One scale for all took 9 % of tarballs among sources, and gave it to the sources."""
    sources = b"".join(path.read_bytes() for path in sorted(Path(sysconfig.get_path("stdlib"), "json").glob("*.py")))
    noise = Random(3).randbytes(4 << 20)
    found = taken(Guesses(), cut(sources * 60 + noise, CHUNK), "none")
    middle = len(sources) * 60
    assert found.between(middle, middle + len(noise)) == pytest.approx(len(noise), rel=0.01)


@given(st.binary(max_size=60))
def test_other_bytes_are_no_positions(data: bytes) -> None:
    with pytest.raises(ValueError):
        positions.parse(data)


def test_positions_of_two_lengths_are_none() -> None:
    with pytest.raises(ValueError, match="two lengths"):
        positions.parse(positions.dump(Positions([1, 2], [1])))
