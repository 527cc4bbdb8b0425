"""Taking a step out of a shell text, with the operator that joined it."""

import re

from shave.dockerfile.edits import Edit
from shave.dockerfile.shells import Shell
from shave.dockerfile.steps import Step

_ROWS = frozenset({"program", "compound_statement", "do_group"})
"""Where a step that succeeds can be missing: not in conditions."""
_SEQUENTIAL = frozenset({"&&", ";"})
_SPACE = re.compile(rb"\s*+")
_END_OF_LINE = re.compile(rb"[ \t]*+(?:#[^\n]*+)?(?:\n|\Z)")


def removal(shell: Shell, step: Step) -> Edit | None:
    """The edit of the Dockerfile that takes away a step, if that succeeds; comments between it and the one before too.

    None where more would change: the step is piped, alternative or in the background, part of a condition, the only one
    in its place, or has a here-document.
    """
    text = shell.text.text
    operators = {each.text for each in (step.before, step.after) if each}
    if step.within not in _ROWS or b"<<" in text[step.start : step.end] or not operators <= _SEQUENTIAL:
        return None
    following = _following(shell, step)
    is_first_of_list = step.before and step.before.text == ";" and step.after and step.after.text == "&&"
    if step.before and not is_first_of_list:
        return Edit(*shell.text.span(len(text[: step.before.start].rstrip()), step.end))
    if step.after:
        return Edit(shell.text.origin(step.start), shell.text.origin(following.start)) if following else None
    return _whole_line(shell, step)


def _following(shell: Shell, step: Step) -> Step | None:
    """The step behind the operator."""
    found = _SPACE.match(shell.text.text, step.after.end) if step.after else None
    at = found.end() if found else -1
    return next((each for each in shell.steps if each.start == at and each.within == step.within), None)


def _whole_line(shell: Shell, step: Step) -> Edit | None:
    """A line that is nothing but this step, among others.

    With the line end before it, of the first line with that behind it: so no two such edits leave nothing.
    """
    text = shell.text.text
    start = text.rfind(b"\n", 0, step.start) + 1
    end = _END_OF_LINE.match(text, step.end)
    others = [each for each in shell.steps if each.within == "program" and each != step]
    if text[start : step.start].strip() or not end or step.within != "program" or not others:
        return None
    before = max((each.end for each in others if each.end <= start), default=None)
    if before is None:
        return Edit(shell.text.origin(start), shell.text.origin(end.end()))
    above = _END_OF_LINE.match(text, before)
    return Edit(shell.text.origin((above.end() if above else start) - 1), shell.text.origin(end.end() - 1))
