r"""No builder reads it.

What: an instruction that there is none of, a here-document or a list that does not end, an argument that is missing, a
stage that nobody made, a line of more than 65535 bytes, a NUL byte; and an instruction below a line that ends in `\`,
which is no instruction but words of the RUN above, that fails by them: empty lines and comments between count nothing.

Why: the build stops there, whatever the rest of the file says. Builders stop at the first of these; at most twenty are
told, as what follows one is often its echo. What else is wrong with the file is said without a fix, since nobody knows
what its lines were to be, and not at all where it is no text, or a line is too long.

Bad:

    FROM debian:12
    COPPY app /app

Good:

    FROM debian:12
    COPY app /app

Bad, as it installs a package called RUN:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends \
            ca-certificates \

    # what the program reads
    RUN mkdir /data

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends \
            ca-certificates && rm -rf /var/lib/apt/lists/*

    # what the program reads
    RUN mkdir /data

Good, as builders read these:

    # syntax=docker/dockerfile:1
    ARG VERSION=12
    FROM debian:${VERSION} AS base
    run <<END cat > /etc/motd
    COPPY is a word here
    END
    HEALTHCHECK NONE
    CMD [ "sh" ]

Source: Dockerfile reference; moby/buildkit frontend/dockerfile/parser; Debian Policy, 5.6.7
"""

from collections.abc import Iterator
from itertools import islice

from shave.dockerfile.instructions import KEYWORDS
from shave.dockerfile.parser import LONGEST_LINE
from shave.dockerfile.parts import Dockerfile, Problem
from shave.dockerfile.shells import Shell
from shave.lint import LintFinding
from shave.recipe import Call, Recipe, Step, package_tools
from shave.rules.known import Known
from shave.rules.protocol import Rule

_MOST = 20
_INSTALLING = dict.fromkeys(package_tools("debian"), "install") | dict.fromkeys(package_tools("alpine"), "add")
_NUL = "a NUL byte: this is no text, or has two bytes for each character (UTF-16), which no builder reads"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """What the reader of Dockerfiles could not make sense of."""
    for problem in recipe.once(problems):
        yield _finding(recipe.file, problem.text, problem.start, problem.end)


def problems(recipe: Recipe) -> tuple[Problem, ...]:
    """The first of them."""
    file, nul = recipe.file, recipe.file.text.find(b"\0")
    if nul >= 0:
        return (Problem(_NUL, nul, nul + 1),)
    swallowed = (each for step in recipe.steps for each in _swallowed(step))
    return tuple(islice((*file.problems, *swallowed), _MOST))


def _swallowed(step: Step) -> Iterator[Problem]:
    """The first instruction that is words of a RUN, as that is continued, where the RUN is sure to fail by them."""
    shell, text = step.shell, step.file.text
    if step.keyword != "RUN" or shell is None or step.instruction.heredocs or not _is_chain(shell):
        return
    for call in step.calls:
        for at, (word, (start, end)) in enumerate(zip(call.words, call.spans, strict=False)):
            is_first = not text[text.rfind(b"\n", 0, start) + 1 : start].strip()
            if word in KEYWORDS and text[start:end] == word.encode() and is_first and _fails(call, at):
                line = step.file.position(step.start)[0]
                above = f"which a {step.file.escape} above continues"
                yield Problem(f"{word} is a word of the RUN in line {line}, {above}", start, end)
                return


def _is_chain(shell: Shell) -> bool:
    """Whether nothing follows a failure."""
    return all(each.text == "&&" for step in shell.steps for each in (step.before, step.after) if each)


def _fails(call: Call, at: int) -> bool:
    """Whether there is no such program, or no such package: names of Debian's and Alpine's are in small letters."""
    return at == 0 or (call.verb == _INSTALLING.get(call.tool) and at in call.plain[1:])


def is_text(file: Dockerfile) -> bool:
    """Whether a builder reads as much as its lines."""
    ends = (*file.line_starts[1:], len(file.text))
    longest = max(end - start for start, end in zip(file.line_starts, ends, strict=True))
    return b"\0" not in file.text and longest <= LONGEST_LINE


def _finding(file: Dockerfile, text: str, start: int, end: int) -> LintFinding:
    step = next((number for number, each in enumerate(file.instructions) if each.start <= start < each.end), 0)
    return LintFinding("SHV001", "error", text, step, start, end)


RULE = Rule("SHV001", "No builder reads it", "error", (), look)
