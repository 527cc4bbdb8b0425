"""dive's figures where dive is wrong: each case says what dive 0.13 makes of it."""

from collections.abc import Mapping

import pytest

from shave.catalog.explained import explain
from shave.events import silent
from shave.testing import Directory, File, Hardlink, Member, Opaque, Symlink, Whiteout, image
from shave.verbs.efficiency import efficiency
from shave.verbs.inspected import Efficiency

KB = bytes(1000)


def of(*layers: Mapping[str, Member], base: int = 1) -> Efficiency:
    return efficiency(explain(image(*layers), silent), base)


def test_nothing_is_wasted() -> None:
    assert of({"a": KB}, {"b": KB}) == Efficiency(1.0, 0, 0.0)


def test_the_visible_copy_is_not_wasted() -> None:
    """dive: 3000 bytes wasted."""
    assert of({"a": KB}, {"a": b"1" * 1000}, {"a": b"2" * 1000}) == Efficiency(1 / 3, 2000, 1.0)


def test_a_file_that_grows_needs_its_last_version() -> None:
    """dive: a score of 1/11, for the first version is the smallest."""
    assert of({"a": b"1"}, {"a": b"2" * 10}) == Efficiency(10 / 11, 1, 0.1)


def test_a_deleted_file_is_wasted() -> None:
    assert of({"a": KB, "b": KB}, {"a": Whiteout(), "c": KB}) == Efficiency(2 / 3, 1000, 1.0)


def test_a_deleted_directory_is_wasted() -> None:
    """dive: nothing wasted, a score of 1."""
    assert of({"d/": Directory(), "d/a": KB, "b": KB}, {"d": Whiteout()}) == Efficiency(0.5, 1000, 1.0)


def test_what_an_opaque_directory_hides_is_wasted() -> None:
    """dive: nothing wasted."""
    layers: tuple[dict[str, Member], ...] = ({"d/a": KB, "d/b": KB}, {"d/c": KB, "d": Opaque()})
    assert of(*layers) == Efficiency(1 / 3, 2000, 1.0)


def test_a_file_lives_on_under_its_other_name() -> None:
    """dive: 1000 bytes wasted."""
    assert of({"a": KB, "b": Hardlink("a")}, {"a": Whiteout()}) == Efficiency(1.0, 0, 0.0)
    assert of({"a": KB}, {"b": Hardlink("a")}, {"a": Whiteout()}) == Efficiency(1.0, 0, 0.0)


def test_a_hard_link_in_place_of_a_file_wastes_that_file_alone() -> None:
    """dive: the link's 0 bytes are what is needed of the path, and what it leads to is counted under another."""
    assert of({"a": KB, "b": b"1" * 500}, {"c": KB, "b": Hardlink("c")}) == Efficiency(2000 / 2500, 500, 0.5)


def test_a_retargeted_link_wastes_nothing() -> None:
    assert of({"l": Symlink("a"), "a": KB}, {"l": Symlink("b"), "b": KB}) == Efficiency(1.0, 0, 0.0)


def test_a_link_in_place_of_a_directory() -> None:
    """dive: nothing wasted."""
    assert of({"d/a": KB}, {"d": Symlink("e"), "e/a": KB}) == Efficiency(0.5, 1000, 1.0)


@pytest.mark.parametrize(("base", "user"), [(0, 1000 / 3000), (1, 0.5), (2, 0.0), (3, 0.0)])
def test_the_base_may_have_several_layers(base: int, user: float) -> None:
    """dive: always one. What the base wastes is not the user's."""
    assert of({"a": KB}, {"a": b"1" * 1000}, {"b": KB}, base=base) == Efficiency(2 / 3, 1000, user)


@pytest.mark.parametrize("base", [0, 1])
def test_one_layer(base: int) -> None:
    """dive: not a number."""
    assert of({"a": KB}, base=base) == Efficiency(1.0, 0, 0.0)
    assert of({"a": KB, "./a": b"1" * 1000}, base=0) == Efficiency(0.5, 1000, 0.5)


def test_nothing_at_all() -> None:
    assert of() == of({}) == of({"d/": Directory()}, {"l": Symlink("x")}) == Efficiency(1.0, 0, 0.0)


def test_a_chown_of_everything() -> None:
    """dive: 2000 bytes wasted."""
    assert of({"a": KB}, {"a": File(KB, uid=7)}) == Efficiency(0.5, 1000, 1.0)
