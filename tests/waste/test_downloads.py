from detected import detected, paths
from shave.waste.downloads import find


def test_one_finding_of_all() -> None:
    (found,) = detected(find, {"tmp/x.tar.gz": bytes(100_000), "opt/y.zip": bytes(100_000), "opt/z.zip": b"3"})
    assert (found.rule, paths(found)) == ("downloads", {"tmp/x.tar.gz", "opt/y.zip"})
    assert detected(find, {"app/x": b"1"}) == []
