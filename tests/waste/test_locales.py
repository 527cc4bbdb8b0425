from detected import detected, paths
from shave.waste.locales import find


def test_one_finding_of_all() -> None:
    (found,) = detected(
        find,
        {
            "usr/share/locale/de/LC_MESSAGES/x.mo": b"1",
            "usr/lib/locale/locale-archive": b"2",
            "usr/lib/locale/C.utf8/LC_CTYPE": b"3",
        },
    )
    assert (found.rule, paths(found)) == (
        "locales",
        {"usr/share/locale/de/LC_MESSAGES/x.mo", "usr/lib/locale/locale-archive"},
    )
    assert detected(find, {"app/x": b"1"}) == []
