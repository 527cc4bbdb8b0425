"""Directories and files of mktemp that no command of their RUN deletes.

Sources: mktemp(1); POSIX.1-2024, Shell Command Language, 2.6.2 (``${x:-}``) and ``set``, -u.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from shave.cleaning import mounted
from shave.recipe import Recipe, Step
from shave.recipe_edits import by_same
from shave.rules.used_up import beside, consumes, doings
from shave.shell import builtins

_MADE = re.compile(rb"(?<![\w$])(\w+)=[\"']?(?:\$\(|`)\s*mktemp\b([^)`]*)")
_TEMPLATE = re.compile(rb"(?:^|\s)(?:-p|--tmpdir|[\w/.-]*X{3})")
_NOUNSET = re.compile(rb"\bset\s[^\n;&|]*-[a-z]*u|nounset")
_STRICT = re.compile(r"-[a-z]*u[a-z]*|nounset")
_ELSEWHERE = frozenset({"subshell", "function_definition"})
"""What a shell does there its end does not know."""
_LASTING = frozenset({"gpg", "gpg2"})
"""Their agent makes files while others delete."""
_ASSIGNMENTS = frozenset({"variable_assignment", "variable_assignments", "declaration_command"})
_DELETING = rb"\b(?:rm|mv|trap|find)\b[^\n;&|]*\$\{?%b\b"
_CHANGING = rb"(?<![\w$])%b\+?=|\b(?:unset|read|for|local)\b[^\n;&|]*\b%b\b"


class Temporary(Struct, frozen=True):
    """What mktemp made, in ``start`` to ``end`` of the Dockerfile, and the command that deletes it.

    ``is_known`` if that means what was made, and nothing that used it may point to it.
    """

    variable: str
    start: int
    end: int
    deletion: str
    is_known: bool


def left(recipe: Recipe, step: Step) -> Iterator[Temporary]:
    """What stays of a RUN."""
    shell = step.shell
    if shell is None or shell.unread or b"mktemp" not in shell.text.text or mounted(step, "/tmp"):
        return
    command = _deletion(step)
    for found in _MADE.finditer(shell.text.text):
        if not re.search(_DELETING % found[1], shell.text.text):
            name = found[1].decode()
            is_known = _is_reached(step, found.start()) and not _changes(shell.text.text, found[1])
            is_usual = not _TEMPLATE.search(found[2]) and _is_done(recipe, step, found[1])
            yield Temporary(name, *shell.text.span(*found.span()), command.format(name), is_known and is_usual)


def _deletion(step: Step) -> str:
    """With {} for the variable; as ``set -u`` bears it where nothing was made."""
    words = (*step.scope.shell(step.instruction.start), *(word.value for word in step.instruction.arguments))
    is_strict = any(map(_STRICT.fullmatch, words)) or (step.shell and _NOUNSET.search(step.shell.text.text))
    text = 'rm -rf "${{{}:-}}"' if is_strict else 'rm -rf "${}"'
    return next((found for call in step.calls if (found := by_same(step, call, text)) != text), text)


def _is_reached(step: Step, at: int) -> bool:
    """Whether the variable is the RUN's own shell's: not set for one command, in a subshell, a pipe or a function."""
    around = [each for each in (step.shell.steps if step.shell else ()) if each.start <= at < each.end]
    joined = {each.text for one in around for each in (one.before, one.after) if each}
    smallest = min(around, key=lambda each: each.end - each.start, default=None)
    is_own = smallest is not None and smallest.kind in _ASSIGNMENTS
    return is_own and not joined & {"|", "|&", "&"} and not _ELSEWHERE.intersection(each.kind for each in around)


def _changes(text: bytes, name: bytes) -> bool:
    return len(re.findall(_CHANGING % (name, name), text)) > 1


def _is_done(recipe: Recipe, step: Step, name: bytes) -> bool:
    """Whether all that name it, or work where nobody knows, are done with it when they end."""
    used = re.compile(rb"\$\{?" + name + rb"\b")
    if used.search(recipe.once(beside)[step.number]):
        return False
    for doing in recipe.once(doings)[step.number]:
        call = doing.call
        is_elsewhere = doing.here is not None or call.tool in builtins()
        is_strange = not is_elsewhere or used.search(step.file.text, call.start, call.end)
        if call.tool in _LASTING or (is_strange and not consumes(call)):
            return False
    return True
