from detected import detected, paths
from shave.waste.headers import find


def test_one_finding_of_all() -> None:
    (found,) = detected(find, {"usr/include/x.h": b"1", "usr/lib/pkgconfig/x.pc": b"2", "app/x.h": b"3"})
    assert (found.rule, paths(found)) == ("headers", {"usr/include/x.h", "usr/lib/pkgconfig/x.pc"})
    assert detected(find, {"app/x": b"1"}) == []
