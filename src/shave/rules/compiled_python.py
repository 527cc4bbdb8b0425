"""Python's bytecode is made for packages whose source is there.

What: a RUN of the image installs Python packages, and compiles each of their modules.

Why: a `.pyc` is larger than its `.py`. Python makes those it needs when a module is imported, in memory where it
may not write them.

The fix is not safe: each start of the program compiles what it imports, which took three times as long in our
measurements. Worth it where bytes count and starts do not. So this is said of distributions that are known to have much
of it, and with `--image` of all that has.

Bad:

    FROM python:3.11
    RUN pip install --no-cache-dir sympy

Good:

    FROM python:3.11
    RUN pip install --no-compile --no-cache-dir sympy

Good, as little is made of it:

    FROM python:3.11
    RUN pip install --no-cache-dir click

Good, as uv compiles only when it is asked to:

    FROM python:3.11
    RUN uv pip --no-cache install --system sympy

Source: pip install, --no-compile; PEP 3147; one Python's standard library: 31 MB of .py, 147 MB of .pyc in all versions
"""

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe
from shave.recipe_edits import inserted
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.settings import said

_NAME = re.compile(r"[A-Za-z0-9._-]+")


class _Compiled(Struct, frozen=True):
    distribution: str
    packed_bytes: int
    unpacked_bytes: int
    source: str


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call of pip in the image that compiles."""
    for step in recipe.runs:
        found = (call for call in step.calls if _compiles(call))
        calls = [call for call in found if said(recipe, step, call, "PIP_NO_COMPILE") is None]
        for call in calls:
            amount = _amount(call)
            if amount or known.image:
                edit = inserted(call, call.plain[0], "--no-compile")
                yield LintFinding(
                    "SHV128",
                    "info",
                    "bytecode is stored beside the source of each module",
                    step.number,
                    call.start,
                    call.end,
                    advice="give --no-compile if starts may take longer",
                    fix=Fix("give --no-compile", (edit,), is_safe=False) if edit else None,
                    about=About("written", (step.number,), ("**/__pycache__/*.pyc",)),
                    amount=amount,
                )


def _compiles(call: Call) -> bool:
    return call.tool == "pip" and call.verb == "install" and not call.has("--no-compile", "--dry-run")


def _amount(call: Call) -> Amount | None:
    """What is known of the distributions that a call names, not of what they bring along."""
    names = (_NAME.match(word or "") for word in call.targets)
    rows = [row for name in names if name and (row := _table().get(name[0].lower()))]
    packed, unpacked = (sum(getattr(row, key) for row in rows) for key in ("packed_bytes", "unpacked_bytes"))
    return Amount(packed, unpacked, measured=False, source=", ".join(row.source for row in rows)) if rows else None


@cache
def _table() -> dict[str, _Compiled]:
    return {row.distribution: row for row in convert(load("bytecode")["wheel"], tuple[_Compiled, ...])}


RULE = Rule("SHV128", "Python's bytecode is made for packages whose source is there", "info", (), look)
