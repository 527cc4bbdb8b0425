from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from checks import CHECKED, NASTY
from shave.views.check import notices
from shave.views.junit import junit
from shave.views.notice import Notice


def test_a_case_for_each_rule() -> None:
    root = ElementTree.fromstring(junit(notices(CHECKED), "shave check"))
    suite = root[0]
    assert (root.attrib, suite.get("name")) == ({"tests": "5", "failures": "4"}, "shave check")
    assert [case.get("name") for case in suite] == [judged.key for judged in CHECKED.budgets]
    failure = suite[0][0]
    assert failure.attrib == {"type": "error", "message": "packed is ~213.4 MB, at most 200.0 MB"}
    assert failure.text and failure.text.splitlines()[1].startswith("~150.0 MB layer 3 RUN apt-get update && ")
    assert len(suite[4]) == 0


@given(st.text())
def test_any_text_is_well_formed(text: str) -> None:
    notice = Notice(text, "error", text, text, text)
    assert ElementTree.fromstring(junit([notice], text))[0][0].get("classname") is not None


def test_what_xml_cannot_hold_is_spelled_out() -> None:
    shown = junit([Notice(NASTY, "error", NASTY, NASTY, NASTY)], NASTY)
    failure = ElementTree.fromstring(shown)[0][0][0]
    assert failure.text == NASTY.replace("\r", r"\r").replace("\x1b", r"\x1b").replace("\0", r"\x00").replace(
        "\x85", r"\x85"
    ).replace("\u202e", r"\u202e").replace("\ufffe", r"\ufffe").replace("\udcff", r"\udcff")
