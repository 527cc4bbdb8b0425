import pytest

from shave.allowance import BOUND, FREE_BYTES, INDEX_BOUND, INDEX_BYTES, RATIO, Allowance
from shave.errors import BadImageError, UsageError


def test_small_things_may_grow_much_and_large_ones_a_hundredfold() -> None:
    assert Allowance(1000).bound == FREE_BYTES
    assert Allowance(FREE_BYTES).bound == RATIO * FREE_BYTES


def test_all_streams_share_one_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BOUND, "10")
    allowance = Allowance(1000)
    assert list(allowance.spend([b"123", b"456"])) == [b"123", b"456"]
    passed = allowance.spend([b"7890", b"1"])
    assert next(passed) == b"7890"
    with pytest.raises(BadImageError, match="more than 10 bytes") as caught:
        next(passed)
    assert BOUND in caught.value.hint


def test_a_bound_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BOUND, "much")
    with pytest.raises(UsageError, match="SHAVE_UNPACKED_MAX is 'much'"):
        Allowance(0)


def test_entries_share_a_bound_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    Allowance(0).hold(INDEX_BYTES)
    monkeypatch.setenv(INDEX_BOUND, "1KB")
    allowance = Allowance(0)
    allowance.hold(600)
    with pytest.raises(BadImageError, match="fit into 1000 bytes") as caught:
        allowance.hold(401)
    assert INDEX_BOUND in caught.value.hint
