"""Edits of what steps do, in the style in which the file is written: where && stands, how lines are continued.

None is what cannot be done without changing what a RUN means.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from shave.dockerfile.edits import Edit
from shave.dockerfile.ignores import above, is_asking
from shave.dockerfile.removing import removal
from shave.dockerfile.standing import Standing
from shave.dockerfile.steps import Step as Statement
from shave.recipe import Call, Recipe, Step
from shave.recipe_standing import (
    around,
    can_be_tested,
    ends_in,
    is_body,
    joining,
    last_statement,
    standing_of,
    standings_of,
)
from shave.shell import syntax

# What a shell keeps for the commands behind it: moved before others, they would change what those mean
_LASTING = frozenset(
    "cd pushd popd export readonly unset read mapfile readarray getopts let set shopt enable alias unalias "  # noqa: SIM905
    "umask ulimit exit exec return trap source . eval".split()
)
_LASTING_KINDS = frozenset(
    {
        "variable_assignment",
        "variable_assignments",
        "declaration_command",
        "function_definition",
        "unset_command",
        "for_statement",
        "c_style_for_statement",
    }
)
_ASSIGNING = re.compile(rb"\$\{\w+:?=|\(\(|\bprintf\s+-v")
# Of these mounts each RUN has its own, empty or as it was
_OWN_MOUNTS = re.compile(r"(?:^|,)(?:type=tmpfs|rw|readwrite)(?:,|=|$)")
_LAUNCHERS = frozenset({"sudo", "doas"})
# What starts a command in the same way once more, whatever it was
_REPEATED = _LAUNCHERS | {"env", "command", "time", "timeout", "nice", "gosu", "su-exec", "setpriv", "chroot"}
# Variables that say where a tool is, or where it keeps what
_DIRECTING = re.compile(rb"\w*(?:PATH|HOME|DIR|CACHE|PREFIX)\w*=", re.IGNORECASE)
_TAIL = re.compile(rb"\s*+;?\s*+(#.*+)?", re.DOTALL)
_SIMPLE = frozenset(
    {
        "command",
        "subshell",
        "compound_statement",
        "test_command",
        "if_statement",
        "for_statement",
        "case_statement",
        "while_statement",
    }
)


def inserted(call: Call, word: int, text: str) -> Edit | None:
    """A word more behind the one with this number; None for a call in a string."""
    if len(call.spans) <= word:
        return None
    end = call.spans[word][1]
    return Edit(end, end, b" " + text.encode())


def appended(step: Step, text: str) -> Edit | None:
    """One command more at the end of a RUN, run if all before it were well.

    None where the end is no command that could go on (``|| true``, a pipe, a background job, ``exit``), where a failure
    would no longer be one, or not in a shell that is read here.
    """
    shell, end = step.shell, _end(step)
    if shell is None or end is None:
        return None
    last, operator = end
    at = shell.text.span(last.start, last.end)[1]
    if is_body(step):
        is_line = operator == ";"
        return Edit(at, at, (_line_end(step) + _indent(step, last) if is_line else b" && ") + text.encode())
    return None if step.instruction.heredocs else Edit(at, at, joint(step, operator) + text.encode())


def _end(step: Step) -> tuple[Statement, str] | None:
    """The last statement of a RUN, and what a command behind it is joined by."""
    shell = step.shell
    last = last_statement(shell.steps) if shell and not shell.unread else None
    found = standings_of(step) if last else ()
    standing = next((each for each in found if last and each.at == last.start), None)
    if (
        last is None
        or standing is None
        or last.kind not in _SIMPLE
        or standing.before == "||"
        or standing.after not in ("", ";")
        or standing.at != standing.start
        or ends_in(step, last)
    ):
        return None
    operator = joining(standing, found)
    return (last, operator) if operator else None


def by_same(step: Step, call: Call, text: str) -> str:
    """A command as a call is started: by ``sudo``, where that is."""
    return next((f"{each.tool} {text}" for each in around(step, call) if each.tool in _LAUNCHERS), text)


def of_same(step: Step, call: Call, text: str) -> str | None:
    """A command of the same tool, which is called as it is there: by its path, by ``sudo -u x``, with ``PATH=…``.

    ``text`` is what stands behind the tool. None for a call in a string, and one that another command may start often
    or elsewhere (``xargs``, ``exec``).
    """
    shell, statement = step.shell, call.statement
    at = 2 if call.is_module else 0
    if shell is None or statement is None or len(call.spans) <= at:
        return None
    if any(each.tool not in _REPEATED for each in around(step, call)):
        return None
    whole, _ = shell.text.span(statement.start, statement.end)
    first = min((each.spans[0][0] for each in around(step, call) if each.spans), default=call.spans[0][0])
    start = whole if _DIRECTING.search(step.file.text, whole, first) else first
    written = step.file.text[start : call.spans[at][1]]
    return f"{written.decode('ascii')} {text}" if written.isascii() else None


def preceded(step: Step, call: Call, text: str) -> Edit | None:
    """One command more right before that of a call, which is run if the new one was well.

    None for a call in a string, and where a failure of the new one would not be that of the RUN.
    """
    standing = standing_of(step, call)
    if standing is None or standing.at != standing.start or standing.before == "||" or standing.after in ("|", "&"):
        return None
    is_alone = standing.errexit == "on" and standing.before != "&&"
    if not is_alone and not standing.is_final:
        return None
    start = _span(step, standing)[0]
    return Edit(start, start, text.encode() + _joint_at(step, standing, ";" if is_alone else "&&"))


def followed(step: Step, call: Call, text: str, others: Sequence[Call] = ()) -> Edit | None:
    """One command more right behind that of a call, run if that was well, or one of the others that it stands in for
    (``npm ci || npm install``), and never else.

    None for a call in a string, one whose output is piped, or where a failure would go another way than before.
    """
    standing = standing_of(step, call)
    if standing is None or standing.after in ("|", "&"):
        return None
    operator = joining(standing, standings_of(step))
    start, end = _span(step, standing)
    command = text.encode()
    if operator == "&&" and standing.before == "||" and not _is_instead(step, standing, others):
        return Edit(start, end, b"{ " + step.file.text[start:end] + b" && " + command + b"; }")
    if operator:
        return Edit(end, end, _joint_at(step, standing, operator) + command)
    if standing.errexit == "on" and standing.at == standing.start:
        return Edit(start, end, b"{ " + step.file.text[start:end] + b"; " + command + b"; }")
    return None


def _is_instead(step: Step, standing: Standing, others: Sequence[Call]) -> bool:
    """Whether what stands before ``||`` is one of these calls, which was run and well if this is passed over: behind a
    pipe there may be ``!`` before it.
    """
    before = [each for each in standings_of(step) if each.row == standing.row and each.at < standing.start]
    found = [standing_of(step, call) for call in others]
    return bool(before) and before[-1] in found and before[-1].before != "||" and before[-1].at == before[-1].start


def _span(step: Step, standing: Standing) -> tuple[int, int]:
    shell = step.shell
    return shell.text.span(standing.start, standing.end) if shell else (0, 0)


def _joint_at(step: Step, standing: Standing, operator: str) -> bytes:
    """What joins two commands, as the author writes it if that is between the RUN's own."""
    is_own = standing.row == 1 and (standing.before or standing.after) and not is_body(step)
    return joint(step, operator) if is_own else b"; " if operator == ";" else b" && "


def joint(step: Step, operator: str = "&&") -> bytes:
    """What the author writes between two commands of a RUN, where this operator joins them."""
    shell, sign = step.shell, operator.encode()
    if shell is None:
        return b" " + sign + b" "
    own = [each.after for each in shell.steps if each.within == "program" and each.after]
    joined = [shell.text.span(each.start, each.end) for each in own if each.text == operator]
    if joined:
        return _around(step, *joined[-1])
    if step.instruction.last_line > step.instruction.line:
        line = b" " + step.file.escape.encode() + _line_end(step) + b"    "
        return b";" + line if operator == ";" else line + sign + b" "
    return b"; " if operator == ";" else b" && "


def _around(step: Step, start: int, end: int) -> bytes:
    """An operator with the white space and the line continuations around it; comments are not repeated."""
    source, escape = step.file.text, re.escape(step.file.escape.encode())
    blank = rb"(?:[ \t]|" + escape + rb"[ \t]*\r?\n)*"
    before = re.search(blank + rb"\Z", source[step.start : start])
    after = re.match(blank, source[end : step.end])
    lead, tail = before[0] if before else b"", after[0] if after else b""
    return lead + source[start:end] + (tail or b" ")


def removed(step: Step) -> Edit:
    """The instruction gone with its lines, its here-documents and the comments in it. What stands above stays, but for
    what asks linters to ignore something: that would be of the instruction behind.
    """
    lines = above(step.file.text, step.instruction.start)
    start = step.instruction.start - sum(map(len, lines))
    return Edit(start, step.instruction.end, b"".join(line for line in lines if not is_asking(line)))


def without(step: Step, statement: Statement) -> Edit | None:
    """A RUN without one of its statements and what joins it; None where more would change."""
    return removal(step.shell, statement) if step.shell else None


def merged(recipe: Recipe, first: Step, *others: Step, then: str = "") -> tuple[Edit, ...] | None:
    """RUNs, each right behind the one before, as one; and one command more at its end.

    None where their flags or shells differ, where one is a here-document, where one leaves something to the shell that
    the next would feel (``cd``, ``set``, a variable), or where a failure would go another way than before.
    Comments at their ends come together at the end of the last; what is to be ignored of one is of all.
    """
    steps = (first, *others)
    if not others:
        edit = appended(first, then)
        return (edit,) if edit else None
    if any(recipe.before(two) is not one or not _can_merge(one, two) for one, two in pairwise(steps)):
        return None
    bodies = [_body(step, then if step is steps[-1] else "", joint(first)) for step in steps]
    known = [body for body in bodies if body]
    if len(known) != len(bodies):
        return None
    added = b"".join(joint(first) + body.text for body in known[1:])
    comments = b"".join(b" " + body.comment for body in known[1:] if body.comment)
    comment = (Edit(first.end, first.end, comments),) if comments else ()
    asking = b"".join(
        line for step in others for line in above(first.file.text, step.instruction.start) if is_asking(line)
    )
    asked = (Edit(first.instruction.start, first.instruction.start, asking),) if asking else ()
    return *asked, Edit(known[0].end, known[0].end, added), *comment, *map(removed, others)


class _Body(Struct, frozen=True):
    """The commands of a RUN, where they end, and the comment behind them."""

    text: bytes
    end: int
    comment: bytes


def _body(step: Step, then: str, between: bytes) -> _Body | None:
    """The commands of a RUN, and one more, as they can stand among others; None where they cannot."""
    shell = step.shell
    last = last_statement(shell.steps) if shell else None
    tail = _TAIL.fullmatch(shell.text.text, last.end) if shell and last else None
    if shell is None or last is None or tail is None or (then and ends_in(step, last)):
        return None
    start, end = shell.text.span(0, last.end)
    text = step.file.text[start:end]
    comment = step.file.text[slice(*shell.text.span(*tail.span(1)))] if tail[1] else b""
    if then and not all(map(can_be_tested, standings_of(step))):
        at_end = _end(step)
        if at_end is None:
            return None
        text, then = text + joint(step, at_end[1]) + then.encode(), ""
    text = b"{ " + text + b"; }" if any(_is_loose(each) for each in shell.steps if each.within == "program") else text
    return _Body(text + (between + then.encode() if then else b""), end, comment)


def step_text(step: Step) -> bytes:
    """The command of a RUN as it is written, its continuations and the comments among them too."""
    shell = step.shell
    if shell is None:
        return b""
    start, end = shell.text.span(0, len(shell.text.text))
    return step.file.text[start:end]


def _can_merge(first: Step, second: Step) -> bool:
    one, two = first.instruction, second.instruction
    if any(each.keyword != "RUN" or each.form == "json" or each.heredocs for each in (one, two)):
        return False
    flags = [(flag.name, flag.value) for flag in one.flags]
    if flags != [(flag.name, flag.value) for flag in two.flags]:
        return False
    if any(name == "mount" and _OWN_MOUNTS.search(value or "") for name, value in flags):
        return False
    shells = first.shell, second.shell
    if any(shell is None or shell.unread or not shell.steps for shell in shells):
        return False
    can_go_on = all(map(can_be_tested, standings_of(first)))
    return can_go_on and not _lasts(first) and not any(map(_ends_open, shells[0].steps if shells[0] else ()))


def _lasts(step: Step) -> bool:
    """Whether a command of the RUN itself, not of a subshell, changes what those behind it would see."""
    shell = step.shell
    root = syntax(shell.text.text) if shell else None
    if root is None or root.has_error or shell is None or _ASSIGNING.search(shell.text.text):
        return True
    if any(each.kind in _LASTING_KINDS for each in shell.steps if each.within != "subshell"):
        return True
    own = (call for call in step.calls if call.statement is None or call.statement.within != "subshell")
    return any((call.words[0] or "") in _LASTING for call in own)


def _ends_open(statement: Statement) -> bool:
    """Whether a statement of the RUN itself may fail without its end, or any goes on behind it."""
    joined = {each.text for each in (statement.before, statement.after) if each}
    return "&" in joined or (statement.within == "program" and bool(joined & {";", "||"}))


def _is_loose(statement: Statement) -> bool:
    return bool({each.text for each in (statement.before, statement.after) if each} & {";", "||", "&"})


def _indent(step: Step, statement: Statement) -> bytes:
    """The white space before the line that a statement begins in."""
    shell = step.shell
    start = shell.text.span(statement.start, statement.end)[0] if shell else 0
    line = step.file.text.rfind(b"\n", 0, start) + 1
    found = re.match(rb"[ \t]*", step.file.text[line:start])
    return found[0] if found else b""


def _line_end(step: Step) -> bytes:
    return b"\r\n" if b"\r\n" in step.file.text[step.instruction.start : step.instruction.end] else b"\n"
