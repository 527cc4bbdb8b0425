"""No builder reads it.

What: an instruction that there is none of, a here-document or a list that does not end, an argument that is missing, a
stage that nobody made, a line of more than 65535 bytes, a NUL byte.

Why: the build stops there, whatever the rest of the file says. Of a file that is no text, or has a line that no builder
reads, nothing else is said. Builders stop at the first of these; at most twenty are told, as what follows one is often
its echo.

Bad:

    FROM debian:12
    COPPY app /app

Good:

    FROM debian:12
    COPY app /app

Good, as builders read these:

    # syntax=docker/dockerfile:1
    ARG VERSION=12
    FROM debian:${VERSION} AS base
    run <<END cat > /etc/motd
    COPPY is a word here
    END
    HEALTHCHECK NONE
    CMD [ "sh" ]

Source: Dockerfile reference; moby/buildkit frontend/dockerfile/parser
"""

from collections.abc import Iterator

from shave.dockerfile.parser import LONGEST_LINE
from shave.dockerfile.parts import Dockerfile
from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.known import Known
from shave.rules.protocol import Rule

_MOST = 20
_NUL = "a NUL byte: this is no text, or has two bytes for each character (UTF-16), which no builder reads"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """What the reader of Dockerfiles could not make sense of."""
    file, nul = recipe.file, recipe.file.text.find(b"\0")
    if nul >= 0:
        yield _finding(file, _NUL, nul, nul + 1)
        return
    for problem in file.problems[:_MOST]:
        yield _finding(file, problem.text, problem.start, problem.end)


def is_text(file: Dockerfile) -> bool:
    """Whether a builder reads as much as its lines."""
    ends = (*file.line_starts[1:], len(file.text))
    longest = max(end - start for start, end in zip(file.line_starts, ends, strict=True))
    return b"\0" not in file.text and longest <= LONGEST_LINE


def _finding(file: Dockerfile, text: str, start: int, end: int) -> LintFinding:
    step = next((number for number, each in enumerate(file.instructions) if each.start <= start < each.end), 0)
    return LintFinding("SHV001", "error", text, step, start, end)


RULE = Rule("SHV001", "No builder reads it", "error", (), look)
