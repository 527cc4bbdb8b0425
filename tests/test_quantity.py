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
