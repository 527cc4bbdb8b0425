from detected import detected, paths
from shave.waste.vcs import find


def test_one_finding_of_all() -> None:
    (found,) = detected(find, {"src/.git/objects/x": b"1", "src/.hg/store/x": b"2", "src/.gitignore": b"3"})
    assert (found.rule, paths(found)) == ("vcs", {"src/.git/objects/x", "src/.hg/store/x"})
    assert detected(find, {"app/x": b"1"}) == []
