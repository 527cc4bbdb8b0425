from detected import detected, paths
from shave.waste.tests import find


def test_one_finding_of_all() -> None:
    (found,) = detected(
        find,
        {
            "usr/lib/python3/dist-packages/x/tests/test_x.py": b"1",
            "app/node_modules/x/test/x.js": b"2",
            "app/tests/test_x.py": b"3",
        },
    )
    assert (found.rule, paths(found)) == (
        "tests",
        {"usr/lib/python3/dist-packages/x/tests/test_x.py", "app/node_modules/x/test/x.js"},
    )
    assert detected(find, {"app/x": b"1"}) == []
