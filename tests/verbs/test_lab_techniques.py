"""What techniques came to, and what speaks against them."""

import pytest
from msgspec.structs import replace

from laboratory import broken, hello, variant, weighed, works
from shave.lab import RunRecord
from shave.verbs.lab_techniques import Against, Measured, Technique, techniques


def measured(
    name: str, packed: int, unpacked: int, run: RunRecord | None = None, base: str = "", zstd: int | None = None
) -> Measured:
    image = weighed(name, (name, packed), unpacked=unpacked, zstd=zstd)
    return Measured(variant(name, base=base), image, run or works(name, 0.02))


def compared(*found: Measured) -> dict[str, Technique]:
    return {each.variant: each for each in techniques({each.variant.name: each for each in found})}


def against(after: Measured, before: Measured) -> tuple[Against, ...]:
    return compared(before, after)[after.variant.name].against


BEFORE = measured("c.gcc", 1_000_000, 3_000_000)


def test_what_a_variant_began_from() -> None:
    pairs = {each.variant: each.began_from for each in hello().techniques}
    assert pairs == {
        "c.gcc.scratch": "c.gcc",
        "c.gcc-static.scratch": "c.gcc.scratch",
        "c.gcc-static-upx.scratch": "c.gcc-static.scratch",
        "c.gcc.busybox": "c.gcc",
        "go.golang.scratch": "go.golang",
        "go.golang.busybox": "go.golang",
    }


def test_a_program_on_a_base_that_is_another_is_no_technique() -> None:
    assert compared(measured("base.minimal", 1_000, 3_000), measured("c.gcc", 2_000, 6_000, base="base.minimal")) == {}


def test_ratios_are_of_what_is_known() -> None:
    upx = next(each for each in hello().techniques if each.variant == "c.gcc-static-upx.scratch")
    assert (upx.ratios.unpacked, upx.ratios.packed, upx.ratios.repacked) == (0.6097, 1.0158, 1.0886)
    assert (upx.ratios.start, upx.ratios.memory) == (2.1917, 2.7778)
    assert upx.against == ("more to pull", "starts later", "takes more memory")
    static = next(each for each in hello().techniques if each.variant == "c.gcc-static.scratch")
    assert (static.ratios.start, static.against) == (None, ())


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (measured("c.gcc-strip", 700_000, 2_000_000), ()),
        (measured("c.gcc-strip", 1_000_100, 2_999_000), ("saves nothing",)),
        (measured("c.gcc-o2", 1_200_000, 3_500_000), ()),
        (measured("c.gcc-strip", 1_020_000, 2_000_000), ("more to pull",)),
        (measured("c.gcc-strip", 700_000, 2_000_000, works("c.gcc-strip", 0.024)), ()),
        (measured("c.gcc-strip", 700_000, 2_000_000, works("c.gcc-strip", 0.026)), ("starts later",)),
        (
            measured("c.gcc-strip", 700_000, 2_000_000, broken("c.gcc-strip", "segmentation-fault", "")),
            ("breaks it",),
        ),
    ],
)
def test_against(after: Measured, expected: tuple[Against, ...]) -> None:
    assert against(after, BEFORE) == expected


def test_what_deletes_in_a_further_layer() -> None:
    hidden = measured("c.gcc-rm", 1_000_300, 3_100_000)
    assert hidden.weighed and hidden.weighed.weight.disk
    disk = replace(hidden.weighed.weight.disk, content_bytes=2_000_000)
    weight = replace(hidden.weighed.weight, disk=disk)
    assert against(replace(hidden, weighed=replace(hidden.weighed, weight=weight)), BEFORE) == ("more on disk",)


def test_a_start_that_fails_is_no_start_time() -> None:
    no_run = measured("c.gcc-strip", 700_000, 2_000_000, broken("c.gcc-strip", "aborted", ""))
    also = measured("c.gcc", 1_000_000, 3_000_000, broken("c.gcc", "aborted", ""))
    assert compared(also, no_run)["c.gcc-strip"].ratios.start is None
    assert against(no_run, also) == ()
