"""The answer of ``shave check``: each budget, what was found, and what is to blame."""

from collections.abc import Callable, Iterator

from shave.verbs.blame import Blamed
from shave.verbs.check import Checked, Judged
from shave.views import markdown as marked
from shave.views.columns import columns
from shave.views.notice import Level, Notice
from shave.views.units import megabytes
from shave.views.visible import abridged, one_line, shortened

_BLAMED, _WIDTH = 5, 80
_HEADER = ("budget", "found", "allowed", "", "set by")


def text(checked: Checked) -> str:
    """The budgets for the terminal, what is to blame below each that is broken."""
    return "\n".join(_text(checked)) + "\n"


def _text(checked: Checked) -> Iterator[str]:
    yield f"{one_line(checked.reference)}: {verdict(checked)}"
    yield ""
    header, *lines = columns([_HEADER, *(_row(judged) for judged in checked.budgets)], right=(1,))
    yield header
    for judged, line in zip(checked.budgets, lines, strict=True):
        yield line
        blamed = [(f"  {amount}", *_named(each)) for amount, each in _blamed(judged)]
        yield from (f"  {each}" for each in columns(blamed, right=(0,)))
        if len(judged.blamed) > _BLAMED:
            yield "    and others (--format json)"
    yield f"next: {one_line(checked.next)}"


def markdown(checked: Checked) -> str:
    """The budgets as a section with tables, for a pull request or the summary of a job."""
    return "\n".join(_markdown(checked)) + "\n"


def _markdown(checked: Checked) -> Iterator[str]:
    yield f"## shave check {marked.code(one_line(checked.reference))}"
    yield ""
    yield f"**{verdict(checked).capitalize()}.**"
    yield ""
    rows = [
        (marked.code(key), found, *rest, marked.code(origin))
        for key, found, *rest, origin in map(_row, checked.budgets)
    ]
    yield from marked.table(_HEADER, rows, right=(1,))
    for judged in checked.budgets:
        if judged.blamed:
            yield ""
            yield f"### {marked.code(one_line(judged.key))}"
            yield ""
            cells = [(amount, *(marked.code(cell) for cell in _named(each))) for amount, each in _blamed(judged)]
            yield from marked.table(("bytes", "of", ""), cells, right=(0,))


def verdict(checked: Checked) -> str:
    """How many budgets are broken."""
    count = len(checked.budgets)
    if count == 1:
        return f"the budget is {'broken' if checked.broken else 'kept'}"
    if not checked.broken:
        return f"all {count} budgets are kept"
    return f"{checked.broken} of {count} budgets {'is' if checked.broken == 1 else 'are'} broken"


def notices(checked: Checked) -> tuple[Notice, ...]:
    """Each budget as CI systems show it."""
    return tuple(_notice(judged, checked.reference) for judged in checked.budgets)


def _notice(judged: Judged, reference: str) -> Notice:
    level: Level = "error" if judged.broken else "pass"
    title = f"{one_line(judged.key)} is {found(judged)}, {allowed(judged)}"
    blamed = (f"{amount} {' '.join(_named(each)).rstrip()}" for amount, each in _blamed(judged))
    message = "\n".join([f"{one_line(reference)}: {title}", *blamed])
    return Notice(one_line(judged.key), level, title, message, reference)


def _row(judged: Judged) -> tuple[str, ...]:
    fate = "BROKEN" if judged.broken else "kept" if judged.matched else "kept: nothing matches"
    return one_line(judged.key), found(judged), allowed(judged), fate, one_line(judged.origin)


def found(judged: Judged) -> str:
    """What was found, so exactly that it is seen to be another number than the limit."""
    return _amounts(judged)[0]


def allowed(judged: Judged) -> str:
    """``at most 200.0 MB``."""
    return f"at {'least' if judged.least else 'most'} {_amounts(judged)[1]}"


def _amounts(judged: Judged) -> tuple[str, str]:
    for form in _FORMS[judged.kind]:
        shown = form(judged.found), form(judged.limit)
        if shown[0] != shown[1] or judged.found == judged.limit:
            break
    return ("~" if judged.estimated else "") + shown[0], shown[1]


_FORMS: dict[str, tuple[Callable[[float], str], ...]] = {
    "bytes": (
        lambda count: ("-" if count < 0 else "") + megabytes(abs(int(count))),
        lambda count: f"{int(count)} bytes",
    ),
    "ratio": (
        lambda ratio: f"{100 * ratio:.1f} %",
        lambda ratio: f"{100 * ratio:.4f} %",
        lambda ratio: f"{100 * ratio} %",
    ),
    "count": (lambda count: str(int(count)),),
}


def _blamed(judged: Judged) -> Iterator[tuple[str, Blamed]]:
    for each in judged.blamed[:_BLAMED]:
        yield megabytes(each.bytes, judged.estimated), each


def _named(blamed: Blamed) -> tuple[str, str]:
    """What it is called, and what else is known of it."""
    if blamed.what == "layer":
        return f"layer {(blamed.layer or 0) + 1}", shortened(blamed.detail, _WIDTH)
    path = "/" if blamed.what == "path" else ""
    return abridged(path + blamed.name, _WIDTH), one_line(blamed.detail)
