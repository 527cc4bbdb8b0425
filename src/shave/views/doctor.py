"""The answer of ``shave doctor``: what stops the image, what it will miss, and how to look inside."""

from collections.abc import Iterator
from textwrap import wrap

from shave.diagnosis import Diagnosis
from shave.verbs.doctor import Doctored
from shave.views import markdown as marked
from shave.views.visible import one_line

_WIDTH, _LINES = 100, 12


def text(found: Doctored) -> str:
    """For the terminal: the answer, then each diagnosis with its evidence and its fix."""
    return "\n".join(_text(found)) + "\n"


def _text(found: Doctored) -> Iterator[str]:
    yield f"{one_line(found.reference)}: {headline(found)}"
    for mark, each in _told(found):
        yield ""
        yield from _folded("", f"{mark:<5} {each.cause}: {one_line(each.text)}")
        for line in each.evidence:
            yield from _folded("  ", one_line(line))
        if each.fix:
            yield from _folded("  ", f"fix: {one_line(each.fix)}")
    if said := run(found):
        yield ""
        yield from _folded("", f"run   {said}")
        yield from (f"  > {one_line(line)}" for line in _written(found))
    yield ""
    yield f"next: {one_line(found.next)}"


def headline(found: Doctored) -> str:
    """The answer first."""
    seen = found.seen.observed if found.seen else found.predicted
    if seen:
        return f"it {'does' if found.seen else 'will'} not {'work' if found.seen else 'start'}: {one_line(seen.text)}"
    notes = len(found.diagnoses)
    known = "it works" if found.seen else "nothing stops it" if found.words else "it starts nothing by itself"
    return f"{known}; {notes} note{'s' if notes > 1 else ''}" if notes else known


def run(found: Doctored) -> str:
    """What a run showed, and whether it was foreseen; "" without one."""
    if found.seen is None:
        return ""
    seen, agrees = found.seen.observed, found.agrees
    if seen is None:
        seconds = found.seen.seconds
        when = "" if seconds is None else f" within {seconds:.1f} s" if seconds >= 0.1 else " at once"
        return f"by {found.runner}: it works{when}" + ("" if agrees else ", against what its files say")
    foreseen = "as foreseen" if agrees else "which was not foreseen"
    return f"by {found.runner}: {seen.cause}, {foreseen}"


def _told(found: Doctored) -> Iterator[tuple[str, Diagnosis]]:
    """Each diagnosis with its mark; at the end what only a run showed."""
    yield from (("stops" if each.stops else "note", each) for each in found.diagnoses)
    if found.seen and found.seen.observed and not found.agrees:
        yield "seen", found.seen.observed


def _written(found: Doctored) -> list[str]:
    """The last lines of a program that failed."""
    return found.seen.shown.strip().splitlines()[-_LINES:] if found.seen and found.seen.observed else []


def _folded(indent: str, line: str) -> list[str]:
    return wrap(line, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)


def markdown(found: Doctored) -> str:
    """To be pasted into an issue or a pull request."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Doctored) -> Iterator[str]:
    yield f"## shave doctor {marked.code(one_line(found.reference))}"
    yield ""
    yield marked.code(headline(found))
    for mark, each in _told(found):
        yield ""
        yield f"- `{each.cause}` ({mark}): {marked.code(one_line(each.text))}"
        for line in each.evidence:
            yield f"  - {marked.code(one_line(line))}"
        if each.fix:
            yield f"  - fix: {marked.code(one_line(each.fix))}"
    if said := run(found):
        yield ""
        yield f"Run {marked.code(said)}"
    yield ""
    yield f"Next: {one_line(found.next)}"
