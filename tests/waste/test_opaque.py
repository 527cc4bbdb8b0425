from detected import detected, paths
from shave.testing import Opaque
from shave.waste.opaque import find


def test_what_an_opaque_directory_hides() -> None:
    (found,) = detected(find, {"d/a": b"1", "d/e/b": b"2", "c": b"3"}, {"d/new": b"4", "d": Opaque()})
    assert (found.culprit, paths(found)) == (1, {"d/a", "d/e/b"})


def test_a_file_that_is_there_again_was_overwritten() -> None:
    assert detected(find, {"d/a": b"1"}, {"d/a": b"2", "d": Opaque()}) == []
