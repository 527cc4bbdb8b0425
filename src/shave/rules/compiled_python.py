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

Bad, told once of all that a RUN installs:

    FROM python:3.11
    RUN pip install --no-cache-dir wheel && pip install --no-cache-dir sympy

Good:

    FROM python:3.11
    RUN pip install --no-compile --no-cache-dir wheel && pip install --no-compile --no-cache-dir sympy

Bad, as what another stage installed is copied:

    FROM python:3.11 AS build
    RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir sympy
    FROM python:3.11-slim
    COPY --from=build /venv /venv

Good:

    FROM python:3.11 AS build
    RUN python -m venv /venv && /venv/bin/pip install --no-compile --no-cache-dir sympy
    FROM python:3.11-slim
    COPY --from=build /venv /venv

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
from shave.globs import escaped
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import inserted
from shave.rules.carried import with_carried
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.python_packages import packages
from shave.rules.settings import said

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_OWN = ("**/{site,dist}-packages/pip/**",)
"""What running pip compiles, option or not, where a base came without."""


class _Compiled(Struct, frozen=True):
    distribution: str
    packed_bytes: int
    unpacked_bytes: int
    source: str


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN whose calls of pip compile what comes into the image: once, as one layer has the bytecode of all."""
    return with_carried(_look, recipe, known, packages, lambda run, _: _deletes(run))


def _look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    for step in recipe.runs:
        found = (call for call in step.calls if _compiles(call))
        calls = [call for call in found if said(recipe, step, call, "PIP_NO_COMPILE") is None]
        if not calls:
            continue
        amount = _amount(calls)
        if amount or known.image:
            call = max(calls, key=_weight)
            yield LintFinding(
                "SHV128",
                "info",
                "bytecode is stored beside the source of each module",
                step.number,
                call.start,
                call.end,
                advice="give --no-compile if starts may take longer",
                fix=_fix(calls),
                about=About("new", (step.number,), tuple(_globs(calls)), _OWN),
                amount=amount,
            )


def _deletes(step: Step) -> bool:
    """Whether a later RUN takes bytecode away again."""
    words = (word for call in step.calls if call.tool in ("find", "rm") for word in call.words if word)
    return any("pyc" in word for word in words)


def _compiles(call: Call) -> bool:
    return call.tool == "pip" and call.verb == "install" and not call.has("--no-compile", "--dry-run")


def _weight(call: Call) -> tuple[int, bool]:
    """Of several calls the one that is known to write most is meant, else one that installs a list; else the first."""
    return sum(row.packed_bytes for row in _rows(call)), call.has("-r", "--requirement")


def _globs(calls: list[Call]) -> Iterator[str]:
    """Where pip puts packages. Bytecode of the standard library comes of running Python, and goes on to."""
    yield from (f"**/{place}/**/__pycache__/*.pyc" for place in ("site-packages", "dist-packages"))
    targets = (call.value("-t", "--target") for call in calls)
    yield from (f"{escaped(target.strip('/'))}/**/__pycache__/*.pyc" for target in targets if target)


def _fix(calls: list[Call]) -> Fix | None:
    edits = tuple(edit for call in calls if (edit := inserted(call, call.plain[0], "--no-compile")))
    return Fix("give --no-compile", edits, is_safe=False) if len(edits) == len(calls) else None


def _amount(calls: list[Call]) -> Amount | None:
    """What is known of the distributions that calls name, not of what they bring along."""
    rows = [row for call in calls for row in _rows(call)]
    packed, unpacked = (sum(getattr(row, key) for row in rows) for key in ("packed_bytes", "unpacked_bytes"))
    return Amount(packed, unpacked, measured=False, source=", ".join(row.source for row in rows)) if rows else None


def _rows(call: Call) -> list[_Compiled]:
    names = (_NAME.match(word or "") for word in call.targets)
    return [row for name in names if name and (row := _table().get(name[0].lower()))]


@cache
def _table() -> dict[str, _Compiled]:
    return {row.distribution: row for row in convert(load("bytecode")["wheel"], tuple[_Compiled, ...])}


RULE = Rule("SHV128", "Python's bytecode is made for packages whose source is there", "info", (), look)
