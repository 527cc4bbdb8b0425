"""What a RUN deletes again, and what it keeps out of its layer by mounts.

Read from the words of the calls, globs and braces included, and from where ``cd`` has them run. What only a run knows
counts as not deleted. Sources: rm(1), find(1), xargs(1); Dockerfile reference, "RUN --mount".
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import takewhile

from shave.directories import absolutes, walked
from shave.mounts import mounts
from shave.recipe import Call, Step

_BRACED = re.compile(r"\$\{(\w+)\}")
_TESTS = frozenset(
    {"-name", "-iname", "-path", "-type", "-not", "!", "-maxdepth", "-mindepth", "-mtime", "-newer", "-size", "-prune"}
)


def deletes(step: Step, directory: str, start: str | None = None) -> bool:
    """Whether a RUN deletes all that is in a directory ("/var/lib/apt/lists"), by whichever command; by a relative path
    only if it is known where the RUN starts.
    """
    return any(
        covers(pattern, directory) for call, here in walked(step, start) for pattern in _deleted(step, call, here)
    )


def deletes_as_written(step: Step, places: Iterable[str]) -> bool:
    """Whether a RUN deletes all below one of these, as it is written: "~/.npm", "$CARGO_HOME/registry"."""
    words = [
        word
        for call in step.calls
        if call.tool == "rm" and call.has("-r", "-R", "--recursive")
        for word in _written(step, call)
    ]
    return any(f"{place}/".startswith(f"{word}/") for word in words if word for place in places)


def _written(step: Step, call: Call) -> Iterator[str]:
    """The words of a call without quotes and braces of variables, and without what matches all in a directory."""
    for start, end in call.spans[1:]:
        text = step.file.text[start:end].decode("utf-8", "replace").replace('"', "").replace("'", "")
        yield _BRACED.sub(r"$\1", text).rstrip("*").rstrip("/")


def removes(step: Step, path: str, behind: Call | None = None) -> bool:
    """Whether a RUN deletes a file, ``behind`` one of its calls: with its directory, or by a pattern of names.

    What stands in a function or a trap is run no one knows when, and counts wherever it stands.
    """
    behind = None if _has_routines(step) else behind
    calls = list(walked(step, None))
    first = next((at + 1 for at, (call, _) in enumerate(calls) if call is behind), 0)
    return any(_removes(step, call, here, path) for call, here in calls[first:])


def _deleted(step: Step, call: Call, here: str | None) -> Iterator[str]:
    """The patterns of the absolute paths that a command deletes with all below them."""
    words: Iterable[str | None] = ()
    if call.tool == "rm" and _is_recursive(call):
        words = call.operands
    elif call.tool == "find":
        words = _roots(call, next((each for each in step.calls if each.tool == "rm" and _is_given(call, each)), None))
    yield from (path for word in words for path in absolutes(word, here))


def _removes(step: Step, call: Call, here: str | None, path: str) -> bool:
    if any(covers(pattern, path) for pattern in _deleted(step, call, here)):
        return True
    named = (each for word in call.operands for each in absolutes(word, here)) if call.tool == "rm" else ()
    return any(each.count("/") == path.count("/") and fnmatchcase(path, each) for each in named)


def _is_recursive(call: Call) -> bool:
    return call.has("-r", "-R", "--recursive")


def _has_routines(step: Step) -> bool:
    statements = step.shell.steps if step.shell else ()
    return any(each.kind == "function_definition" for each in statements) or any(
        call.tool == "trap" for call in step.calls
    )


def mounted(step: Step, directory: str) -> bool:
    """Whether a directory is a mount while a RUN runs, so that what is written there is in no layer."""
    return any(each.target and is_below(directory, each.target) for each in mounts(step))


def may_be_mounted(step: Step, directory: str) -> bool:
    """Whether it is, or where a mount is only a build knows."""
    return mounted(step, directory) or any(each.target is None for each in mounts(step))


def _is_given(find: Call, rm: Call) -> bool:
    """Whether ``find`` starts it for what it finds, or its output is piped to what starts it."""
    pipe = find.statement.after if find.statement else None
    is_piped = pipe is not None and pipe.text == "|" and rm.statement is not None and rm.statement.before == pipe
    return (rm.start, rm.end) == (find.start, find.end) or is_piped


def _roots(find: Call, rm: Call | None) -> Iterator[str]:
    """Where ``find`` begins if it, or ``rm`` for it, deletes all below: a test that leaves something out is not read
    so, nor one that ends above what only a recursive ``rm`` takes.
    """
    words = list(zip(find.words, (*find.words[1:], None), strict=True))
    tests = {word for word, _ in words} & _TESTS
    is_deep = "-maxdepth" in tests and not (rm and _is_recursive(rm) and ("-maxdepth", "0") not in words)
    is_partial = tests - {"-type", "-maxdepth", "-mindepth"} or is_deep or ("-type", "d") in words
    above = {value for word, value in words if word == "-mindepth"} - {"0", "1"}
    if ("-delete" in find.words or rm) and not is_partial and not above:
        yield from takewhile(
            lambda word: not word.startswith(("-", "(", "!")), (word or "-" for word in find.words[1:])
        )


def covers(pattern: str, directory: str) -> bool:
    """Whether deleting what a pattern matches leaves nothing in a directory: it, one above, or all right below."""
    if pattern == f"{directory}/*" or pattern == f"{directory}/**":
        return True
    parts = directory.strip("/").split("/")
    above = ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]
    depth = pattern.count("/")
    return any(each.count("/") == depth and fnmatchcase(each, pattern) for each in above)


def is_below(path: str, directory: str) -> bool:
    """Whether a path is a directory's, or of what is in it."""
    return path == directory or path.startswith(f"{directory.rstrip('/')}/")
