"""Notices as SARIF 2.1.0 (OASIS), as code scanning reads it."""

import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from shave.views.notice import Notice
from shave.views.visible import visible

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(notices: Sequence[Notice], version: str) -> str:
    """One run of shave ``version``; a rule that nothing breaks is a result of kind "pass"."""
    rules = {notice.rule: visible(notice.rule) for notice in notices}
    driver = {"name": "shave", "version": version, "rules": [_rule(name) for name in rules.values()]}
    numbers = {rule: number for number, rule in enumerate(rules)}
    results = [_result(notice, numbers[notice.rule]) for notice in notices]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(name: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": name}}


def _result(notice: Notice, rule: int) -> dict[str, Any]:
    passed = notice.level == "pass"
    return {
        "ruleId": visible(notice.rule),
        "ruleIndex": rule,
        "kind": "pass" if passed else "fail",
        "level": "none" if passed else notice.level,
        "message": {"text": visible(notice.message)},
        "locations": [{"physicalLocation": _location(notice)}],
    }


def _location(notice: Notice) -> dict[str, Any]:
    """Code scanning wants a file and a line; of an image its reference stands for both."""
    uri = quote(notice.target.encode("utf-8", "surrogateescape"), safe="/:@")
    return {"artifactLocation": {"uri": uri}, "region": {"startLine": max(1, notice.line)}}
