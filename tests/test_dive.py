import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.dive import budgets
from shave.errors import UsageError

DEFAULTS = {"lowestEfficiency": 0.9, "highestUserWastedPercent": 0.1}


def found(text: str) -> dict[str, float]:
    return {budget.key: budget.limit for budget in budgets(text)}


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        (
            "rules:\n  # of the image\n  lowestEfficiency: 0.95\n  highestWastedBytes: 20Mb\n"
            "  highestUserWastedPercent: '0.5'\n  plugin1/rule1: error\n",
            {"lowestEfficiency": 0.95, "highestWastedBytes": 20_000_000, "highestUserWastedPercent": 0.5},
        ),
        ("rules: {highestWastedBytes: 5}", {**DEFAULTS, "highestWastedBytes": 5}),
        ("rules: {lowestEfficiency: disabled, highestUserWastedPercent: false}", {}),
        ("rules:\n  lowestEfficiency:\n", DEFAULTS),
        ("rules:\n", DEFAULTS),
        ("other: 1\n", DEFAULTS),
        ("rules: {x: !!python/object/apply:os.system [ls], y: !!timestamp z}", DEFAULTS),
        ("", DEFAULTS),
    ],
)
def test_rules(text: str, limits: dict[str, float]) -> None:
    assert found(text) == limits


@pytest.mark.parametrize(
    "text",
    [
        "rules: [",
        "rules: 1",
        "- 1",
        "just words",
        "rules: {lowestEfficiency: 2}",
        "rules: {lowestEfficiency: 2 %%}",
        "rules: {highestWastedBytes: [1]}",
        "rules: " + "[" * 3000,
        "\0",
        "rules: {{}: 1}",
        "rules: {lowestEficiency: 0.95}",
    ],
)
def test_what_is_no_such_file(text: str) -> None:
    with pytest.raises(UsageError, match="dive-ci"):
        budgets(text)


@given(st.text() | st.text().map("rules:\n  lowestEfficiency: {}\n".format))
def test_any_text_is_rules_or_an_error_in_words(text: str) -> None:
    try:
        budgets(text)
    except UsageError as error:
        assert str(error)
