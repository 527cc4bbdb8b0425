from detected import detected, paths
from shave.testing import File, Symlink
from shave.waste.overwritten import find


def test_one_finding_for_each_layer_that_overwrites() -> None:
    first, second = detected(find, {"a": b"1", "b": b"2", "d/c": b"3"}, {"a": b"11"}, {"a": b"111", "d": Symlink("b")})
    assert (first.culprit, [(place.path, place.layer) for place in first.places]) == (1, [("a", 0)])
    assert (second.culprit, {(place.path, place.layer) for place in second.places}) == (2, {("a", 1), ("d/c", 0)})
    assert paths(second) == {"a", "d/c"}


def test_another_owner_is_no_other_content() -> None:
    assert detected(find, {"a": b"1"}, {"a": File(b"1", uid=1)}) == []


def test_the_fix_is_in_the_words_of_who_wrote_them() -> None:
    copy = {"created_by": "COPY . /app # buildkit"}
    (copied,) = detected(find, {"a": b"1"}, {"a": b"2"}, history=[copy, copy])
    (other,) = detected(find, {"a": b"1"}, {"a": b"2"}, history=[copy, {"created_by": "RUN sed -i"}])
    assert (copied.fix == "copy them once", "same RUN" in other.fix) == (True, True)
