import json
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from sarif_pydantic import Sarif

from checks import CHECKED, NASTY
from shave.views.check import notices
from shave.views.notice import Notice
from shave.views.sarif import sarif


def test_results_and_rules() -> None:
    document = json.loads(sarif(notices(CHECKED), "1.2.3"))
    Sarif.model_validate(document)
    [run] = document["runs"]
    driver = run["tool"]["driver"]
    assert (document["version"], driver["name"], driver["version"]) == ("2.1.0", "shave", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == [judged.key for judged in CHECKED.budgets]
    assert [driver["rules"][each["ruleIndex"]]["id"] for each in run["results"]] == [
        each["ruleId"] for each in run["results"]
    ]
    assert [(each["kind"], each["level"]) for each in run["results"]] == [("fail", "error")] * 4 + [("pass", "none")]
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location == {"artifactLocation": {"uri": "oci:app:1"}, "region": {"startLine": 1}}


def test_one_rule_may_have_many_results() -> None:
    found = json.loads(sarif([Notice("DL3008", "warning", "pin", "pin", "Dockerfile", line) for line in (3, 9)], "1"))
    [run] = found["runs"]
    assert len(run["tool"]["driver"]["rules"]) == 1
    lines = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in run["results"]]
    assert lines == [3, 9]


@given(st.text())
def test_any_text_is_a_valid_document(text: str) -> None:
    shown = sarif([Notice(text, "error", text, text, text)], "1")
    assert shown.isascii()
    Sarif.model_validate_json(shown)


def test_a_hostile_name() -> None:
    [result] = json.loads(sarif([Notice(NASTY, "error", NASTY, NASTY, NASTY)], "1"))["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii() and uri.isprintable() and not set(uri) & set(' "<>\\^`{|}#?')
    assert urlsplit(uri).path
    assert all(line.isprintable() for line in result["message"]["text"].split("\n"))


def test_paths_of_files_are_no_schemes() -> None:
    paths = ("a:b/c d", "/a:b", "../a%b")
    run = json.loads(sarif([Notice("x", "error", "x", "x", path, 1) for path in paths], "1"))["runs"][0]
    found = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]]
    assert found == ["a%3Ab/c%20d", "file:///a%3Ab", "../a%25b"]
