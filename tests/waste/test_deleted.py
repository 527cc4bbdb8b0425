from detected import detected, paths
from shave.testing import Whiteout
from shave.waste.deleted import find

RUN, COPY = {"created_by": "RUN make"}, {"created_by": "COPY . /app # buildkit"}


def test_one_finding_for_each_layer_that_deletes() -> None:
    first, second = detected(
        find, {"a": b"1", "d/b": b"22"}, {"a": Whiteout(), "c": b"3"}, {"d": Whiteout(), "c": Whiteout()}
    )
    assert (first.culprit, paths(first), first.layers) == (1, {"a"}, (0,))
    assert (second.culprit, paths(second), second.unpacked_bytes) == (2, {"d/b", "c"}, 3)
    assert first.confidence == "certain"
    assert first.detail == "/a"


def test_the_fix_is_in_the_words_of_who_wrote_them() -> None:
    layers = {"app/a": b"1"}, {"app/a": Whiteout()}
    (ran,) = detected(find, *layers, history=[RUN, RUN])
    (copied,) = detected(find, *layers, history=[COPY, RUN])
    assert ("same RUN" in ran.fix, ".dockerignore" in copied.fix) == (True, True)


def test_nothing() -> None:
    assert detected(find, {"a": b"1"}, {"a": b"2"}) == []
