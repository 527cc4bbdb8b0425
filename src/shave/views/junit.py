"""Notices as JUnit XML, the form that CI servers have in common: a test case for each rule."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shave.views.notice import Notice
from shave.views.visible import visible


def junit(notices: Sequence[Notice], suite: str) -> str:
    """One test suite named ``suite``. What XML cannot hold is spelled out (XML 1.0, production 2)."""
    failures = sum(notice.level in ("error", "warning") for notice in notices)
    counts = {"tests": str(len(notices)), "failures": str(failures)}
    root = Element("testsuites", counts)
    cases = SubElement(root, "testsuite", {"name": visible(suite), **counts})
    for notice in notices:
        case = SubElement(cases, "testcase", {"classname": visible(notice.target), "name": visible(notice.rule)})
        if notice.level in ("error", "warning"):
            failure = SubElement(case, "failure", {"type": notice.level, "message": visible(notice.title)})
            failure.text = visible(notice.message)
    indent(root, " ")
    return tostring(root, "unicode", xml_declaration=False) + "\n"
