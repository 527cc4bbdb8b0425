import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.budgets import KEYS, Budget, Wanted, of_growth, of_table, of_word
from shave.errors import UsageError
from shave.verbs.blame import RULES


@pytest.mark.parametrize(
    ("text", "key", "name", "limit"),
    [
        ("packed=200MB", "packed", "", 200_000_000),
        ("layer.unpacked = 1.5GiB", "layer.unpacked", "", 3 << 29),
        ("layers=12", "layers", "", 12),
        ("efficiency=95%", "efficiency", "", 0.95),
        ("wasted.percent=0.1", "wasted.percent", "", 0.1),
        ("unit:dpkg:libc6:amd64.packed=0", "unit:NAME.packed", "dpkg:libc6:amd64", 0),
        ("path:/usr/lib/a=b/*.so.unpacked=1", "path:GLOB.unpacked", "/usr/lib/a=b/*.so", 1),
        ("growth.packed=1MB", "growth.packed", "", 1_000_000),
    ],
)
def test_words(text: str, key: str, name: str, limit: float) -> None:
    assert of_word(text) == Budget(key, limit, "--max", name)
    assert of_word(text).title == text.rpartition("=")[0].strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "packed",
        "packed=",
        "=1",
        "packed=1%",
        "packed=-1",
        "packed=٣",
        "layers=1.5",
        "layers=1MB",
        "efficiency=101%",
        "efficiency=1e-3",
        "efficiency=" + "9" * 400,
        "unit:.packed=1",
        "unit:x.content=1",
        "path:/x=1",
        "growth.wasted=1",
    ],
)
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--max"):
        of_word(text)


def test_a_near_key_is_named_and_all_others() -> None:
    with pytest.raises(UsageError) as caught:
        of_word("layer.pakced=1")
    assert caught.value.hint.startswith("did you mean layer.packed? known are packed, unpacked, ")
    assert all(key in caught.value.hint for key in KEYS)


def test_growth() -> None:
    assert of_growth("1%") == Budget("growth.packed", 0.01, "--max-growth", relative=True)
    assert of_growth("250%").limit == 2.5
    assert of_growth("content=5MB") == Budget("growth.content", 5_000_000, "--max-growth")
    assert (of_growth("1%").kind, of_growth("1MB").kind) == ("ratio", "bytes")


def test_a_table() -> None:
    table = {
        "packed": "90MB",
        "layer": {"packed": 5},
        "efficiency": 0.9,
        "max_growth": {"content": "1%"},
        "against": "oci:x",
    }
    assert of_table(table, "F") == Wanted(
        (
            Budget("packed", 90_000_000, "F"),
            Budget("layer.packed", 5, "F"),
            Budget("efficiency", 0.9, "F"),
            Budget("growth.content", 0.01, "F: max_growth", relative=True),
        ),
        "oci:x",
    )
    assert of_table({"max_growth": "2%"}, "F").budgets[0].key == "growth.packed"
    assert of_table({}, "F") == Wanted()


@pytest.mark.parametrize("table", [{"pakced": 1}, {"packed": True}, {"packed": []}, {"against": 1}, {"against": {}}])
def test_what_is_no_table(table: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"^F: "):
        of_table(table, "F")


@given(st.text())
def test_any_text_is_a_budget_or_an_error_in_words(text: str) -> None:
    for read in (of_word, of_growth):
        try:
            assert read(text).limit >= 0
        except UsageError as error:
            assert error.hint


def test_every_key_has_its_rule() -> None:
    assert RULES.keys() == KEYS.keys()
