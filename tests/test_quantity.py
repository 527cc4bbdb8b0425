import pytest

from shave import quantity
from shave.errors import UsageError


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), ("5GB", 5 * 10**9), ("2 mib", 2 << 20), ("1.5GiB", 3 << 29), ("0.1", 0)]
)
def test_bytes(text: str, number: int) -> None:
    assert quantity.parse(text, "X") == number


@pytest.mark.parametrize("text", ["", "GB", "-1", ".5GB", "1.GB", "1.5.1GB", "5 apples", "٣", "9" * 16])
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError, match=r"^X is "):
        quantity.parse(text, "X")


@pytest.mark.parametrize(
    ("text", "bits"),
    [("1bit/s", 1), ("1Mbit/s", 10**6), ("2.5 Gbit/s", 25 * 10**8), ("10kB/s", 80_000), ("1MiB/s", 8 << 20)],
)
def test_rates(text: str, bits: int) -> None:
    assert quantity.rate(text, "X") == bits


@pytest.mark.parametrize("text", ["", "1", "0Mbit/s", "0.1bit/s", "1mbit/s", "1Mb/s", "1MB", "-1MB/s", "1 Mbit / s"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(UsageError, match=r"^X is "):
        quantity.rate(text, "X")


@pytest.mark.parametrize(("text", "seconds"), [("0s", 0), ("50ms", 0.05), ("1.5 s", 1.5)])
def test_durations(text: str, seconds: float) -> None:
    assert quantity.duration(text, "X") == seconds


@pytest.mark.parametrize("text", ["", "50", "ms", "-1s", "1m", "1e3s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError, match=r"^X is "):
        quantity.duration(text, "X")
