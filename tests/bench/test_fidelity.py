"""The reader that acceptance trusts finds every kind of difference."""

from pathlib import Path

import pytest

import fidelity
import layouts
from layouts import directory, file, link

BELOW = [directory("d", 0o750, owner=7), file("d/a", b"a"), link("d/b", "d/a", hard=True), file("gone", b"x")]
ABOVE = [file(".wh.gone", b""), file("capable", b"", xattrs={"security.capability": "v"}), link("s", "d/a")]


def tree(where: Path, *layers: list[layouts.Member]) -> fidelity.Tree:
    return fidelity.read(layouts.write(where, [layouts.tar(layer) for layer in layers], {}))


def test_layers_merge_with_their_whiteouts(tmp_path: Path) -> None:
    merged = tree(tmp_path / "x", BELOW, ABOVE)
    assert sorted(merged) == ["capable", "d", "d/a", "d/b", "s"]
    assert fidelity.links(merged, merged) == {("d/a", "d/b")}


def test_a_part_of_the_original_has_no_differences(tmp_path: Path) -> None:
    original = tree(tmp_path / "x", BELOW, ABOVE)
    part = tree(tmp_path / "y", [BELOW[0], file("d/b", b"a"), ABOVE[1]])
    assert fidelity.differences(original, part) == []


@pytest.mark.parametrize(
    "changed",
    [
        directory("d", 0o755, owner=7),
        directory("d", 0o750, owner=0),
        file("capable", b""),
        file("capable", b"", mode=0o755, xattrs={"security.capability": "v"}),
        link("s", "elsewhere"),
        file("new", b""),
    ],
)
def test_every_kind_of_difference_is_found(tmp_path: Path, changed: layouts.Member) -> None:
    original = tree(tmp_path / "x", BELOW, ABOVE)
    assert len(fidelity.differences(original, tree(tmp_path / "y", [changed]))) == 1


def test_links_that_came_apart_are_found(tmp_path: Path) -> None:
    original = tree(tmp_path / "x", BELOW)
    apart = tree(tmp_path / "y", [BELOW[0], file("d/a", b"a"), file("d/b", b"a")])
    assert fidelity.differences(original, apart) == ["hard links are not the same"]


def test_only_the_bytes_of_records_may_be_others(tmp_path: Path) -> None:
    status = "var/lib/dpkg/status"
    original = tree(tmp_path / "x", [file(status, b"a"), file("a", b"a")])
    assert fidelity.differences(original, tree(tmp_path / "y", [file(status, b"ab")])) == []
    changed = tree(tmp_path / "z", [file(status, b"ab", mode=0o755), file("a", b"ab")])
    assert len(fidelity.differences(original, changed)) == 2
