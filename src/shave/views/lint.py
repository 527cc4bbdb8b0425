"""The answer of ``shave lint``: how much there is to save, then each finding where it stands, the dearest first."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from shave.lint import Amount
from shave.verbs.lint_bases import BaseRow, BaseSize
from shave.verbs.linted import Linted, LintedFile, Seen, Statistic, Unasked
from shave.verbs.proved import doubted
from shave.views import lint_lines, lint_proof
from shave.views import markdown as marked
from shave.views.columns import columns
from shave.views.lint_headline import headline, many
from shave.views.notice import Level, Mending, Notice, Place
from shave.views.units import megabytes
from shave.views.visible import one_line, visible

_WIDTH, _EXCERPT, _BEFORE = 80, 72, 30
_UNASKED: dict[Unasked, str] = {
    "image": "--image IMAGE (what the layers of the image built from it hold)",
    "context": "--context DIRECTORY (what COPY takes of it for nothing)",
    "bases": "--bases (what bases cost, and smaller ones)",
}
_LEVELS: dict[str, Level] = {"error": "error", "warning": "warning", "info": "note"}


def text(linted: Linted) -> str:
    """For the terminal."""
    return "\n".join(_text(linted)) + "\n"


def _text(linted: Linted) -> Iterator[str]:
    yield headline(linted)
    yield from wrap(_measured_how(linted), _WIDTH)
    for file in linted.files:
        if file.unread or file.unwritten:
            yield ""
            yield _undone(file)
        if file.fixed:
            yield ""
        yield from (f"fixed {_place(file, each)}: {each.rule}: {mended(each)}" for each in file.fixed)
        for finding in file.findings:
            yield ""
            yield from _finding(file, finding)
        yield from _ignore_file(file)
        if file.proved:
            yield ""
            yield from _proof(file)
        if file.lines:
            yield ""
            yield f"{one_line(file.path)}: what its lines cost"
            yield from lint_lines.lines(file.lines)
        for row in file.bases:
            yield ""
            yield from bases(row)
    yield from _end(linted)


def statistics(linted: Linted) -> str:
    """What each rule found, instead of the findings."""
    return "\n".join(_statistics(linted)) + "\n"


def _statistics(linted: Linted) -> Iterator[str]:
    yield headline(linted)
    if linted.statistics:
        header = ("saves, packed", "findings", "files", "fixes", "rule", "")
        yield ""
        yield from columns((header, *map(_statistic, linted.statistics)), right=(0, 1, 2, 3))
    for file in linted.files:
        if file.unread or file.unwritten:
            yield ""
            yield _undone(file)
    yield from _end(linted)


def _statistic(row: Statistic) -> tuple[str, ...]:
    kinds = (megabytes(row.packed_bytes), megabytes(row.estimated_packed_bytes, estimated=True))
    return (
        " + ".join(each for each in kinds if each != "0"),
        str(row.findings),
        str(row.files),
        str(row.fixes),
        row.rule,
        row.name,
    )


def _end(linted: Linted) -> Iterator[str]:
    if more := unasked(linted):
        yield ""
        yield from wrap(more, _WIDTH, break_on_hyphens=False)
    yield ""
    yield f"next: {one_line(linted.next)}"


def unasked(linted: Linted) -> str:
    """What was not given, and would tell more; an image is of one Dockerfile."""
    kinds = {kind for file in linted.files for kind in file.unasked}
    told = [words for kind, words in _UNASKED.items() if kind in kinds and (kind != "image" or len(linted.files) == 1)]
    return f"more is known with {', '.join(told)}" if told else ""


def _measured_how(linted: Linted) -> str:
    """What has to be known of measured bytes, once for all of them."""
    sources = {each.amount.source for each in linted.findings if each.amount and each.amount.measured}
    return "; ".join(sorted(sources - {""}))


def _finding(file: LintedFile, finding: Seen) -> Iterator[str]:
    yield f"{_place(file, finding)}: {finding.severity} {finding.rule}: {one_line(finding.text)}"
    yield from _excerpt(finding)
    for line in told(finding, doubted(file.proved)):
        yield from wrap(line, _WIDTH, initial_indent="  = ", subsequent_indent="    ", break_on_hyphens=False)


def _place(file: LintedFile, finding: Seen) -> str:
    return f"{one_line(file.path)}:{finding.line}:{finding.column}"


def mended(finding: Seen) -> str:
    """What was done, and what it saves."""
    amount, done = finding.amount, one_line(finding.fix.text) if finding.fix else ""
    return f"{done}, {megabytes(amount.packed_bytes, not amount.measured)} packed" if amount else done


def _ignore_file(file: LintedFile) -> Iterator[str]:
    if made := file.ignore_file:
        yield ""
        gone = f"{many(made.files, 'file')}, {megabytes(made.unpacked_bytes)} unpacked"
        yield f"{one_line(file.path)}: this .dockerignore would leave out {gone}"
        yield from (f"  {one_line(line)}" for line in made.text.splitlines())


def bases(row: BaseRow) -> Iterator[str]:
    """What a stage starts from, and what may serve instead."""
    yield f"line {row.line}: FROM {_size(row.base)}"
    yield from (f"  {_size(each)}: it lacks {one_line(each.lacks)}" for each in row.others)


def _size(size: BaseSize) -> str:
    known = ((size.packed_bytes, "packed"), (size.unpacked_bytes, "unpacked"))
    shown = ", ".join(f"{megabytes(amount)} {kind}" for amount, kind in known if amount is not None)
    return f"{one_line(size.name)} ({shown})"


def told(finding: Seen, in_doubt: Sequence[str] = ()) -> Iterator[str]:
    """What it costs and how to mend it; of rules ``in_doubt`` the proof did not hold."""
    if finding.amount:
        yield cost(finding.amount)
    if finding.fix:
        option = "--fix" if finding.fix.is_safe else "unsafe: --fix-unsafe"
        yield f"fix: {one_line(finding.fix.text)} ({'not proven' if finding.rule in in_doubt else option})"
    elif finding.advice:
        yield f"help: {one_line(finding.advice)}"


def cost(amount: Amount) -> str:
    """``saves 19.0 MB packed, 48.0 MB unpacked``; of an estimate also whose it is."""
    kinds = (amount.packed_bytes, "packed"), (amount.unpacked_bytes, "unpacked")
    shown = ", ".join(f"{megabytes(count)} {kind}" for count, kind in kinds if count)
    if amount.measured:
        return f"saves {shown}"
    return f"may save about {shown}{f' ({one_line(amount.source)})' if amount.source else ''}"


def _excerpt(finding: Seen) -> Iterator[str]:
    """The line, or of a long one what is around the place, with carets below what the finding is about."""
    line, start = finding.excerpt, finding.column - 1
    end = finding.end_column - 1 if finding.end_line == finding.line else len(line)
    first = max(0, min(start - _BEFORE, len(line) - _EXCERPT))
    lead, tail = "…" * (first > 0), "…" * (len(line) > first + _EXCERPT)
    before, below, behind = (_plain(line[a:b]) for a, b in _parts(first, start, end))
    margin = " " * len(str(finding.line))
    yield f"{margin} |"
    yield f"{finding.line} | {lead}{before}{below}{behind}{tail}".rstrip()
    yield f"{margin} | {' ' * len(lead + before)}{'^' * max(1, len(below))}"


def _parts(first: int, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """What is shown before a place, of it, and behind it."""
    last = first + _EXCERPT
    return (first, start), (start, min(end, last)), (min(end, last), last)


def _plain(part: str) -> str:
    """Text of which each character is seen and has its width: tabs are blanks."""
    return visible(part.replace("\t", " ").replace("\n", " "))


def markdown(linted: Linted) -> str:
    """To be pasted into a pull request."""
    return "\n".join(_markdown(linted)) + "\n"


def _markdown(linted: Linted) -> Iterator[str]:
    yield "## shave lint"
    yield ""
    yield marked.code(headline(linted))
    if how := _measured_how(linted):
        yield ""
        yield f"{how[0].upper()}{how[1:]}."
    rows = [row for file in linted.files for row in _rows(file)]
    if rows:
        yield ""
        yield from marked.table(("saves, packed", "where", "rule", "what", "how"), rows, right=(0,))
    fixed = [
        (marked.code(_place(file, each)), each.rule, marked.code(mended(each)))
        for file in linted.files
        for each in file.fixed
    ]
    if fixed:
        yield ""
        yield from marked.table(("fixed", "rule", "what was done"), fixed)
    for file in linted.files:
        if file.proved:
            yield ""
            yield f"{marked.code(one_line(file.path))}: {marked.code(lint_proof.headline(file.proved))}"
            yield ""
            yield from (f"- {marked.code(line.strip())}" for line in lint_proof.lines(file.proved))
        if file.lines:
            yield ""
            costs = [(*row[:3], marked.code(row[3])) for row in lint_lines.rows(file.lines)]
            yield from marked.table(lint_lines.HEAD, costs, right=(0, 1, 2))
        if file.unread or file.unwritten:
            yield ""
            yield f"{marked.code(one_line(file.path))}: {marked.code(one_line(file.unread or file.unwritten))}"
    if more := unasked(linted):
        yield ""
        yield f"{more[0].upper()}{more[1:]}."
    yield ""
    yield f"Next: {marked.code(one_line(linted.next))}"


def _rows(file: LintedFile) -> Iterator[tuple[str, ...]]:
    for each in file.findings:
        amount = each.amount
        shown = megabytes(amount.packed_bytes, not amount.measured) if amount else ""
        how = f"{each.fix.text}{'' if each.fix.is_safe else ' (unsafe)'}" if each.fix else each.advice
        place = marked.code(one_line(f"{file.path}:{each.line}"))
        yield (
            shown,
            place,
            f"{each.rule} ({each.severity})",
            marked.code(one_line(each.text)),
            marked.code(one_line(how)),
        )


def undone(linted: Linted) -> str:
    """Which files could not be read or written, and why, in lines."""
    return "".join(f"{_undone(file)}\n" for file in linted.files if file.unread or file.unwritten)


def _undone(file: LintedFile) -> str:
    return f"{one_line(file.path)}: {one_line(file.unread or file.unwritten)}"


def notes(linted: Linted) -> str:
    """What ``-v`` tells of comments in the files, in lines."""
    return "".join(f"{one_line(file.path)}: {one_line(note)}\n" for file in linted.files for note in file.notes)


def proofs(linted: Linted) -> str:
    """What builds before and after the fixes showed, in lines."""
    told = (line for file in linted.files for line in _proof(file))
    return "".join(f"{line}\n" for line in told)


def _proof(file: LintedFile) -> Iterator[str]:
    if file.proved:
        yield f"{one_line(file.path)}: {lint_proof.headline(file.proved)}"
        yield from (f"  = {line}" for line in lint_proof.lines(file.proved))


def notices(linted: Linted) -> Iterator[Notice]:
    """Each finding, each file that could not be read, and a limit that is passed, as CI systems show it."""
    if linted.limit and linted.limit.verdict == "over":
        yield Notice("fail-over", "error", "over the limit", headline(linted), linted.files[0].path, 1)
    for file in linted.files:
        if file.unread:
            yield Notice("unread", "error", "not read", f"{file.path}: {file.unread}", file.path, 1)
        if file.unwritten:
            yield Notice("unwritten", "error", "not written", f"{file.path}: {file.unwritten}", file.path, 1)
        for each in file.findings:
            title = f"{each.rule}: {one_line(each.name)}"
            message = "\n".join((one_line(each.text), *told(each, doubted(file.proved))))
            place = Place(each.line, each.column, each.end_line, each.end_column)
            yield Notice(each.rule, _LEVELS[each.severity], title, message, file.path, each.line, place, _mending(each))


def _mending(finding: Seen) -> Mending | None:
    """A fix as text; one that moves bytes which are no UTF-8 cannot be told so."""
    if finding.fix is None or not all(_is_unicode(each.replacement) for each in finding.fix.edits):
        return None
    edits = ((Place(at.line, at.column, at.end_line, at.end_column), at.replacement) for at in finding.fix.edits)
    return Mending(finding.fix.text, tuple(edits))


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
