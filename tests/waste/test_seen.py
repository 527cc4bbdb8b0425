from detected import explained
from shave.testing import Hardlink, Whiteout
from shave.waste.seen import seen


def test_a_body_whose_first_name_went_is_seen_under_another() -> None:
    found = seen(explained({"a": b"1" * 5000, "tmp/b": Hardlink("a")}, {"a": Whiteout(), "c": b"1" * 5000}))
    assert [(hit.place.path, hit.place.layer) for hit in found.hits["temporary"]] == [("tmp/b", 0)]
    assert len(found.repeated) == 1


def test_one_other_name_spares_a_body() -> None:
    found = seen(explained({"a": b"1", "tmp/b": Hardlink("a"), "tmp/c": Hardlink("a")}))
    assert found.hits == {}
