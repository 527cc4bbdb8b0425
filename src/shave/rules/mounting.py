"""What a COPY brings only for one RUN to read, mounted for that RUN instead: it is in no layer then.

Source: Dockerfile reference, "RUN --mount=type=bind"; BuildKit or buildah is needed.
"""

import re
from posixpath import dirname

from shave.cleaning import is_below
from shave.directories import workdir
from shave.dockerfile.edits import Edit
from shave.lint import Fix
from shave.lives import Life, Use
from shave.recipe import Recipe, Step
from shave.recipe_edits import removed, without
from shave.rules.told import is_plain

_FLAGS = frozenset({"from", "link"})
_VARIABLES = re.compile(rb"\$(?:\{[^{}\n]*+\}|\w*+)")
_WITH_VARIABLES = re.compile(rb"(?:\$\{[^{}\n]*+\}|[^\s/\"'`=:,;()\[\]|&<>])++")
# Directories that a mount must not hide
_SHARED = frozenset({"/", "/tmp", "/root", "/opt", "/usr", "/usr/local", "/usr/local/bin", "/usr/src", "/srv", "/home"})


def mounted(recipe: Recipe, life: Life) -> Fix | None:
    """The COPY gone, a mount at the RUN, and what deletes the file there gone; None where more would change, or where
    the RUN works in the directory: nothing can be written in a mount.
    """
    copy, steps = recipe.steps[life.write.step], {use.step for use in life.uses}
    flag = _mount(recipe, copy, life)
    if len(steps) != 1 or flag is None or is_named_behind(recipe, life, max(steps)):
        return None
    run = recipe.steps[max(steps)]
    gone = [_deletion(run, use) for use in life.uses if use.how == "deleted"]
    is_inside = life.write.is_tree and is_below(workdir(recipe, run), life.write.path)
    if run.stage != copy.stage or None in gone or is_inside:
        return None
    place = run.instruction.name.end
    edits = (removed(copy), Edit(place, place, f" {flag}".encode()), *(edit for edit in gone if edit))
    return Fix("mount it for the RUN instead (BuildKit)", edits, is_safe=False)


def is_named_behind(recipe: Recipe, life: Life, step: int) -> bool:
    """Whether the file's name, or that of its directory if it is a pattern, stands anywhere behind a step, or may by a
    variable.
    """
    path = dirname(life.write.path) if "*" in life.write.path else life.write.path
    name, end = path.rpartition("/")[2].encode("utf-8", "surrogateescape"), recipe.steps[step].instruction.end
    said = (word for start, *word in recipe.once(_said) if start >= end)
    return name in recipe.file.text[end:] or any(name.startswith(one) and name.endswith(two) for one, two in said)


def _said(recipe: Recipe) -> list[tuple[int, bytes, bytes]]:
    """Names with variables in them, as what stands before the first of these and behind the last."""
    found = ((each.start(), _VARIABLES.split(each[0])) for each in _WITH_VARIABLES.finditer(recipe.file.text))
    return [(start, parts[0], parts[-1]) for start, parts in found if len(parts) > 1 and any(parts)]


def _mount(recipe: Recipe, copy: Step, life: Life) -> str | None:
    source, target = life.write.source, life.write.path
    if copy.keyword != "COPY" or {flag.name for flag in copy.instruction.flags} - _FLAGS:
        return None
    if len(copy.instruction.arguments) != 2:
        return None
    if "*" in source or "*" in target:
        source, target = dirname(source), dirname(target)
    source = source.removeprefix("./").rstrip("/")
    if not source or target in _SHARED or not is_plain(source + target) or "*" in source + target:
        return None
    stage = copy.instruction.flag("from")
    origin = f"from={stage.value}," if stage else ""
    return f"--mount=type=bind,{origin}source={source},target={target}"


def _deletion(run: Step, use: Use) -> Edit | None:
    """The edit that takes away a deletion of this file alone, or its word of one of several."""
    call = use.call
    if call.statement is None or len(call.spans) != len(call.words):
        return None
    if len(call.plain) == 1:
        return without(run, call.statement)
    return None
