"""Tests, headers, static libraries and debug symbols are shipped.

What: a RUN of the image installs packages that bring their tests, C headers, static libraries or files of symbols.

Why: no program reads them when it runs. Of pandas 15.3 of 43.4 MB are tests. With `--image` the finding says what all
layers have of them; without, only packages are named that are known for it.

Bad:

    FROM python:3.11-slim
    RUN pip install --no-cache-dir --no-compile pandas

Good, as they are deleted in the same RUN:

    FROM python:3.11-slim
    RUN pip install --no-cache-dir --no-compile pandas \\
     && find /usr/local/lib/python3.11/site-packages -name tests -type d -prune -exec rm -rf {} +

Bad, told once of all that a RUN installs:

    FROM python:3.11-slim
    RUN pip install --no-cache-dir --no-compile wheel && pip install --no-cache-dir --no-compile pandas

Bad, as what another stage installed is copied:

    FROM python:3.11-slim AS build
    RUN pip install --no-cache-dir --no-compile pandas
    FROM python:3.11-slim
    COPY --from=build /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages

Good, as of another stage only a part is copied:

    FROM python:3.11 AS build
    RUN pip install --no-cache-dir --target /packages pandas
    FROM python:3.11-slim
    COPY --from=build /packages/yaml /packages/yaml

Source: wheels of PyPI, their files by size; the kinds are those of docs/waste.md: tests, headers, static, debug
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.lint import About, Amount, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.rules.carried import with_carried
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.python_packages import packages

_KINDS = frozenset({"tests", "headers", "static", "debug"})
_INSTALLING = frozenset({"install", "add", "ci", "sync"})
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class _Shipped(Struct, frozen=True):
    distribution: str
    packed_bytes: int
    unpacked_bytes: int
    source: str


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN that writes such files: of an image all, else those that install what is known for it.

    Of stages that are copied those of pip.
    """
    return with_carried(_look, recipe, known, packages, lambda run, _: _is_pruned(run))


def _look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    for step in recipe.runs:
        rows = [row for call in step.calls for row in _known_for_it(call)]
        call = _meant(step.calls) if rows or (known.image and step.calls) else None
        if call and not _is_pruned(step):
            yield LintFinding(
                "SHV129",
                "info",
                "tests, headers, static libraries or symbols stay in the layer",
                step.number,
                call.start or step.start,
                call.end or step.end,
                advice="delete them in the same RUN, or install in an earlier stage and copy what runs",
                about=About("new", (step.number,), *_globs()),
                amount=_amount(rows),
            )


def _meant(calls: Sequence[Call]) -> Call:
    """The call that is known to write most, else the first that installs; of several of its tool one with a list."""
    first = next((call for call in calls if call.verb in _INSTALLING), calls[0])
    return max(
        calls,
        key=lambda call: (
            sum(row.packed_bytes for row in _known_for_it(call)),
            call.tool == first.tool and call.verb in _INSTALLING and call.has("-r", "--requirement"),
            call is first,
        ),
    )


def _known_for_it(call: Call) -> tuple[_Shipped, ...]:
    if call.tool != "pip" or call.verb != "install":
        return ()
    names = (_NAME.match(word or "") for word in call.targets)
    return tuple(row for name in names if name and (row := _table().get(name[0].lower())))


def _is_pruned(step: Step) -> bool:
    return any("tests" in (word or "") for call in step.calls if call.tool in ("find", "rm") for word in call.words)


def _amount(rows: Sequence[_Shipped]) -> Amount | None:
    packed, unpacked = (sum(getattr(row, key) for row in rows) for key in ("packed_bytes", "unpacked_bytes"))
    return Amount(packed, unpacked, measured=False, source="; ".join(row.source for row in rows)) if rows else None


@cache
def _table() -> dict[str, _Shipped]:
    return {row.distribution: row for row in convert(load("shipped_tests")["wheel"], tuple[_Shipped, ...])}


@cache
def _globs() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The globs of the facts about these kinds, and what is excepted."""
    rows = [row for row in load("waste")["waste"] if row["kind"] in _KINDS]
    return tuple(glob for row in rows for glob in row["globs"]), tuple(
        glob for row in rows for glob in row.get("except", ())
    )


RULE = Rule("SHV129", "Tests, headers, static libraries and debug symbols are shipped", "info", (), look)
