"""A user with a high number makes a sparse file of hundreds of megabytes.

What: `useradd` with a high `--uid` and without `--no-log-init`.

Why: useradd writes an entry into `/var/log/lastlog` and `/var/log/faillog`, which have a place for each number. The
files are nearly all holes; the layer's archive has no holes: a user number of 2000000000 makes 585 GB of zeros of it.
Builders of Go's archive/tar write them all. Newer versions write none for a number that is new: that of Debian 11
does, those of Debian 12 and 13 do not, measured.

Bad:

    FROM debian:11
    RUN useradd --uid 1000970000 app

Good:

    FROM debian:11
    RUN useradd --no-log-init --uid 1000970000 app

Good, as the number is low:

    FROM debian:11
    RUN useradd --uid 10001 app

Good, as they are deleted in the same RUN:

    FROM debian:11
    RUN useradd --uid 1000970000 app && rm -f /var/log/lastlog /var/log/faillog

Good, as useradd has learnt it:

    FROM debian:12
    RUN useradd --uid 1000970000 app

Good, as busybox keeps no such file:

    FROM alpine:3.20
    RUN adduser -D -u 1000970000 app

Source: moby issue 5419; Dockerfile best practices, USER; useradd(8), --no-log-init; lastlog(8):
292 bytes for each number
"""

import re
from collections.abc import Iterator

from shave.cleaning import removes
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step, family
from shave.recipe_edits import inserted
from shave.rules.known import Known
from shave.rules.protocol import Rule

_ENTRY_BYTES = 292 + 32
"""Of lastlog and faillog."""
_LEAST = 65536
"""20 MB of zeros, which cost little packed."""
_OLD = re.compile(
    r"jessie|stretch|buster|bullseye|debian:(?:[789]|1[01])\b|trusty|xenial|bionic|focal|jammy|ubuntu:(?:1\d|2[0-2])\."
    r"|(?:centos|rockylinux|almalinux|oraclelinux)(?:/\w+)?:[678]|ubi[78]|amazonlinux:[12]\b"
)
"""Public images with a shadow of before 4.9."""
_EMPTIED = re.compile(rb"(?:>|truncate[^&;|]*)[ \t]*/var/log/lastlog")
_PACKED = 1000
"""Zeros shrink to about a thousandth."""


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each user that is made so in the image."""
    for step in recipe.runs:
        base = recipe.base(step.stage) or ""
        if not known.image and family(base) and not _OLD.search(base):
            continue
        for call in step.calls:
            number = _number(call)
            if number >= _LEAST and not call.has("-l", "--no-log-init", "--root", "-R") and not _is_emptied(step, call):
                unpacked = number * _ENTRY_BYTES
                edit = inserted(call, 0, "--no-log-init")
                yield LintFinding(
                    "SHV213",
                    "warning",
                    f"the logs of logins get a place for each of {number} users",
                    step.number,
                    call.start,
                    call.end,
                    advice="give --no-log-init",
                    fix=Fix("give --no-log-init", (edit,), is_safe=True) if edit else None,
                    about=About("written", (step.number,), ("var/log/lastlog", "var/log/faillog")),
                    amount=Amount(unpacked // _PACKED, unpacked, measured=False, source="lastlog(8), faillog(5)"),
                )


def _is_emptied(step: Step, call: Call) -> bool:
    text = step.file.text[call.end : step.instruction.end]
    return removes(step, "/var/log/lastlog", call) or bool(_EMPTIED.search(text))


def _number(call: Call) -> int:
    """The number of the user that ``useradd`` makes, 0 for none that is written down."""
    value = call.value("-u", "--uid") if call.tool == "useradd" else None
    return int(value) if value and value.isascii() and value.isdecimal() and len(value) <= 10 else 0


RULE = Rule(
    "SHV213", "A user with a high number makes a sparse file of hundreds of megabytes", "warning", ("DL3046",), look
)
