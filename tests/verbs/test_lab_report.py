"""A report is arithmetic over records and weights."""

import pytest
from msgspec.structs import replace

from laboratory import BUILDS, HELLO, LINKS, RUNS, WEIGHED, built, hello, variant, weighed, works
from shave.documents import document, parse
from shave.lab import Lab
from shave.verbs.lab_report import front, report
from shave.verbs.lab_reported import LabRow, Report
from shave.verbs.size import size

REPORT = hello()


def row(name: str, found: Report = REPORT) -> LabRow:
    return next(row for row in found.rows if row.variant == name)


def test_programs_stand_together_in_the_order_of_the_lab() -> None:
    assert [each.variant for each in REPORT.rows][-3:] == ["go.golang.scratch", "go.golang.busybox", "go.golang-alpine"]
    assert [(each.name, each.variants, each.works) for each in REPORT.programs] == [("c", 6, 3), ("go", 4, 3)]


def test_sizes_are_those_of_shave_size() -> None:
    sizes = {each.reference: each for each in size([each.weight for each in WEIGHED.values()], links=LINKS).images}
    for each in REPORT.rows:
        if each.variant in WEIGHED:
            same = sizes[f"oci:{each.variant}:1"]
            assert (each.packed_bytes, each.unpacked_bytes) == (same.packed_bytes, same.unpacked_bytes)
            assert (each.layers, each.pulls) == (same.layers, same.pulls)


def test_ratios_are_to_the_largest_of_the_program_that_works_or_what_the_lab_says() -> None:
    assert [each.baseline for each in REPORT.programs] == ["c.gcc", "go.golang"]
    assert (row("c.gcc").ratio, row("c.gcc-static.scratch").ratio) == (1, 0.001423)
    said = report(replace(HELLO, baseline="c.gcc", baselines={"go": "go.golang.scratch"}), BUILDS, RUNS, WEIGHED)
    assert [each.baseline for each in said.programs] == ["c.gcc", "go.golang.scratch"]
    assert row("go.golang.scratch", said).ratio == 1
    missing = report(replace(HELLO, baseline="c.gcc-wrong"), BUILDS, RUNS, WEIGHED)
    assert {each.ratio for each in missing.rows} == {None}


def test_before_anything_is_run_the_largest_is_the_baseline() -> None:
    found = report(HELLO, BUILDS, {}, WEIGHED)
    assert found.programs[0].baseline == "c.gcc"
    assert (found.programs[0].smallest, found.programs[0].front, found.next) == ("", (), "shave lab build .")


def test_the_smallest_is_one_that_works() -> None:
    assert [each.smallest for each in REPORT.programs] == ["c.gcc-static.scratch", "go.golang.scratch"]
    assert row("c.gcc.scratch").packed_bytes == 4100


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], ()),
        ([("a", 1, 1.0)], ("a",)),
        ([("unknown", 1, None), ("a", 2, 1.0)], ("a",)),
        ([("slow", 1, 1.0), ("worse", 2, 1.0), ("quick", 3, 0.5), ("worst", 4, 0.6)], ("slow", "quick")),
        ([("noise", 2, 0.95), ("a", 1, 1.0)], ("a",)),
        ([("b", 1, 0.5), ("a", 1, 0.9)], ("b",)),
    ],
)
def test_the_front(points: list[tuple[str, int, float | None]], expected: tuple[str, ...]) -> None:
    assert front(points) == expected
    assert front(reversed(points)) == expected


def test_a_run_of_another_image_is_none() -> None:
    stale = {"c.gcc": replace(RUNS["c.gcc"], digest="sha256:before")}
    found = row("c.gcc", report(HELLO, BUILDS, stale, WEIGHED))
    assert (found.verdict, found.start_seconds, found.judged.why) == ("not run", None, "not run yet")


def test_expectations() -> None:
    held = {each.variant: each.judged.held for each in REPORT.rows}
    assert held == {
        "c.gcc": True,
        "c.gcc.scratch": True,
        "c.gcc-static.scratch": True,
        "c.gcc-static-upx.scratch": True,
        "c.gcc.busybox": False,
        "c.gcc-wrong": True,
        "go.golang": True,
        "go.golang.scratch": True,
        "go.golang.busybox": True,
        "go.golang-alpine": None,
    }
    assert [each.variant for each in REPORT.unmet] == ["c.gcc.busybox"]
    assert REPORT.next == "shave doctor docker-daemon:hello:c.gcc.busybox"


def test_what_images_share() -> None:
    assert REPORT.sharing and len(REPORT.sharing.images) == len(REPORT.shared) == 8
    stored = {(each.part, each.name): each for each in REPORT.stored}
    assert list(stored) == [("runner", "busybox")]
    busybox = stored["runner", "busybox"]
    assert (busybox.images, busybox.separate_bytes - busybox.stored_bytes) == (2, 2_300_000)


def test_compared_with_an_older_report() -> None:
    then = report(
        Lab("hello", (*HELLO.variants[:1], variant("c.tcc"))),
        {**BUILDS, "c.tcc": built("c.tcc")},
        {"c.gcc": works("c.gcc", 0.031)},
        {"c.gcc": weighed("c.gcc", ("debian", 30_000_000), unpacked=800_000_000)},
    )
    read = parse(document("lab", then, indent=1), "lab", Report)
    assert read == then
    found = hello(previous=read)
    change = row("c.gcc", found).change
    assert change and (change.packed_bytes, change.unpacked_bytes, change.verdict) == (237_100_000, 1_000_000, "works")
    assert change.start_seconds == pytest.approx(-0.01)
    assert (found.compared, found.gone, row("go.golang", found).change) == (True, ("c.tcc",), None)
    assert (REPORT.compared, REPORT.gone) == (False, ())


@pytest.mark.parametrize(
    ("builds", "runs", "following"),
    [
        ({}, {}, "shave lab build ."),
        ({"a.b": built("a.b")}, {}, "shave lab run ."),
        ({"a.b": built("a.b")}, {"a.b": works("a.b", 0.1)}, "shave inspect docker-daemon:hello:a.b"),
    ],
)
def test_next(builds: dict, runs: dict, following: str) -> None:  # type: ignore[type-arg]
    images = {name: weighed(name, ("x", 1), unpacked=1) for name in builds}
    assert report(Lab("hello", (variant("a.b"),)), builds, runs, images).next == following


def test_a_lab_of_nothing() -> None:
    empty = report(Lab("empty", ()), {}, {}, {})
    assert (empty.rows, empty.programs, empty.sharing, empty.unmet) == ((), (), None, ())
