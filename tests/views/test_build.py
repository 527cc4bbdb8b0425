"""The answer of ``shave build``, in every outcome."""

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from shave.diagnosis import Diagnosis
from shave.lock import LeftOut
from shave.sizes import Sizes
from shave.stage import Remark
from shave.verbs.asked import Asked
from shave.verbs.built import BuildSummary, LayerRow, UnitRow
from shave.views.build import markdown, text

DEBCONF = "it asks questions while packages are installed; nothing is installed in the image"
PLANNED = BuildSummary(
    "app/spec.toml",
    "",
    "planned",
    "python",
    "bookworm",
    "amd64",
    "sha256:" + "0" * 64,
    Sizes(15_900_000, False, 45_100_000, 45_100_000, 2, 1314),
    (LayerRow("system", 15_000_000, 42_100_000, 1234), LayerRow("application", 900_000, 3_000_000, 80)),
    (
        UnitRow("dpkg:libc6:amd64", "2.36-9+deb12u10", 12_400_000, 290, True),
        UnitRow("python:flask", "3.1.0", 3_000_000, 79, False),
        *(UnitRow(f"dpkg:lib{number}", "1.0", 100_000 * (12 - number), 10, False) for number in range(1, 11)),
        UnitRow("spec:files", "", 400, 1, False),
    ),
    (),
    (),
    (),
    (),
    "",
    "",
    {"resolve": 1.04, "layers": 2.2, "manifest": 0.01, "total": 3.6},
    "shave build app/spec.toml -o REF",
)
BUILT = replace(
    PLANNED,
    outcome="built",
    output="oci:out:app",
    lock="app/spec.toml.lock",
    left_out=(
        LeftOut("debconf", "tzdata", DEBCONF),
        *(LeftOut(f"tool{number}", "x", "its postinst alone") for number in range(6)),
    ),
    remarks=(
        Remark("dpkg:nginx", "its postinst runs mkdir $DIRECTORY, which only a run knows"),
        Remark("dpkg:perl", "its preinst runs tool, which shave does not emulate"),
        Remark("dpkg:nginx", "its postinst runs tool, which shave does not emulate"),
    ),
    diagnoses=(Diagnosis("certificates-missing", "python3 can trust no server", stops=False),),
    probes=(Asked("start"), Asked("home")),
    next="shave inspect oci:out:app",
)
REFUSED = replace(PLANNED, outcome="refused", result=None, layers=(), digest="", next="look at what is said above")
LOG = "\n".join(f"line {number}" for number in range(9)) + " word" * 30 + "\n"
SUMMARIES = {
    "planned": PLANNED,
    "built": BUILT,
    "one layer": replace(BUILT, base="scratch", result=Sizes(1, False, 2, 2, 1, 3), layers=PLANNED.layers[:1]),
    "not asked": replace(BUILT, probes=(), unasked="not asked: this machine does not run linux/arm64"),
    "no start": replace(REFUSED, diagnoses=(Diagnosis("command-missing", "/usr/bin/nginx is not there"),)),
    "probe": replace(REFUSED, probes=(Asked("start", shown=LOG), Asked("home", "it answers with status 500"))),
    "program": replace(REFUSED, probes=(Asked("start", "it ended with status 1", LOG),)),
    "remark": replace(REFUSED, remarks=(Remark("dpkg:x", "its preinst takes a file away", True),)),
    "empty": replace(PLANNED, base="scratch", result=Sizes(0, False, 0, 0, 0, 0), layers=(), packages=()),
}


@pytest.mark.parametrize("case", SUMMARIES)
def test_text(case: str, snapshot: SnapshotAssertion) -> None:
    assert text(SUMMARIES[case]) == snapshot


@pytest.mark.parametrize("case", ["built", "probe"])
def test_markdown(case: str, snapshot: SnapshotAssertion) -> None:
    assert markdown(SUMMARIES[case]) == snapshot


def test_what_is_left_out_with_another_is_counted() -> None:
    chain = [LeftOut("iproute2", "nginx", "why"), *(LeftOut(f"lib{n}", "iproute2", "with it") for n in range(9))]
    made = text(replace(BUILT, left_out=tuple(chain)))
    assert "iproute2, wanted by nginx: why\n  9 more\n" in made
    assert "lib8" in markdown(replace(BUILT, left_out=tuple(chain)))


def test_markdown_has_all_units_and_all_that_is_left_out() -> None:
    made = markdown(BUILT)
    assert "more" not in made
    assert all(row.unit in made for row in BUILT.packages) and all(each.name in made for each in BUILT.left_out)


@pytest.mark.parametrize("show", [text, markdown])
def test_a_package_says_no_line_of_its_own(show: object) -> None:
    hostile = "a\nnext: rm\x1b"
    remark = Remark(hostile, hostile)
    probes = (Asked(hostile, hostile, hostile),)
    made = show(replace(BUILT, packages=(UnitRow(hostile, hostile, 1, 1, False),), remarks=(remark,), probes=probes))  # type: ignore[operator]
    assert "\x1b" not in made and "\nnext: rm" not in made
