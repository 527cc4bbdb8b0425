"""git clones the whole history.

What: a RUN of the image clones a repository with all its commits, and keeps `.git`.

Why: the history is often larger than the files, and no program reads it.

The fix, `--depth 1`, is not safe: a later `git checkout` of a commit, `git describe` and tools that make a version of
tags need the history.

Bad:

    FROM debian:12
    RUN git clone https://example.org/tool.git /opt/tool

Good:

    FROM debian:12
    RUN git clone --depth 1 https://example.org/tool.git /opt/tool

Good, as it is taken away in the same RUN:

    FROM debian:12
    RUN git clone https://example.org/tool.git /opt/tool && rm -rf /opt/tool/.git

Good, as nothing of it stays:

    FROM debian:12
    RUN git clone https://example.org/tool.git /tmp/tool && make -C /tmp/tool install && rm -rf /tmp/tool

Good, as it is taken away where it was made:

    FROM debian:12
    RUN cd /tmp && git clone https://example.org/tool.git && tool/install.sh && rm -rf /tmp/*

Bad, without a fix, as a commit of the history is needed:

    FROM debian:12
    RUN git clone https://example.org/tool.git /opt/tool && git -C /opt/tool checkout 0a1b2c3

Bad, as what another stage cloned is copied:

    FROM debian:12 AS tool
    RUN git clone https://example.org/tool.git /opt/tool
    FROM debian:12-slim
    COPY --from=tool /opt/tool /opt/tool

Good:

    FROM debian:12 AS tool
    RUN git clone --depth 1 https://example.org/tool.git /opt/tool
    FROM debian:12-slim
    COPY --from=tool /opt/tool /opt/tool

Good, as the history is not copied:

    FROM debian:12 AS tool
    RUN git clone https://example.org/tool.git /opt/tool && make -C /opt/tool
    FROM debian:12-slim
    COPY --from=tool /opt/tool/bin /opt/tool/bin

Source: git-clone(1), --depth; Dockerfile reference, ADD of a Git repository, which leaves .git out
"""

import re
from collections.abc import Iterator
from posixpath import basename, join, normpath

from shave.cleaning import deletes, deletes_as_written
from shave.directories import absolute, workdir
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import inserted
from shave.rules.carried import with_carried
from shave.rules.known import Known
from shave.rules.protocol import Rule

_SHALLOW = ("--depth", "--shallow-since", "--shallow-exclude", "--bare", "--mirror", "--filter")
_NEED_HISTORY = frozenset(
    {"checkout", "describe", "log", "merge", "rebase", "reset", "bisect", "rev-list", "cherry-pick", "switch"}
)
# Of a directory git takes all, whatever depth is given: git-clone(1), --depth
_LOCAL = re.compile(r"\.{0,2}/")
_NAMED = re.compile(r"\.git/*$|/+$")


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each clone whose history stays, in the image or in what is copied into it."""
    return with_carried(_look, recipe, known, _history)


def _look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    for step in recipe.runs:
        for call in step.calls:
            is_whole = call.tool == "git" and call.verb == "clone" and not call.has(*_SHALLOW)
            if is_whole and not _is_removed(recipe, step, call):
                yield _finding(recipe, step, call)


def _finding(recipe: Recipe, step: Step, call: Call) -> LintFinding:
    is_local = any(_LOCAL.match(word or "") for word in call.targets[:1])
    edit = None if is_local or recipe.once(_last_reading) >= step.number else inserted(call, call.plain[0], "--depth 1")
    place = _directory(call).strip("/")
    return LintFinding(
        "SHV214",
        "warning",
        "the history of the repository stays in the layer",
        step.number,
        call.start,
        call.end,
        advice="delete .git in the same RUN, or ADD the repository",
        fix=Fix("clone the last commit only", (edit,), is_safe=False) if edit else None,
        about=About("written", (step.number,), (f"{place}/.git/**" if call.targets[1:] and place else "**/.git/**",)),
    )


def _last_reading(recipe: Recipe) -> int:
    """The last step that asks git for another commit, or for what only the history says."""
    steps = (step for step in recipe.steps if step.stage in recipe.shipped)
    return max((step.number for step in steps for call in step.calls if _reads_history(call)), default=-1)


def _reads_history(call: Call) -> bool:
    return call.tool == "git" and call.verb in _NEED_HISTORY


def _history(step: Step, call: Call, here: str | None) -> str | None:
    return absolute(join(_directory(call), ".git"), here)


def _directory(call: Call) -> str:
    """Where the clone is, as it is written; by its URL where nothing else is said."""
    url, *given = [word or "" for word in call.targets] or [""]
    return given[0] if given else _NAMED.sub("", basename(_NAMED.sub("", url)))


def _is_removed(recipe: Recipe, step: Step, call: Call) -> bool:
    """Whether the RUN deletes the clone, or its history, by an absolute path or by the name that it is made under."""
    place = _directory(call)
    if place.startswith("/"):
        return deletes(step, join(normpath(place), ".git")) or _finds(step)
    if any(deletes(step, normpath(join(here, place, ".git"))) for here in _working(recipe, step, call)) or _finds(step):
        return True
    if len(call.targets) > 1 and call.targets[1] is None and len(call.spans) > call.plain[2]:
        written = step.file.text[slice(*call.spans[call.plain[2]])].decode("utf-8", "replace").strip("\"'")
        return deletes_as_written(step, (f"{written}/.git",))
    words = [word for each in step.calls if each.tool == "rm" for word in each.operands if word]
    return any(word.rstrip("/*").endswith((place or "?", ".git")) for word in words)


def _working(recipe: Recipe, step: Step, call: Call) -> Iterator[str]:
    """The absolute directories in which the clone may be made: of WORKDIR, and of each cd before it."""
    yield workdir(recipe, step)
    moves = (each for each in step.calls if each.tool in ("cd", "pushd") and each.start < call.start)
    yield from (word for each in moves for word in each.operands[:1] if word and word.startswith("/"))


def _finds(step: Step) -> bool:
    """Whether ``find`` deletes what is called .git, wherever it is."""
    return any(call.tool == "find" and call.value("-name") in (".git", ".git*") for call in step.calls)


RULE = Rule("SHV214", "git clones the whole history", "warning", (), look)
