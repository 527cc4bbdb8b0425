"""What becomes of what steps write: which later command uses it, which deletes it.

Only layers of the image count. A word of a command that names a file is a use of it; what programs do by themselves is
not known here.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Literal

from msgspec import Struct, convert

from shave.directories import absolutes, directories, glob
from shave.facts import load
from shave.recipe import Call, Recipe, Step
from shave.written import Write, is_call, matches, writes

How = Literal["unpacked", "installed", "deleted", "moved", "changed", "granted", "named"]
"""Deleted; gone from its place; changed in its place; given an owner or mode; named for something else."""
_MOST_FILES, _MOST_PATTERNS = 200, 2000
"""What is followed; no Dockerfile of people has more."""
_WHOLE = frozenset({"deleted", "moved"})
_PASSING = frozenset({"cd", "pushd", "mkdir", "echo", "printf", "export", "test", "[", "ls"})
_SUFFIX = re.compile(r"\.\w+$")


class Use(Struct, frozen=True):
    """A command that names what was written, in this step; ``patterns`` are all absolute paths that it names."""

    how: How
    step: int
    call: Call
    patterns: tuple[str, ...]

    @property
    def globs(self) -> tuple[str, ...]:
        """What its patterns mean with all below, as globs over the paths of an image."""
        return tuple(glob(pattern) + end for pattern in self.patterns for end in ("", "/**"))


class Life(Struct, frozen=True):
    """What was written, and what becomes of it, in order."""

    write: Write
    uses: tuple[Use, ...] = ()

    def use(self, *how: How) -> Use | None:
        """The first use of one of these kinds."""
        return next((use for use in self.uses if use.how in how), None)


class User(Struct, frozen=True):
    """A row of the table. With ``paths`` all operands are paths, but for the first ``skip``, which count only where an
    option of ``unless`` is given, as does with ``target`` the last, where files go to.
    """

    names: frozenset[str]
    how: How
    source: str
    verbs: frozenset[str] = frozenset()
    when: tuple[str, ...] = ()
    paths: bool = False
    skip: int = 0
    target: bool = False
    unless: tuple[str, ...] = ()


def lives(recipe: Recipe) -> tuple[Life, ...]:
    """What the layers of the image have, in the order in which it is written."""
    return recipe.once(_lives)


def layers(recipe: Recipe) -> Iterator[Step]:
    """The steps whose layers are in the image, parents' first."""
    return (step for step in recipe.steps if step.stage in recipe.shipped)


def _lives(recipe: Recipe) -> tuple[Life, ...]:
    steps = tuple(layers(recipe))
    written = [write for step in steps for write in writes(recipe, step)]
    runs = (step for step in steps if step.keyword == "RUN" and written)
    uses: list[list[Use]] = [[] for _ in written[:_MOST_FILES]]
    # a command's patterns are asked of all files at once: fnmatch remembers few
    for use in _bounded(use for step in runs for use in _named(recipe, step)):
        for write, found in zip(written, uses, strict=False):
            if _is_behind(use, write) and any(_means(use, pattern, write) for pattern in use.patterns):
                found.append(use)
    return tuple(Life(write, tuple(found)) for write, found in zip(written, uses, strict=False))


def _bounded(uses: Iterable[Use]) -> Iterator[Use]:
    left = _MOST_PATTERNS
    for use in uses:
        left -= len(use.patterns)
        if left < 0:
            return
        yield use


def _is_behind(use: Use, write: Write) -> bool:
    if use.step != write.step:
        return use.step > write.step
    return write.call is not None and use.call is not write.call and use.call.start >= write.call.start


def _means(use: Use, pattern: str, write: Write) -> bool:
    """Whether a command is about what was written: one that names a directory above only if it does all below it."""
    is_above = not write.is_tree and pattern.count("/") < write.path.count("/")
    return matches(pattern, write) and (not is_above or _is_of_all(use))


def _is_of_all(use: Use) -> bool:
    """Whether a command that names a directory means all that is below it."""
    if use.how == "granted":
        return use.call.has("-R", "--recursive")
    return use.how in _WHOLE or (use.how == "installed" and use.call.has("--find-links", "-f"))


def _named(recipe: Recipe, step: Step) -> Iterator[Use]:
    for call, here in directories(recipe, step):
        how, words = _read(call)
        patterns = tuple(path for word in words for path in absolutes(word, here) if path != "/")
        if patterns:
            yield Use(how, step.number, call, patterns)


def _read(call: Call) -> tuple[How, tuple[str, ...]]:
    """What a call does with the files that its words name, and these words."""
    row = next((row for row in _users() if is_call(call, row.names, row.verbs, row.when)), None)
    if row is None and call.tool in _PASSING:
        return "named", ()
    if row is None or not row.paths:
        texts = (word.rpartition("=")[2] if word.startswith("--") else word for word in call.words[1:] if word)
        return row.how if row else "named", tuple(text for text in texts if _is_path(text))
    is_all = bool(row.unless and call.has(*row.unless))
    words = call.operands if is_all else call.operands[row.skip : -1 if row.target else None]
    return row.how, tuple(word for word in words if word)


def _is_path(text: str) -> bool:
    return "://" not in text and not text.startswith("-") and ("/" in text or bool(_SUFFIX.search(text)) or text == ".")


@cache
def _users() -> tuple[User, ...]:
    return convert(load("writes")["use"], tuple[User, ...])
