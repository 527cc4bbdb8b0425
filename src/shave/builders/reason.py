"""Why a build failed: the line of its output that says so."""

import re
from collections.abc import Iterator, Sequence

# What would speak to a terminal: colours, and the classic builder marks each line of stderr by one
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_BEGINS = r"^(?:ERROR|Error|error)(?:: | response from daemon: )"
# What builders mention beside: buildx in front of its verdict, logrus (podman) anywhere
_REMARK = re.compile(r'WARNING: |time="[^"]*" level=(?:debug|info|warning) ')
# A builder's own verdict, and one that says only that a command failed
_VERDICT = re.compile(rf"{_BEGINS}|^The command .* returned a non-zero code|^(?:COPY|ADD) failed")
_STATUS = re.compile(r"exit (?:code|status):? \d+|non-zero code: \d+|container exited on \w+")
_FULL = re.compile(r"no space left on device", re.IGNORECASE)
# BuildKit numbers its steps: which one failed, and what one said, after so many seconds
_FAILED = re.compile(r"(#\d+) ERROR: ")
_PREFIX = re.compile(r"^(?:#\d+ )?(?:\d+\.\d+ )?")
# The others: where a step begins, and what they say around the output of a command
_STEP = re.compile(r"(?:\[\d+/\d+\] )?(?:Step|STEP) \d+/\d+ ?:")
_AROUND = re.compile(r"-+> |Removing intermediate|container exited|: exit status")
_COMPLAINT = re.compile(
    r"\b(?:error|fatal|panic|exception|cannot|can't|could not|couldn't|unable to|not found|no such file|undefined"
    r"|failed|failure|denied|killed)\b|^E: |Error\b",
    re.IGNORECASE,
)
# What make, npm and compilers close with, after what they have to complain of
_CLOSING = re.compile(r"^make(?:\[\d+\])?: \*\*\*|^npm (?:ERR!|error) A complete log|^\d+ errors? generated")
# What is around a reason: who says it, where a builder keeps its files, what podman thinks of a word unknown to it
_NOISE = re.compile(
    rf"{_BEGINS}|^failed to (?:build|solve|solve with frontend [\w.]+): |^rpc error: code = \w+ desc = "
    r"|^failed to create LLB definition: |(?<=: )failed to calculate checksum of ref \S+: "
    r"|(?<= )/\S+/(?:buildkit-mount\d+|overlay2?/\w+/merged)(?=/)| &imagebuilder\.Step\{.*"
)
_MOST, _MOST_LINES = 300, 15


def last_words(output: str) -> tuple[str, ...]:
    """The last lines of a build, at most 15, without what builders mention beside."""
    return tuple(_shortened(line) for line in _lines(output)[-_MOST_LINES:])


def reason(output: str) -> str:
    """One line, at most 300 characters: the builder's own verdict. If that is only that a command failed, the last line
    in which the command complains; if none does, its last words, with the verdict.

    >>> reason("Step 2/2 : COPY a /b\\nCOPY failed: stat a: file does not exist")
    'COPY failed: stat a: file does not exist'
    """
    lines = _lines(output)
    full = next((line for line in reversed(lines) if _FULL.search(line)), "")
    if full:
        return _shortened(_plain(full))
    if not lines:
        return ""
    # docker's own client before version 23 ends with its verdict, in no fixed words
    at = next((number for number in range(len(lines) - 1, -1, -1) if _VERDICT.search(lines[number])), len(lines) - 1)
    verdict = _plain(lines[at])
    return _shortened(_of_command(verdict, tuple(_said(lines[:at]))) if _STATUS.search(verdict) else verdict)


def _lines(output: str) -> list[str]:
    lines = [line.strip() for line in _CONTROL.sub("", output).splitlines()]
    return [line for line in lines if line and not _REMARK.match(line)]


def _of_command(verdict: str, said: Sequence[str]) -> str:
    """The reason of a command that said this, its last words first."""
    complaints = (line for line in said if _COMPLAINT.search(line) and not _CLOSING.search(line))
    return _plain(next(complaints, f"{said[0]} ({verdict})" if said else verdict))


def _said(lines: Sequence[str]) -> Iterator[str]:
    """The output of the step that failed, its last line first."""
    failed = next((found[1] for line in reversed(lines) if (found := _FAILED.match(line))), "")
    for line in reversed(lines):
        if failed and re.match(rf"{failed} \d+\.\d+ ", line):
            yield _PREFIX.sub("", line)
        elif not failed and _STEP.match(line):
            return
        elif not failed and not _AROUND.match(line):
            yield line


def _plain(line: str) -> str:
    line = _PREFIX.sub("", line)
    while (shorter := _NOISE.sub("", line)) != line:
        line = shorter
    return line.strip()


def _shortened(line: str) -> str:
    return line if len(line) <= _MOST else f"{line[: _MOST - 1]}…"
