"""What joins the commands of a RUN, as its author writes it: in a line, or continued, with ``&&`` before or behind the
line end; and the comments that come along.

Comments among the lines of an instruction are taken away before a shell sees it (Dockerfile reference, Format), by
BuildKit, the classic builder and buildah alike.
"""

import re
from collections.abc import Iterator, Sequence

from shave.dockerfile.standing import Standing
from shave.dockerfile.steps import Step as Statement
from shave.recipe import Step

LONGEST = 100
"""Characters of a line that still is one when RUNs are merged."""
INLINE = {"&&": b" && ", ";": b"; "}
"""What joins commands of one line."""
_SPACE = re.compile(rb"\s*+")
_END_OF_LINE = re.compile(rb"[ \t]*+\r?(?:\n|\Z)")


def joint(step: Step, operator: str = "&&") -> bytes:
    """What the author writes between two commands of a RUN, where this operator joins them."""
    own = list(_own(step, operator))
    lines = [each for each in own if b"\n" in each]
    if lines:
        return lines[-1]
    if is_continued(step):
        return _default(step, operator)
    return own[-1] if own else INLINE[operator]


def continued(step: Step, operator: str = "&&") -> bytes:
    """The same with a line end, also for a RUN that is one line."""
    found = joint(step, operator)
    return found if b"\n" in found else _default(step, operator)


def merging(steps: Sequence[Step], comments: Sequence[bytes], then: str = "") -> bytes:
    """What joins RUNs as one, with a command more at its end: with a line end where one of them has it, where comments
    stand between them, where they are more than two, or would be a line that is longer than ``LONGEST``.
    """
    parts = [step for step in steps if is_continued(step)]
    # as much as each "RUN " takes " && "
    length = sum(step.end - step.start for step in steps) + (len(then) + 4 if then else 0)
    if not parts and not any(comments) and len(steps) <= 2 and length <= LONGEST:
        return joint(steps[0])
    own = (each for step in parts for each in _own(step, "&&") if b"\n" in each)
    return next(own, None) or continued(steps[0])


def commented(between: bytes, comments: bytes) -> bytes:
    """A joint with lines of comment in it, right above the line that the next command stands in."""
    end = between.rfind(b"\n") + 1
    return between[:end] + comments + between[end:]


def is_continued(step: Step) -> bool:
    """Whether a RUN is written in more than one line."""
    return step.instruction.last_line > step.instruction.line


def line_end(step: Step) -> bytes:
    """As the instruction has it."""
    return b"\r\n" if b"\r\n" in step.file.text[step.instruction.start : step.instruction.end] else b"\n"


def is_alone(text: bytes, start: int, end: int) -> bool:
    """Whether nothing else stands in the lines that this begins and ends in."""
    line = text.rfind(b"\n", 0, start) + 1
    return not text[line:start].strip() and _END_OF_LINE.match(text, end) is not None


def indent(step: Step, statement: Statement | Standing) -> bytes:
    """The white space before the line that a statement begins in."""
    shell = step.shell
    start = shell.text.span(statement.start, statement.end)[0] if shell else 0
    line = step.file.text.rfind(b"\n", 0, start) + 1
    found = re.match(rb"[ \t]*", step.file.text[line:start])
    return found[0] if found else b""


def _own(step: Step, operator: str) -> Iterator[bytes]:
    """How this operator stands between commands of the RUN itself, in order, with what is around it."""
    shell = step.shell
    for each in shell.steps if shell else ():
        if shell and each.within == "program" and each.after and each.after.text == operator:
            start, end = shell.text.span(each.after.start, each.after.end)
            behind = _SPACE.match(shell.text.text, each.after.end)
            lead = step.file.text[shell.text.span(each.start, each.end)[1] : start]
            tail = step.file.text[end : shell.text.origin(behind.end())] if behind else b""
            yield _plain(step, lead) + step.file.text[start:end] + (_plain(step, tail) or b" ")


def _plain(step: Step, blank: bytes) -> bytes:
    """White space with one line end at most, with one blank before it or none, without the comments around it."""
    lines = blank.rsplit(b"\n", 1)
    if len(lines) == 1:
        return blank
    is_close = blank.startswith(step.file.escape.encode())
    return _continuation(step).removeprefix(b" " if is_close else b"") + lines[1]


def _default(step: Step, operator: str) -> bytes:
    """In the style of the file's first continued ``&&``, else with a tab where the RUN has tabs."""
    if operator == ";":
        return b";" + _continuation(step) + b"    "
    escape = re.escape(step.file.escape.encode())
    style = escape + rb"[ \t]*+\r?\n([ \t]*+)&&[ \t]|&&[ \t]*+" + escape + rb"[ \t]*+\r?\n([ \t]*+)"
    found = re.search(style, step.file.text)
    if found and found[2] is not None:
        return b" &&" + _continuation(step) + found[2]
    own = step.file.text[step.start : step.end]
    inner = found[1] if found else b"\t" if b"\n\t" in own else b"    "
    return _continuation(step) + inner + operator.encode() + b" "


def _continuation(step: Step) -> bytes:
    return b" " + step.file.escape.encode() + line_end(step)
