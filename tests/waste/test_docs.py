from detected import detected, paths
from shave.waste.docs import find


def test_one_finding_of_all() -> None:
    (found,) = detected(
        find, {"usr/share/doc/bash/README": b"1", "usr/share/info/x.gz": b"2", "usr/share/doc/bash/copyright": b"3"}
    )
    assert (found.rule, paths(found)) == ("docs", {"usr/share/doc/bash/README", "usr/share/info/x.gz"})
    assert detected(find, {"app/x": b"1"}) == []
