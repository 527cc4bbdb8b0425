import pytest

from shave.views.units import megabytes, share, signed


@pytest.mark.parametrize(
    ("count", "estimated", "shown"),
    [
        (0, False, "0"),
        (120, False, "0.1 kB"),
        (999_999, False, "1000.0 kB"),
        (1_000_000, False, "1.0 MB"),
        (12_345_678, True, "~12.3 MB"),
    ],
)
def test_megabytes(count: int, estimated: bool, shown: str) -> None:
    assert megabytes(count, estimated) == shown


def test_share() -> None:
    assert (share(1, 4), share(1, 0)) == ("25.0 %", "–")


def test_signed() -> None:
    assert [signed(count) for count in (0, -999, 35, 1000, -12_345_678)] == [
        "0",
        "-999 B",
        "+35 B",
        "+1.0 kB",
        "-12.3 MB",
    ]
    assert signed(-2_000_000, True) == "~-2.0 MB"
