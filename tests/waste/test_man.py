from detected import detected, paths
from shave.waste.man import find


def test_one_finding_of_all() -> None:
    (found,) = detected(
        find, {"usr/share/man/man1/ls.1.gz": b"1", "opt/x/share/man/man1/x.1": b"2", "usr/bin/man": b"3"}
    )
    assert (found.rule, paths(found)) == ("man", {"usr/share/man/man1/ls.1.gz", "opt/x/share/man/man1/x.1"})
    assert detected(find, {"app/x": b"1"}) == []
