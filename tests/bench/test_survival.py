"""What a behave prints is read right; rates count what the original does; the seed draws what it drew."""

import json

from survival import DRAWN, PROGRAMS, Behaviour, Run, behaviours, failures, message, report

ORIGINAL = Run("app", "original", 0, "", 2_000_000, 1_000_000, (Behaviour("a"), Behaviour("b"), Behaviour("c", "x")))
FILE = Run("app", "file", 0, "", 1_000_000, 500_000, (Behaviour("a"), Behaviour("b", "expected [1] got []")))
REFUSED = Run("app", "unit", 1, "home: 500")


def test_the_draw_is_what_was_written_down() -> None:
    assert len(PROGRAMS) == len(set(PROGRAMS)) == 80
    assert len(DRAWN) == 30
    assert DRAWN[:3] == ("scrapy", "asciidoctor", "webpack")


def test_lines_of_a_behave() -> None:
    printed = "ok a\nwaiting\nnot ok b: expected [1: 2] got []\nnot ok c\n"
    assert list(behaviours(printed)) == [
        Behaviour("a"),
        Behaviour("b", "expected [1: 2] got []"),
        Behaviour("c", "it says not what"),
    ]


def test_what_slim_says() -> None:
    judged = [{"probe": "home", "verdict": "different", "reason": "500"}, {"probe": "up", "verdict": "same"}]
    assert message(json.dumps({"verdict": {"judgements": judged}, "thin": True}), "") == "home: 500; thin evidence"
    assert message(json.dumps({"verdict": None, "thin": False}), "") == ""
    assert message("", "error: no such image\nhint: look\n") == "error: no such image hint: look"


def test_what_is_not_asked_is_lost_and_what_was_wrong_before_is_not_counted() -> None:
    assert [(it.behaviour, it.wrong) for it in failures(ORIGINAL, FILE)] == [("b", "expected [1] got []")]
    assert [it.wrong for it in failures(ORIGINAL, REFUSED)] == ["no image: exit 1: home: 500"] * 2
    text = report([ORIGINAL, FILE, REFUSED], ("file", "unit"))
    assert "| app | 2.0 / 1.0 | 1.0 / 0.5, 1/2 | 0.0 / 0.0, 0/2, exit 1 |" in text
    assert "| all 1 | 2.0 / 1.0 | 1.0 / 0.5, 1/2 behaviours, 0/1 programs |" in text
    assert "- app: c: x" in text
    assert "- app, unit: exit 1: home: 500" in text
    assert "- app, file: b: expected [1] got []" in text
