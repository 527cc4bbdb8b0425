"""The rules of dive's ``.dive-ci`` as budgets.

Source: cmd/dive/cli/internal/options/ci.go and ci_rules.go of wagoodman/dive 0.13.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

import yaml

from shave.budgets import Budget, budget
from shave.errors import UsageError

FILE: Final = ".dive-ci"
DEFAULTS: Final = {"lowestEfficiency": "0.9", "highestWastedBytes": "disabled", "highestUserWastedPercent": "0.1"}
"""The rules with what each of them is where the file leaves it out."""
_DISABLED = ("disabled", "off", "false")
_NULL = ("", "~", "null")
_NEAR = 0.8


def budgets(text: str, origin: str = FILE) -> tuple[Budget, ...]:
    """The rules that are not disabled. Raises UsageError for what is no such file."""
    rules = _rules(text, origin)
    for key in sorted(set(rules) - set(DEFAULTS)):  # dive lets others be, which may be plugins'
        if near := get_close_matches(key, DEFAULTS, 1, _NEAR):
            raise UsageError(f"{origin}: {key!r} is no rule", f"did you mean {near[0]}?")
    given = {
        key: default if (value := str(rules.get(key, ""))) in _NULL else value for key, default in DEFAULTS.items()
    }
    return tuple(budget(key, value, origin) for key, value in given.items() if value.lower() not in _DISABLED)


def _rules(text: str, origin: str) -> Mapping[str, Any]:
    try:
        # every scalar stays the text that it is, as dive takes them, and no tag means anything
        document = yaml.load(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{origin} is not YAML: {error}", "see dive's README for its rules") from error
    rules = document.get("rules", "") if isinstance(document, dict) else document or ""
    if not isinstance(rules, dict) and rules not in _NULL:
        raise UsageError(f"{origin} has no rules", "write rules: and below it lowestEfficiency: 0.95")
    return rules if isinstance(rules, dict) else {}
