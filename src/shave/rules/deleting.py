"""The command that deletes what a RUN leaves, at the end of the RUN: as who wrote it, by a name that means it there.

Sources: rm(1), unlink(2): EBUSY for a mount, EPERM for somebody else's file in a directory with the sticky bit.
"""

import re
from posixpath import basename, dirname

from shave.cleaning import is_below
from shave.directories import absolute, is_of_base, workdir
from shave.dockerfile.lexer import expand
from shave.lives import Life
from shave.mounts import mounts
from shave.recipe import Recipe, Step
from shave.recipe_edits import by_same
from shave.rules.told import is_plain

_EMPTIED = frozenset({"/tmp", "/var/tmp", "/usr/src"})
_MOVING = frozenset({"cd", "pushd", "popd"})
_PATTERN = re.compile(r"/[^/]*[*?\[{].*")
_SAID = re.compile(r"[\w.+@-]*+(?:\$(?:\w++|\{\w++\})[\w.+@-]*+)+", re.ASCII)


def deletion(recipe: Recipe, last: Step, *left: Life) -> str | None:
    """``rm`` of all these; None where it would come upon a mount, or where its words would not be plain."""
    words = [_word(recipe, last, life) for life in left]
    is_hindered = any(meets_mount(last, life.write.path) for life in left)
    if is_hindered or not all(word and is_plain(word) and word[0] != "-" for word in words):
        return None
    is_tree = any(life.write.is_tree for life in left)
    # an empty variable would have rm -r take the directory
    said = words if is_tree else [_said(recipe, last, *each) for each in zip(left, words, strict=True)]
    text = f"rm -{'rf' if is_tree else 'f'} {' '.join(dict.fromkeys(filter(None, said)))}"
    # what others do in a tree may be root's there
    calls = last.calls if is_tree else [life.write.call for life in left if life.write.call]
    return next((found for call in calls if (found := by_same(last, call, text)) != text), text)


def meets_mount(step: Step, path: str) -> bool:
    """Whether what deletes a path with all below it would come upon a mount of the RUN: there, below or above.

    A mount cannot be deleted, and what is in a cache is another build's. One whose place only a build knows is met.
    """
    place = _PATTERN.sub("", path) or "/"
    targets = [each.target for each in mounts(step)]
    return any(each is None or is_below(each, place) or is_below(place, each) for each in targets)


def _word(recipe: Recipe, last: Step, life: Life) -> str | None:
    """How a command calls it: as its directory has it, unless that is not the one that the RUN works in."""
    write = life.write
    if write.is_tree and write.path in _EMPTIED:
        return f"{write.path}/*"
    here = workdir(recipe, last)
    steps = recipe.steps[write.step : last.number + 1]
    is_whole = any(absolute(word, None) == write.path for word in (write.call.words if write.call else ()))
    is_moved = any(call.tool in _MOVING for step in steps for call in step.calls)
    if not is_moved and not is_whole and (dirname(write.path) == here or is_of_base(write.path)):
        return write.path.removeprefix(f"{here.rstrip('/')}/")
    return None if is_of_base(write.path) else write.path


def _said(recipe: Recipe, last: Step, life: Life, word: str | None) -> str | None:
    """A path with its name as the author says it, by variables: another value of these changes both."""
    name, step = basename(word or ""), recipe.steps[life.write.step]
    for start, end in life.write.call.spans if life.write.call else ():
        written = step.file.text[start:end].decode("utf-8", "replace").rpartition("/")[2]
        own = written.strip('"')
        if _SAID.fullmatch(own) and {expand(own, _values(each), step.file.escape) for each in (step, last)} == {name}:
            found = (word or "").removesuffix(name) + own
            return found if own == written else f'"{found}"'
    return word


def _values(step: Step) -> dict[str, str]:
    """What variables have a value in a RUN; words with those that it sets twice, or for a part of it, are not known."""
    return {**step.variables, **{name: each[-1].value for name, each in step.assignments.items()}}
