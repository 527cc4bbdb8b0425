"""Notices as SARIF 2.1.0 (OASIS), as code scanning reads it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from shave.views.notice import Help, Mending, Notice, Place
from shave.views.visible import visible

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


_NO_HELP: Final[Mapping[str, Help]] = {}


def sarif(notices: Sequence[Notice], version: str, help: Mapping[str, Help] = _NO_HELP) -> str:  # noqa: A002
    """One run of shave ``version``; a rule that nothing breaks is a result of kind "pass"."""
    rules = {notice.rule: visible(notice.rule) for notice in notices}
    driver = {
        "name": "shave",
        "version": version,
        "rules": [_rule(name, help.get(rule)) for rule, name in rules.items()],
    }
    numbers = {rule: number for number, rule in enumerate(rules)}
    results = [_result(notice, numbers[notice.rule]) for notice in notices]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(name: str, known: Help | None) -> dict[str, Any]:
    if known is None:
        return {"id": name, "shortDescription": {"text": name}}
    page = {"text": known.page, "markdown": known.page}
    told = {"shortDescription": {"text": known.name}, "fullDescription": {"text": known.what}}
    return {"id": name, **told, "help": page}


def _result(notice: Notice, rule: int) -> dict[str, Any]:
    passed = notice.level == "pass"
    result = {
        "ruleId": visible(notice.rule),
        "ruleIndex": rule,
        "kind": "pass" if passed else "fail",
        "level": "none" if passed else notice.level,
        "message": {"text": visible(notice.message)},
        "locations": [{"physicalLocation": _location(notice)}],
    }
    return result | ({"fixes": [_fix(notice.mending, notice)]} if notice.mending else {})


def _location(notice: Notice) -> dict[str, Any]:
    """Code scanning wants a file and a line; of an image its reference stands for both."""
    region = _region(notice.place) if notice.place else {"startLine": max(1, notice.line)}
    return {"artifactLocation": _artifact(notice), "region": region}


def _artifact(notice: Notice) -> dict[str, str]:
    """A file by its path: in the first part of one that is relative a colon would end a scheme (RFC 3986 4.2; of others
    RFC 8089); or an image.
    """
    target = notice.target.encode("utf-8", "surrogateescape")
    if not notice.line:
        return {"uri": quote(target, safe="/:@")}
    return {"uri": f"{'file://' * target.startswith(b'/')}{quote(target, safe='/@')}"}


def _region(place: Place) -> dict[str, int]:
    """SARIF 3.30: columns from 1, ``endColumn`` behind the last."""
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(mending: Mending, notice: Notice) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(place), "insertedContent": {"text": text}} for place, text in mending.edits
    ]
    change = {"artifactLocation": _artifact(notice), "replacements": replacements}
    return {"description": {"text": visible(mending.text)}, "artifactChanges": [change]}
