"""Findings by what they save: ranked, no byte counted twice, and as much as building the layers again would show."""

import sysconfig
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detected import explained
from findings import measured
from shave.compression import Packing
from shave.testing import File, Member, Whiteout, image
from shave.verbs.findings import findings

CHANCE = Random(0)


def noise(length: int) -> bytes:
    return CHANCE.randbytes(length)


def test_the_dearest_comes_first() -> None:
    made = explained(
        {"a": noise(3000), "b": noise(9000)}, {"a": Whiteout(), "tmp/x": noise(6000)}, {"b": File(b"1", uid=1)}
    )
    assert [(found.rule, found.culprit) for found in findings(made)] == [
        ("overwritten", 2),
        ("temporary", None),
        ("deleted", 1),
    ]


def test_small_change_is_not_told_but_secrets_are() -> None:
    found = findings(explained({"a": b"1", "root/.ssh/id_rsa": b"2", "app/x.hprof": b"3"}, {"a": Whiteout()}))
    assert {each.rule for each in found} == {"secrets", "cores"}


def test_what_packs_to_nothing_but_fills_a_disk_is_told() -> None:
    found = findings(explained({"var/lib/x": bytes(1 << 20)}))
    assert [each.rule for each in found] == ["sparse"]


def test_no_byte_is_counted_twice() -> None:
    doc = noise(9000)
    first, second = findings(
        explained({"usr/share/doc/a": doc, "usr/share/doc/b": doc, "usr/share/doc/c": noise(5000)})
    )
    assert (first.rule, first.counted_packed, first.counted_unpacked) == ("docs", first.packed_bytes, 23_000)
    assert (second.rule, second.unpacked_bytes) == ("duplicates", 9000)
    assert (second.counted_packed, second.counted_unpacked) == (0, 0)


NAMES = ("tmp/a", "usr/share/doc/x", "var/log/x", "app/.env", "usr/lib/x.a", "app/y", "app/z")
MEMBERS = st.sampled_from([noise(5000), noise(5000), b"same" * 3000, Whiteout()])
LAYERS = st.lists(st.dictionaries(st.sampled_from(NAMES), MEMBERS, min_size=1), min_size=1, max_size=4)


@given(LAYERS)
def test_all_together_save_no_more_than_there_is(layers: list[dict[str, Member]]) -> None:
    made = explained(*layers)
    found = findings(made)
    packed = sum(layer.positions.packed_bytes for layer in made.survey.layers)
    unpacked = sum(entry.size for layer in made.survey.layers for entry in layer.index.entries if entry.kind == "file")
    assert sum(each.counted_packed for each in found) <= packed + len(found)
    claimed = {(place.layer, place.offset): place.unpacked_bytes for each in found for place in each.places}
    assert sum(each.counted_unpacked for each in found) == sum(claimed.values()) <= unpacked
    assert all(each.counted_packed <= each.packed_bytes for each in found)
    assert [each.packed_bytes for each in found] == sorted((each.packed_bytes for each in found), reverse=True)


# What is alike pays for each other, the more the further the compressor looks back: a source then pays for the words
# that it shared with what was compiled from it.
LOOSER = {("gzip", "duplicates"): 0.05, ("zstd", "duplicates"): 0.05, ("zstd", "bytecode"): 0.15}


def real_layer() -> dict[str, Member]:
    """A library of Python's among its compiled files, and packed documentation among what stays."""
    home = Path(sysconfig.get_path("stdlib"))
    files = sorted(path for path in home.rglob("*.py*") if "packages" not in str(path))
    documents = sorted(path for path in Path("/usr/share/doc").glob("*/*") if path.is_file())
    return {str(path): path.read_bytes() for path in [*files[:900], *documents[:300]]}


@pytest.mark.parametrize("packing", [Packing(), Packing("zstd", 9)], ids=["gzip", "zstd"])
def test_a_finding_saves_what_building_the_layer_again_without_it_saves(
    packing: Packing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # what is measured is found here and now
    found = list(measured(image(real_layer(), compression="none"), packing))
    assert {finding.rule for finding, _ in found} >= {"docs"}
    for finding, saved in found:
        within = LOOSER.get((packing.compression, finding.rule), 0.02)
        assert finding.packed_bytes == pytest.approx(saved, rel=within), finding.title
