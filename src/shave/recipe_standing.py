"""How the calls of a RUN stand: what may come behind them, and what is sure of them at its end."""

import re
from collections.abc import Sequence

from shave.dockerfile.standing import Standing, standings
from shave.dockerfile.steps import Step as Statement
from shave.recipe import Call, Step

_ERREXIT = re.compile(r"-[a-z]*e[a-z]*|errexit")
_ENDING = frozenset({"exit", "exec", "return"})
_REMOVING = frozenset({"autoremove", "del", "erase", "purge", "remove", "uninstall"})


def standings_of(step: Step) -> tuple[Standing, ...]:
    """How the statements of a RUN stand; none where no shell is read here."""
    shell = step.shell
    return standings(shell.text.text, _begins_with_errexit(step)) if shell and not shell.unread else ()


def _begins_with_errexit(step: Step) -> bool:
    """Whether the shell of a RUN is started with ``-e``: by SHELL, by ``bash -e <<EOF`` or by a script's first line."""
    words = step.scope.shell(step.instruction.start)
    if is_body(step) and step.shell:
        named = [each for word in step.instruction.arguments for each in word.value.split() if "<<" not in each]
        first = step.shell.text.text.split(b"\n", 1)[0].decode("utf-8", "replace")
        words = tuple(first.split() if first.startswith("#!") else named) or words
    return any(_ERREXIT.fullmatch(word) for word in words)


def standing_of(step: Step, call: Call) -> Standing | None:
    """How the command of a call stands; None for what ends the shell, for a call in a string or in a substitution."""
    statement = call.statement
    if not call.spans or statement is None or statement.kind != "command":
        return None
    if call.tool in _ENDING or any(each.tool in _ENDING for each in around(step, call)):
        return None
    return next((each for each in standings_of(step) if each.at == statement.start), None)


def joining(standing: Standing, standings: Sequence[Standing]) -> str | None:
    """What joins a command to one that it follows, so that it is run if that was well, and a failure stays what it is.

    None for what neither does: with ``&&`` a failure in it would not end the shell, and with ``;`` one that does not
    end it would be forgotten.
    """
    inner = [each for each in standings if standing.start <= each.at < standing.end and not each.is_compound]
    is_first = standing.before not in ("&&", "||")
    if standing.errexit == "on" and is_first and all(each.errexit == "on" or each.is_condition for each in inner):
        return ";"
    return "&&" if all(map(can_be_tested, inner)) else None


def can_be_tested(standing: Standing) -> bool:
    """Whether it makes no difference that ``&&`` comes behind it: a failure goes the same way."""
    return standing.errexit == "off" or standing.is_final


def last_of_rows(step: Step, calls: Sequence[Call]) -> tuple[Call, ...]:
    """Of these calls the last in each row of commands, and those of which nobody knows how they stand."""
    rows = [standing.row if (standing := standing_of(step, call)) else -at for at, call in enumerate(calls)]
    return tuple(call for at, call in enumerate(calls) if rows[at] not in rows[at + 1 :])


def is_there_at_end(step: Step, call: Call) -> bool:
    """Whether a call was run, and its tool is still there, if the last command of the RUN is reached and well."""
    standing = standing_of(step, call)
    if standing is None or standing.row != 1 or standing.before == "||":
        return False
    behind = [each for each in standings_of(step) if each.row == 1 and each.at >= standing.at]
    is_joined = all(each.after == "&&" for each in behind[:-1])
    is_reached = is_joined or (standing.errexit == "on" and standing.before != "&&")
    return is_reached and not any(_takes_away(each) for each in step.calls if each.start > call.start)


def _takes_away(call: Call) -> bool:
    """Whether a call may remove programs."""
    return call.verb in _REMOVING or (call.tool == "rm" and call.has("-r", "-R", "--recursive"))


def ends_in(step: Step, last: Statement) -> bool:
    """Whether the shell is over with this statement."""
    return any(call.tool in _ENDING and call.statement == last for call in step.calls)


def around(step: Step, call: Call) -> list[Call]:
    """What starts a call."""
    return [each for each in step.calls if each.start <= call.start and call.end <= each.end and each is not call]


def last_statement(statements: Sequence[Statement]) -> Statement | None:
    """Of those that a RUN does itself."""
    return max((each for each in statements if each.within == "program"), key=lambda each: each.start, default=None)


def is_body(step: Step) -> bool:
    """Whether the shell reads the lines of a here-document and nothing else."""
    shell, heredocs = step.shell, step.instruction.heredocs
    return bool(shell and heredocs and shell.text.text and shell.text.origin(0) >= heredocs[0].body_start)
