"""What a RUN deletes again, and what it keeps out of its layer by mounts.

Read from the words of the calls, globs and braces included. What only a run knows counts as not deleted.
Sources: rm(1), find(1); Dockerfile reference, "RUN --mount".
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import product
from posixpath import normpath

from shave.recipe import Call, Step

_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_BRACED = re.compile(r"\$\{(\w+)\}")
_MOST_WORDS = 64
_OUTSIDE = frozenset({"cache", "tmpfs", "bind", "secret", "ssh"})


def deletes(step: Step, directory: str) -> bool:
    """Whether a RUN deletes all that is in a directory ("/var/lib/apt/lists"), by whichever command."""
    return any(_covers(pattern, directory) for call in step.calls for pattern in deleted(call))


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
    calls = step.calls if behind is None or _has_routines(step) else _following(step, behind)
    return any(_removes(call, path) for call in calls)


def deleted(call: Call) -> Iterator[str]:
    """The patterns of the absolute paths that a command deletes with all below them."""
    if call.tool == "rm" and call.has("-r", "-R", "--recursive"):
        yield from (path for word in call.operands if word for path in _paths(word))
    elif call.tool == "find" and ("-delete" in call.words or _executes_rm(call)):
        yield from (path for word in _roots(call) for path in _paths(word))


def _removes(call: Call, path: str) -> bool:
    if any(_covers(pattern, path) for pattern in deleted(call)):
        return True
    named = (each for word in call.operands if word for each in _paths(word)) if call.tool == "rm" else ()
    return any(each.count("/") == path.count("/") and fnmatchcase(path, each) for each in named)


def _following(step: Step, behind: Call) -> tuple[Call, ...]:
    at = next((at for at, call in enumerate(step.calls) if call is behind), -1)
    return step.calls[at + 1 :]


def _has_routines(step: Step) -> bool:
    statements = step.shell.steps if step.shell else ()
    return any(each.kind == "function_definition" for each in statements) or any(
        call.tool == "trap" for call in step.calls
    )


def mounted(step: Step, directory: str) -> bool:
    """Whether a directory is a mount while a RUN runs, so that what is written there is in no layer."""
    return any(_is_below(directory, target) for target in mounts(step))


def mounts(step: Step) -> tuple[str, ...]:
    """Where the mounts of a RUN are: absolute paths."""
    found = []
    for flag in step.instruction.flags:
        if flag.name == "mount" and flag.value:
            keys = dict(part.partition("=")[::2] for part in flag.value.split(","))
            target = keys.get("target") or keys.get("dst") or keys.get("destination") or ""
            if keys.get("type", "bind") in _OUTSIDE and target.startswith("/"):
                found.append(normpath(target))
    return tuple(found)


def _executes_rm(call: Call) -> bool:
    at = next((at for at, word in enumerate(call.words) if word in ("-exec", "-execdir")), None)
    return at is not None and call.words[at + 1 : at + 2] in (("rm",), ("/bin/rm",))


def _roots(call: Call) -> Iterator[str]:
    """Where ``find`` begins; a test that leaves something out is not read as deletion of all."""
    tests = [
        word for word in call.words if word in ("-name", "-iname", "-path", "-type", "-not", "!", "-maxdepth", "-mtime")
    ]
    if set(tests) <= {"-type"}:
        for word in call.words[1:]:
            if word is None or word.startswith(("-", "(", "!")):
                return
            yield word


def _paths(word: str) -> Iterator[str]:
    """A word with its braces expanded, as absolute normalised patterns."""
    for text in expanded(word):
        if text.startswith("/"):
            yield normpath(text)


def expanded(word: str) -> Iterator[str]:
    """A word's choices, as a shell expands braces."""
    parts = _BRACES.split(word)
    choices = [part.split(",") if at % 2 else [part] for at, part in enumerate(parts)]
    for number, chosen in enumerate(product(*choices)):
        if number == _MOST_WORDS:
            return
        yield "".join(chosen)


def _covers(pattern: str, directory: str) -> bool:
    """Whether deleting what a pattern matches leaves nothing in a directory: it, one above, or all right below."""
    if pattern == f"{directory}/*" or pattern == f"{directory}/**":
        return True
    parts = directory.strip("/").split("/")
    above = ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]
    depth = pattern.count("/")
    return any(each.count("/") == depth and fnmatchcase(each, pattern) for each in above)


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(f"{directory.rstrip('/')}/")
