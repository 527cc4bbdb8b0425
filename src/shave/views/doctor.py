"""The answer of ``shave doctor``: what stops the image, what it will miss, and how to look inside."""

from collections.abc import Iterator
from textwrap import wrap

from shave.diagnosis import Diagnosis
from shave.verbs.doctor import Doctored
from shave.views import markdown as marked
from shave.views.visible import one_line

_WIDTH = 100


def text(found: Doctored) -> str:
    """For the terminal: the answer, then each diagnosis with its evidence and its fix."""
    return "\n".join(_text(found)) + "\n"


def _text(found: Doctored) -> Iterator[str]:
    yield f"{one_line(found.reference)}: {headline(found)}"
    for each in found.diagnoses:
        yield ""
        yield from _folded("", f"{_mark(each)} {each.cause}: {one_line(each.text)}")
        for line in each.evidence:
            yield from _folded("  ", one_line(line))
        if each.fix:
            yield from _folded("  ", f"fix: {one_line(each.fix)}")
    yield ""
    yield f"next: {one_line(found.next)}"


def headline(found: Doctored) -> str:
    """The answer first."""
    notes = sum(not each.stops for each in found.diagnoses)
    first = next((each for each in found.diagnoses if each.stops), None)
    if first:
        return f"it will not start: {one_line(first.text)}"
    known = "nothing stops it" if found.words else "it starts nothing by itself"
    return f"{known}; {notes} note{'s' if notes > 1 else ''}" if notes else known


def _mark(diagnosis: Diagnosis) -> str:
    return "stops" if diagnosis.stops else "note "


def _folded(indent: str, line: str) -> list[str]:
    return wrap(line, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)


def markdown(found: Doctored) -> str:
    """To be pasted into an issue or a pull request."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Doctored) -> Iterator[str]:
    yield f"## shave doctor {marked.code(one_line(found.reference))}"
    yield ""
    first = next((each for each in found.diagnoses if each.stops), None)
    said = headline(found)
    yield (
        f"**It will not start**: {marked.code(one_line(first.text))}" if first else f"**{said[0].upper()}{said[1:]}.**"
    )
    for each in found.diagnoses:
        yield ""
        yield f"- `{each.cause}` ({_mark(each).strip()}): {marked.code(one_line(each.text))}"
        for line in each.evidence:
            yield f"  - {marked.code(one_line(line))}"
        if each.fix:
            yield f"  - fix: {marked.code(one_line(each.fix))}"
    yield ""
    yield f"Next: {one_line(found.next)}"
