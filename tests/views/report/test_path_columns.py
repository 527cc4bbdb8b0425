from shave.plan import Dropped, Kept, Plan
from shave.reason import Reason
from shave.views.report.path_columns import path_columns

USED = Reason("trace", "opened by start")
PLAN = Plan(
    "sha256:0",
    "unit",
    "unit",
    False,
    (
        Kept("", 0, "other", (Reason("always", "the root directory"),)),
        Kept("usr", 0, "other", (Reason("directory", "holds a kept path", "usr/b"),)),
        Kept("usr/a", 5, "other", (Reason("need", "NEEDED a", "usr/b"), USED), "dpkg:a"),
        Kept("usr/b", 6, "other", (USED,)),
        Kept("usr/c", 0, "other", (Reason("need", "names it", "usr"),)),
    ),
    (Dropped("usr/aa", 7, "man pages", "dpkg:a"), Dropped("usr/empty/dir", 0, "not used")),
)


def test_what_holds_nothing_has_a_row_with_its_reason() -> None:
    columns = path_columns(PLAN)
    assert columns["name"] == ("a", "aa", "b", "c", "dir")
    assert [columns["directory_name"][number] for number in columns["directory"]] == ["usr"] * 4 + ["empty"]
    assert [columns["units"][number] for number in columns["unit"]] == ["dpkg:a", "dpkg:a", "", "", ""]
    assert (columns["bytes"], columns["source"]) == ((5, 7, 6, 0, 0), (2, -1, -1, -1, -1))
    assert [columns["whys"][number] for number in columns["why"]] == [
        ("kept", "need", "NEEDED a", "is needed (NEEDED a) by"),
        ("dropped", "", "man pages", ""),
        ("kept", "trace", "opened by start", "was used: opened by start"),
        ("kept", "need", "names it", "stays: names it"),
        ("dropped", "", "not used", ""),
    ]


def test_a_plan_of_nothing() -> None:
    assert path_columns(Plan("sha256:0", "unit", "unit", False, (), ()))["name"] == []
