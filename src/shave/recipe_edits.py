"""Edits of what steps do, in the style in which the file is written: where && stands, how lines are continued.

None is what cannot be done without changing what a RUN means.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise, takewhile
from operator import attrgetter

from msgspec import Struct

from shave.dockerfile.edits import Edit
from shave.dockerfile.ignores import above, is_asking, is_heard
from shave.dockerfile.parts import Comment
from shave.dockerfile.removing import removal
from shave.dockerfile.standing import Standing
from shave.dockerfile.steps import Step as Statement
from shave.recipe import Call, Recipe, Step
from shave.recipe_joints import INLINE, commented, continued, indent, is_alone, joint, line_end, merging
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
    "umask ulimit exit exec return trap source . eval hash service start-stop-daemon systemctl".split()
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
# Each RUN has its own of these from the builder
_OWN_FILES = re.compile(rb"/etc/(?:hosts|hostname|resolv\.conf)\b|/etc/init\.d/")
# Of these mounts each RUN has its own, empty or as it was
_OWN_MOUNTS = re.compile(r"(?:^|,)(?:type=tmpfs|rw|readwrite)(?:,|=|$)")
_LAUNCHERS = frozenset({"sudo", "doas"})
# What starts a command in the same way once more, whatever it was
_REPEATED = _LAUNCHERS | {"env", "command", "time", "timeout", "nice", "gosu", "su-exec", "setpriv", "chroot"}
# Variables that say where a tool is, or where it keeps what
_DIRECTING = re.compile(rb"\w*(?:PATH|HOME|DIR|CACHE|PREFIX)\w*=", re.IGNORECASE)
_MOST_MERGED = 20
"""RUNs that become one: nobody reads more of them as one, and each of many findings asks for all from the first on."""
_EMPTY_LINES = re.compile(rb"(?:[ \t]*+\r?\n)++")
_BLANKS = re.compile(rb"[ \t]++(?=\r?\n|\Z)")
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


def appended(step: Step, text: str, spoken: bytes = b"") -> Edit | None:
    """One command more at the end of a RUN, run if all before it were well, with lines of comment above it.

    None where the end is no command that could go on (``|| true``, a pipe, a background job, ``exit``), where a failure
    would no longer be one, or not in a shell that is read here.
    """
    shell, end = step.shell, _end(step)
    if shell is None or end is None:
        return None
    last, operator = end
    at = shell.text.span(last.start, last.end)[1]
    if is_body(step):
        between = _line(step, last, operator, spoken) if operator == ";" or spoken else b" && "
        return Edit(at, at, between + text.encode())
    if step.instruction.heredocs:
        return None
    between = commented(continued(step, operator), spoken) if spoken else joint(step, operator)
    return Edit(at, _blank_end(step, at), between + text.encode())


def _line(step: Step, statement: Statement, operator: str, spoken: bytes) -> bytes:
    """What begins a line of its own behind a statement of a here-document."""
    return (b"" if operator == ";" else b" &&") + line_end(step) + spoken + indent(step, statement)


def _blank_end(step: Step, at: int) -> int:
    """Where the blanks at a line's end are over; the same place where more follows than these."""
    found = _BLANKS.match(step.file.text, at)
    return found.end() if found else at


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
        return Edit(end, _blank_end(step, end), _joint_at(step, standing, operator) + command)
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
    if is_body(step):
        is_line = operator == ";" and is_alone(step.file.text, *_span(step, standing))
        return line_end(step) + indent(step, standing) if is_line else INLINE[operator]
    is_own = standing.row == 1 and (standing.before or standing.after)
    return joint(step, operator) if is_own else INLINE[operator]


def removed(step: Step) -> Edit:
    """The instruction gone with its lines, its here-documents and the comments in it, and the empty lines behind it if
    there are some before it. What stands above stays, but for what asks linters to ignore something: that would be of
    the instruction behind.
    """
    lines = above(step.file.text, step.instruction.start)
    start = step.instruction.start - sum(map(len, lines))
    return _gone(step, start, b"".join(line for line in lines if not is_asking(line)))


def shifted(step: Step, other: Step) -> tuple[Edit, ...]:
    """An instruction gone whose command another one behind it gets; the comments above it go there, too."""
    file, at = step.file, bisect_left(step.file.parts, step.instruction.start, key=attrgetter("start"))
    lines = list(takewhile(lambda part: isinstance(part, Comment), reversed(file.parts[:at])))
    kept = b"".join(line for part in reversed(lines) if not is_asking(line := file.text[part.start : part.end]))
    if not kept or other.number == step.number + 1:
        return (removed(step),)
    return _gone(step, lines[-1].start), Edit(other.instruction.start, other.instruction.start, kept)


def _gone(step: Step, start: int, kept: bytes = b"") -> Edit:
    """An instruction gone, and what is above it from here on; with empty lines behind it, if there are some before."""
    text, end = step.file.text, step.instruction.end
    before = text[text.rfind(b"\n", 0, max(start - 1, 0)) + 1 : start]
    found = None if kept or before.strip() else _EMPTY_LINES.match(text, end)
    return Edit(start, found.end() if found else end, kept)


def without(step: Step, statement: Statement) -> Edit | None:
    """A RUN without one of its statements and what joins it; None where more would change."""
    return removal(step.shell, statement) if step.shell else None


def merged(recipe: Recipe, first: Step, *others: Step, then: str = "") -> tuple[Edit, ...] | None:
    """RUNs, each right behind the one before, as one; and one command more at its end.

    None where they are many, where their flags or shells differ, where one is a here-document, where one leaves
    something to the shell that the next would feel (``cd``, ``set``, a variable), or where a failure would go another
    way than before.
    Comments at their ends come together at the end of the last; those between the RUNs go along above the commands that
    they speak of. What is to be ignored of one is of all.
    """
    steps = (first, *others)
    if not others:
        edit = appended(first, then)
        return (edit,) if edit else None
    if len(steps) > _MOST_MERGED:
        return None
    if any(recipe.before(two) is not one or not _can_merge(one, two) for one, two in pairwise(steps)):
        return None
    spoken = [comments(one, two) for one, two in pairwise(steps)]
    between = merging(steps, spoken, then)
    bodies = [_body(step, then if step is steps[-1] else "", between) for step in steps]
    known = [body for body in bodies if body]
    if len(known) != len(bodies):
        return None
    added = b"".join(commented(between, lines) + body.text for lines, body in zip(spoken, known[1:], strict=True))
    ends = b"".join(b" " + body.comment for body in known[1:] if body.comment)
    comment = (Edit(first.end, first.end, ends),) if ends else ()
    at = known[0].end
    return Edit(at, at if ends else _blank_end(first, at), added), *comment, *_joined(steps)


def ended(first: Step, second: Step, text: str) -> tuple[Edit, ...] | None:
    """A RUN with one command more at its end, in place of the RUN right behind it; None as of ``appended``."""
    edit = appended(first, text, comments(first, second))
    return (edit, *_joined((first, second))) if edit else None


def comments(first: Step, second: Step) -> bytes:
    """The lines of comment between two instructions, but for what they ask of linters."""
    return b"".join(line for line in _lines(first, second) if not is_heard(line))


def _joined(steps: Sequence[Step]) -> tuple[Edit, ...]:
    """All instructions but the first gone, and what lies between; what is asked of linters there is above the first."""
    first, last = steps[0].instruction, steps[-1].instruction
    asked = b"".join(line for one, two in pairwise(steps) for line in _lines(one, two) if is_heard(line))
    gone = Edit(first.end, last.end)
    return (Edit(first.start, first.start, asked), gone) if asked else (gone,)


def _lines(first: Step, second: Step) -> list[bytes]:
    """The lines of comment between two instructions."""
    file = first.file
    start, end = (
        bisect_left(file.parts, offset, key=attrgetter("start"))
        for offset in (first.instruction.end, second.instruction.start)
    )
    return [file.text[part.start : part.end] for part in file.parts[start:end] if isinstance(part, Comment)]


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
    if _OWN_FILES.search(shell.text.text):
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
