from detected import detected, paths
from shave.waste.logs import find


def test_one_finding_of_all() -> None:
    (found,) = detected(find, {"var/log/dpkg.log": b"1", "var/log/x/y": b"2", "app/log/x": b"3"})
    assert (found.rule, paths(found)) == ("logs", {"var/log/dpkg.log", "var/log/x/y"})
    assert detected(find, {"app/x": b"1"}) == []
