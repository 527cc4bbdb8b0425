from detected import detected, paths
from shave.waste.static import find


def test_one_finding_of_all() -> None:
    (found,) = detected(find, {"usr/lib/libx.a": b"1", "usr/local/lib/x/liby.la": b"2", "app/x.a": b"3"})
    assert (found.rule, paths(found)) == ("static", {"usr/lib/libx.a", "usr/local/lib/x/liby.la"})
    assert detected(find, {"app/x": b"1"}) == []
