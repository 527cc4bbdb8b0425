from detected import detected, paths
from shave.waste.temporary import find


def test_one_finding_of_all() -> None:
    (found,) = detected(find, {"tmp/x": b"1", "root/.bash_history": b"2", "app/tmp/x": b"3"})
    assert (found.rule, paths(found)) == ("temporary", {"tmp/x", "root/.bash_history"})
    assert detected(find, {"app/x": b"1"}) == []
