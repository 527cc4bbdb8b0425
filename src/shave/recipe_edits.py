"""Edits of what steps do, in the style in which the file is written: where && stands, how lines are continued.

None is what cannot be done without changing what a RUN means.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from shave.dockerfile.edits import Edit
from shave.dockerfile.removing import removal
from shave.dockerfile.steps import Step as Statement
from shave.recipe import Call, Recipe, Step
from shave.shell import syntax

_ERREXIT = re.compile(r"-[a-z]*e[a-z]*")
# What a shell keeps for the commands behind it: moved before others, they would change what those mean
_LASTING = frozenset(
    {
        "cd",
        "export",
        "set",
        "umask",
        "exit",
        "exec",
        "return",
        "trap",
        "source",
        ".",
        "alias",
        "unset",
        "eval",
        "pushd",
        "popd",
        "readonly",
        "ulimit",
        "shopt",
    }
)
_ENDING = frozenset({"exit", "exec", "return"})
_LAUNCHERS = frozenset({"sudo", "doas"})
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

    None where the end is no command that could go on (``|| true``, ``;``, a background job, ``exit``), or not in a
    shell that is read here.
    """
    shell = step.shell
    if shell is None or shell.unread or not shell.steps:
        return None
    last = _last(shell.steps)
    if (
        last is None
        or (last.before and last.before.text in ("||", "|", "|&"))
        or last.after
        or last.kind not in _SIMPLE
        or any(call.tool in _ENDING and call.statement == last for call in step.calls)
    ):
        return None
    end = shell.text.span(last.start, last.end)[1]
    if _is_body(step):
        between = _line_end(step) + _indent(step, last) if stops_at_failure(step) else b" && "
        return Edit(end, end, between + text.encode())
    return None if step.instruction.heredocs else Edit(end, end, joint(step) + text.encode())


def by_same(step: Step, call: Call, text: str) -> str:
    """A command as a call is started: by ``sudo``, where that is."""
    around = (each for each in step.calls if each.start <= call.start and call.end <= each.end)
    return next((f"{each.tool} {text}" for each in around if each.tool in _LAUNCHERS), text)


def preceded(step: Step, call: Call, text: str) -> Edit | None:
    """One command more right before that of a call, which is run if the new one was well; None for a call in a string,
    in a pipe or behind ``||``.
    """
    statement = call.statement
    if not call.spans or step.shell is None or statement is None or statement.kind != "command":
        return None
    if any(each and each.text not in ("&&", ";") for each in (statement.before, statement.after)):
        return None
    start = step.shell.text.span(statement.start, statement.end)[0]
    return Edit(start, start, text.encode() + _joint_at(step, statement))


def followed(step: Step, call: Call, text: str) -> Edit | None:
    """One command more right behind that of a call, run if that was well; None for a call in a string, or whose output
    is piped.
    """
    statement = call.statement
    if not call.spans or step.shell is None or statement is None or statement.kind != "command":
        return None
    if statement.after and statement.after.text in ("|", "|&", "&"):
        return None
    end = step.shell.text.span(statement.start, statement.end)[1]
    return Edit(end, end, _joint_at(step, statement) + text.encode())


def _joint_at(step: Step, statement: Statement) -> bytes:
    """What joins a command to a statement, as the author writes it if that is one of the RUN's own.

    ``set -e`` does not stop at a failure before ``&&``: a statement that ended a RUN by its failure keeps to ``;``.
    """
    beside = [each.text for each in (statement.before, statement.after) if each]
    operator = b";" if stops_at_failure(step) and not {"&&", "||"} & set(beside) else b"&&"
    own = joint(step) if statement.within == "program" and beside and not _is_body(step) else b""
    return own if operator in own else b"; " if operator == b";" else b" && "


def stops_at_failure(step: Step) -> bool:
    """Whether the commands of a RUN begin with ``set -e``, or its SHELL has it."""
    words = step.scope.shell(step.instruction.start)
    return any(call.tool == "set" and call.has("-e") for call in step.calls[:1]) or any(
        _ERREXIT.fullmatch(word) for word in words
    )


def joint(step: Step) -> bytes:
    """What the author writes between two commands of a RUN of which the second is run if the first is well."""
    shell = step.shell
    if shell is None:
        return b" && "
    words = (b"&&", b";") if stops_at_failure(step) else (b"&&",)
    own = [each.after for each in shell.steps if each.within == "program" and each.after]
    joined = [shell.text.span(each.start, each.end) for each in own if each.text.encode() in words]
    if joined:
        return _around(step, *joined[-1])
    if step.instruction.last_line > step.instruction.line:
        return b" " + step.file.escape.encode() + _line_end(step) + b"    && "
    return b" && "


def _around(step: Step, start: int, end: int) -> bytes:
    """An operator with the white space and the line continuations around it; comments are not repeated."""
    source, escape = step.file.text, re.escape(step.file.escape.encode())
    blank = rb"(?:[ \t]|" + escape + rb"[ \t]*\r?\n)*"
    before = re.search(blank + rb"\Z", source[step.start : start])
    after = re.match(blank, source[end : step.end])
    lead, tail = before[0] if before else b"", after[0] if after else b""
    return lead + source[start:end] + (tail or b" ")


def removed(step: Step) -> Edit:
    """The instruction gone with its lines, its here-documents and the comments in it; what stands above stays."""
    return Edit(step.instruction.start, step.instruction.end)


def without(step: Step, statement: Statement) -> Edit | None:
    """A RUN without one of its statements and what joins it; None where more would change."""
    return removal(step.shell, statement) if step.shell else None


def merged(recipe: Recipe, first: Step, *others: Step, then: str = "") -> tuple[Edit, ...] | None:
    """RUNs, each right behind the one before, as one; and one command more at its end.

    None where their flags or shells differ, where one is a here-document, or where one leaves something to the shell
    that the next would feel (``cd``, ``set``, a variable), or may end well with a failure in it.
    """
    steps = (first, *others)
    if any(recipe.before(two) is not one or not _can_merge(one, two) for one, two in pairwise(steps)):
        return None
    bodies = [*map(_body, others), *([then.encode()] if then else ())]
    added = b"".join(joint(first) + body for body in bodies)
    return Edit(first.end, first.end, added), *map(removed, others)


def _body(step: Step) -> bytes:
    loose = step.shell and any(_is_loose(each) for each in step.shell.steps if each.within == "program")
    return b"{ " + step_text(step) + b"; }" if loose else step_text(step)


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
    if [(flag.name, flag.value) for flag in one.flags] != [(flag.name, flag.value) for flag in two.flags]:
        return False
    shells = first.shell, second.shell
    if any(shell is None or shell.unread or not shell.steps for shell in shells):
        return False
    return not _lasts(first) and not any(map(_ends_open, shells[0].steps if shells[0] else ()))


def _lasts(step: Step) -> bool:
    """Whether a command of the RUN itself, not of a subshell, changes what those behind it would see."""
    shell = step.shell
    root = syntax(shell.text.text) if shell else None
    if root is None or root.has_error or shell is None:
        return True
    outer = [each for each in shell.steps if each.within != "subshell"]
    if any(
        each.kind
        in (
            "variable_assignment",
            "variable_assignments",
            "declaration_command",
            "function_definition",
            "unset_command",
        )
        for each in outer
    ):
        return True
    own = (call for call in step.calls if call.statement is None or call.statement.within != "subshell")
    return any((call.words[0] or "") in _LASTING for call in own)


def _ends_open(statement: Statement) -> bool:
    """Whether a statement of the RUN itself may fail without its end, or goes on behind it."""
    joined = {each.text for each in (statement.before, statement.after) if each}
    return statement.within == "program" and bool(joined & {"&", ";", "||"})


def _is_loose(statement: Statement) -> bool:
    return bool({each.text for each in (statement.before, statement.after) if each} & {";", "||", "&"})


def _last(statements: Sequence[Statement]) -> Statement | None:
    return max((each for each in statements if each.within == "program"), key=lambda each: each.start, default=None)


def _is_body(step: Step) -> bool:
    """Whether the shell reads the lines of a here-document and nothing else."""
    shell, heredocs = step.shell, step.instruction.heredocs
    return bool(shell and heredocs and shell.text.text and shell.text.origin(0) >= heredocs[0].body_start)


def _indent(step: Step, statement: Statement) -> bytes:
    """The white space before the line that a statement begins in."""
    shell = step.shell
    start = shell.text.span(statement.start, statement.end)[0] if shell else 0
    line = step.file.text.rfind(b"\n", 0, start) + 1
    found = re.match(rb"[ \t]*", step.file.text[line:start])
    return found[0] if found else b""


def _line_end(step: Step) -> bytes:
    return b"\r\n" if b"\r\n" in step.file.text[step.instruction.start : step.instruction.end] else b"\n"
