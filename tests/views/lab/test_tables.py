from laboratory import BUILDS, HELLO, RUNS, WEIGHED, hello, weighed
from shave.verbs.lab_report import report
from shave.views.lab.tables import beside, notes


def test_what_is_empty_is_left_out() -> None:
    assert [table.title for table in beside(report(HELLO, {}, {}, {}), ())] == []
    assert [table.title for table in beside(hello(previous=hello()), hello().techniques)] == [
        "why they fail",
        "techniques",
        "sharing",
        "since the older report",
    ]


def test_what_is_otherwise_than_expected_comes_first() -> None:
    table = next(table for table in beside(hello(), ()) if table.title == "why they fail")
    assert [[cell.text for cell in row][:2] for row in table.rows] == [
        ["c.gcc.busybox", "NO"],
        ["c.gcc.scratch", "yes"],
        ["c.gcc-wrong", "yes"],
    ]


def test_another_compression_that_saves_nothing_is_told() -> None:
    packed = {**WEIGHED, "c.gcc": weighed("c.gcc", ("gcc", 1_000_000), unpacked=2_000_000, zstd=995_000)}
    found = list(notes(report(HELLO, BUILDS, RUNS, packed, (), "zstd:9")))
    assert found[-1] == "zstd:9 saves nothing of c.gcc"
