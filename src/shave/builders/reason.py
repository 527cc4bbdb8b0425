"""Why a build failed: the line of its output that says so."""

import re
from collections.abc import Iterator, Sequence

# What would speak to a terminal: colours, and the classic builder marks each line of stderr by one
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_BEGINS = r"^(?:ERROR|Error|error)(?:: | response from daemon: )"
# A builder's own verdict, and one that says only that a command failed
_VERDICT = re.compile(rf"{_BEGINS}|^The command .* returned a non-zero code|^(?:COPY|ADD) failed")
_STATUS = re.compile(r"exit (?:code|status):? \d+|non-zero code: \d+|container exited on \w+")
_FULL = re.compile(r"no space left on device", re.IGNORECASE)
# Where a step begins, and what builders say around the output of a command
_STEP = re.compile(r"(?:Step|STEP) \d+/\d+ ?:|#\d+ \[.*\] RUN |> \[")
_AROUND = re.compile(
    r"-{4,}$|-+> |#\d+ (?:ERROR|DONE|CACHED|sha256:)|Removing intermediate|error running container|container exited"
    r"|\S*Dockerfile:\d+$"
)
_PREFIX = re.compile(r"^(?:#\d+ )?(?:\d+\.\d+ )?")
_COMPLAINT = re.compile(
    r"\b(?:error|fatal|panic|exception|cannot|can't|could not|couldn't|unable to|not found|no such file|undefined"
    r"|failed|failure|denied|killed)\b|^E: |Error\b",
    re.IGNORECASE,
)
# What make, npm and compilers close with, after what they have to complain of
_CLOSING = re.compile(r"^make(?:\[\d+\])?: \*\*\*|^npm (?:ERR!|error) A complete log|^\d+ errors? generated")
_NOISE = re.compile(
    rf"{_BEGINS}|^failed to solve(?: with frontend dockerfile\.v0)?: |^rpc error: code = \w+ desc = "
    r"|^failed to create LLB definition: "
)
_MOST = 300


def reason(output: str) -> str:
    """One line, at most 300 characters: the builder's own verdict, or, if that is only that a command failed, the last
    line in which the command complains, else its last line.

    >>> reason("Step 2/2 : COPY a /b\\nCOPY failed: stat a: file does not exist")
    'COPY failed: stat a: file does not exist'
    """
    lines = [line.strip() for line in _CONTROL.sub("", output).splitlines() if line.strip()]
    full = next((line for line in reversed(lines) if _FULL.search(line)), "")
    if full:
        return _plain(full)
    if not lines:
        return ""
    # docker's own client before version 23 ends with its verdict, in no fixed words
    at = next((number for number in range(len(lines) - 1, -1, -1) if _VERDICT.search(lines[number])), len(lines) - 1)
    if not _STATUS.search(lines[at]):
        return _plain(lines[at])
    return _plain(_complaint(lines[:at]) or lines[at])


def _complaint(lines: Sequence[str]) -> str:
    """What the command that failed said last, if it can be in words of failure."""
    said = list(_said(lines))
    found = (line for line in said if _COMPLAINT.search(line) and not _CLOSING.search(line))
    return next(found, next(iter(said), ""))


def _said(lines: Sequence[str]) -> Iterator[str]:
    """The output of the last step, its last line first. BuildKit repeats it at the end, or only says which it was."""
    has_output = False
    for line in reversed(lines):
        if _STEP.match(line):
            if has_output or not line.startswith(">"):
                return
        elif not _AROUND.match(line):
            has_output = True
            yield _PREFIX.sub("", line)


def _plain(line: str) -> str:
    line = _PREFIX.sub("", line)
    while (shorter := _NOISE.sub("", line)) != line:
        line = shorter
    line = line.strip()
    return line if len(line) <= _MOST else f"{line[: _MOST - 1]}…"
