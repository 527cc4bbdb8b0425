"""The answer of ``shave lint`` in all forms, also about names and lines that are hostile."""

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sarif_pydantic import Sarif

from shave.dockerfiles import Source
from shave.lint import Amount, LintSettings
from shave.rules import RULES
from shave.rules.pages import markdown as page
from shave.rules.pages import what
from shave.verbs.lint import lint
from shave.verbs.linted import Edited, EditSeen, Linted, LintedFile, Seen
from shave.verbs.proved import Proved
from shave.views.github import annotations
from shave.views.lint import markdown, notices, text
from shave.views.lint_headline import headline
from shave.views.notice import Help
from shave.views.sarif import sarif

FIX = Edited("do it", True, (EditSeen(4, 7, 1, 5, 1, 8, "z"),))
FINDING = Seen(
    "SHV101", "Lists stay", "warning", "lists stay", 1, 5, 1, 8, "RUN abc", "", FIX, Amount(5_000_000, 9_000_000)
)
GUESSED = replace(
    FINDING, rule="SHV102", line=12, end_line=14, fix=None, advice="give it", amount=Amount(1000, 0, False, "apt")
)
MENDED = replace(FINDING, rule="SHV103")
LINTED = Linted(
    (
        LintedFile("a/Dockerfile", (FINDING, GUESSED), packed_bytes=5_000_000, estimated_packed_bytes=1000),
        LintedFile("b", (), "it cannot be read: Is a directory"),
        LintedFile("c", (), fixed=(MENDED,), fixed_packed_bytes=5_000_000),
    ),
    "oci:x",
    "",
    5_000_000,
    9_000_000,
    1000,
    True,
    "shave lint --fix a",
)


def one(finding: Seen) -> Linted:
    return replace(LINTED, files=(LintedFile("Dockerfile", (finding,)),))


def test_text() -> None:
    assert (
        text(LINTED)
        == f"""\
{headline(LINTED)}

a/Dockerfile:1:5: warning SHV101: lists stay
  |
1 | RUN abc
  |     ^^^
  = saves 5.0 MB packed, 9.0 MB unpacked
  = fix: do it (--fix)

a/Dockerfile:12:5: warning SHV102: lists stay
   |
12 | RUN abc
   |     ^^^
  = may save about 1.0 kB packed (apt)
  = help: give it

b: it cannot be read: Is a directory

fixed c:1:5: SHV103: do it, 5.0 MB packed

next: shave lint --fix a
"""
    )


def test_no_fix_is_offered_that_was_refuted() -> None:
    refuted = Proved("refuted", "it does not build", "podman", ("SHV101",))
    shown = text(replace(LINTED, files=(LintedFile("a", (FINDING,), proved=refuted),)))
    assert "  = fix: do it (not proven)\n" in shown
    assert "(--fix)" not in shown


def test_headlines() -> None:
    left = "2 left in 1, 5.0 MB measured and ~1.0 kB estimated (packed)"
    assert headline(LINTED) == f"2 Dockerfiles: 1 fixed, 5.0 MB measured (packed); {left}; 1 not read"
    clean = LintedFile("x")
    unread = LintedFile("y", unread="it cannot be read")
    free = replace(LINTED, packed_bytes=0, estimated_packed_bytes=0)
    assert headline(replace(free, files=(clean,))) == "x: nothing found"
    assert headline(replace(free, files=(clean, clean))) == "2 Dockerfiles: nothing found"
    assert headline(replace(free, files=(unread,))) == "y: not read"
    assert headline(replace(free, files=(clean, unread))) == "1 Dockerfile: nothing found; 1 not read"
    assert headline(replace(free, files=(LintedFile("x", (FINDING,)),))) == "x: 1 finding"


def test_of_a_long_line_there_is_what_is_around_the_place() -> None:
    line = "RUN " + "a" * 300 + " here " + "b" * 300
    shown = text(one(replace(FINDING, excerpt=line, column=306, end_column=310))).splitlines()[4:6]
    assert max(map(len, shown)) <= 110
    assert shown[0][shown[1].index("^") : shown[1].rindex("^") + 1] == "here"
    assert (shown[0][4], shown[0][-1]) == ("…", "…")


def test_carets_stand_below_characters_of_any_kind() -> None:
    shown = text(one(replace(FINDING, excerpt="\tRUN \x1b[0mabc", column=10, end_column=13))).splitlines()
    assert shown[4] == "1 |  RUN \\x1b[0mabc"
    assert shown[4][shown[5].index("^") : shown[5].rindex("^") + 1] == "abc"


def test_markdown() -> None:
    shown = markdown(LINTED)
    assert "| 5.0 MB | `a/Dockerfile:1` | SHV101 (warning) | `lists stay` | `do it` |" in shown
    assert "| ~1.0 kB | `a/Dockerfile:12` | SHV102 (warning) | `lists stay` | `give it` |" in shown
    assert "| `c:1:5` | SHV103 | `do it, 5.0 MB packed` |" in shown
    assert "`b`: `it cannot be read: Is a directory`" in shown


def test_github() -> None:
    first, second, third = annotations(notices(LINTED)).splitlines()
    assert first.startswith(
        "::warning file=a/Dockerfile,line=1,col=5,endColumn=8,title=SHV101%3A Lists stay::lists stay%0A"
    )
    assert second.startswith("::warning file=a/Dockerfile,line=12,endLine=14,title=SHV102%3A Lists stay::")
    assert third == "::error file=b,line=1,title=not read::b: it cannot be read: Is a directory"


def test_sarif() -> None:
    helps = {rule.id: Help(rule.name, what(rule), page(rule)) for rule in RULES}
    document = sarif(tuple(notices(LINTED)), "1", helps)
    Sarif.model_validate_json(document)
    [run] = json.loads(document)["runs"]
    first, second, third = run["results"]
    assert [each["level"] for each in run["results"]] == ["warning", "warning", "error"]
    [replacement] = first["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement == {
        "deletedRegion": {"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 8},
        "insertedContent": {"text": "z"},
    }
    assert "fixes" not in second and third["ruleId"] == "unread"
    rule = run["tool"]["driver"]["rules"][0]
    assert rule["shortDescription"] == {"text": "apt's package lists stay in the layer"}
    assert rule["fullDescription"]["text"].startswith("a RUN fetches")


def test_what_is_no_text_is_no_fix_in_sarif() -> None:
    fix = replace(FIX, edits=(replace(FIX.edits[0], replacement="\udcff"),))
    [result] = json.loads(sarif(tuple(notices(one(replace(FINDING, fix=fix)))), "1"))["runs"][0]["results"]
    assert "fixes" not in result


@given(st.binary(max_size=60), st.text(max_size=20))
def test_any_file_under_any_name(data: bytes, name: str) -> None:
    source = Source(name, b"FROM x\nRUN apt-get update && apt-get install -y " + data)
    found = lint([source], [name], LintSettings())
    Sarif.model_validate_json(sarif(tuple(notices(found)), "1"))
    for form in (text, markdown):
        assert all(char.isprintable() or char == "\n" for char in form(found))
    assert len(annotations(notices(found)).splitlines()) == len(found.findings)
