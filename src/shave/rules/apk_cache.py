"""apk's index stays in the layer.

What: a RUN calls apk without `--no-cache`, and does not delete what it fetches.

Why: the index of all packages is there for whoever installs more later; apk fetches it anew then. With `--no-cache` it
is kept in memory, and `apk update` is not needed.

The fix is not safe where `apk search`, `apk list` and their like read the index behind it, as these do not fetch it, or
where a program that nobody here knows runs as root behind `apk update`.

Bad:

    FROM alpine:3.20
    RUN apk add curl

Good:

    FROM alpine:3.20
    RUN apk add --no-cache curl

Bad:

    FROM alpine:3.20
    RUN apk update && \\
        apk upgrade && \\
        apk -q add --update curl

Good:

    FROM alpine:3.20
    RUN apk upgrade --no-cache && \\
        apk -q add --no-cache curl

Bad, as apk fetches it where it needs it:

    FROM alpine:3.20
    RUN apk update
    RUN apk add --no-cache curl

Good:

    FROM alpine:3.20
    RUN apk add --no-cache curl

Bad:

    FROM alpine:3.20
    RUN apk update || apk update; apk add --no-cache curl

Good:

    FROM alpine:3.20
    RUN apk update || apk update; apk add --no-cache curl && rm -rf /var/cache/apk/*

Good, as it is deleted:

    FROM alpine:3.20
    RUN apk update && apk add curl && rm -f /var/cache/apk/*

Good, as it is in no layer:

    FROM alpine:3.20
    RUN --mount=type=cache,target=/var/cache/apk apk add curl

Good, as nothing is fetched:

    FROM alpine:3.20
    COPY x.apk /
    RUN apk add --no-network --allow-untrusted /x.apk

Source: apk(8), --no-cache; apk-cache(5)
"""

from collections.abc import Iterator
from posixpath import dirname

from shave.cleaning import may_be_mounted, removes
from shave.dockerfile.edits import Edit
from shave.facts import load
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import appended, by_same, inserted, removed, without
from shave.rules import beside
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.strangers import managing_stranger
from shave.rules.wanted import naming, offline, unless
from shave.waste.facts import named

_DELETE = "rm -rf /var/cache/apk/*"
_WITHOUT = ("--no-cache", "--no-network", "--cache-dir", "-s", "--simulate")
_FETCHING = frozenset({"add", "fix", "upgrade", "update"})
# These do not fetch the index that they read
_READING = frozenset({"search", "list", "policy", "version", "fetch", "dot"})
_UPDATING = ("-U", "--update", "--update-cache")
_FETCHED = ("--no-cache", *_UPDATING)


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that leaves the index."""
    found = list(_left(recipe))
    file = load("apk")["index"]["file"]
    there = beside.earlier(recipe, (each.step for each in found), lambda step: removes(step, file))
    return beside.told(found, there)


def _left(recipe: Recipe) -> Iterator[LintFinding]:
    index = load("apk")["index"]
    for step in recipe.runs:
        calls = [call for call in step.calls if call.tool == "apk" and call.verb in _FETCHING]
        fetching = [call for call in calls if not call.has(*_WITHOUT)]
        is_outside = may_be_mounted(step, index["file"]) or may_be_mounted(step, index["cache"])
        if fetching and not is_outside and not removes(step, index["file"], fetching[-1]):
            yield LintFinding(
                "SHV110",
                "warning",
                "the index that apk fetches stays in the layer",
                step.number,
                fetching[0].start,
                fetching[0].end,
                advice="give --no-cache to apk add, and do without apk update",
                fix=_fix(recipe, step, fetching),
                about=About("written", (step.number,), named("apk cache").globs),
                amount=Amount(index["packed_bytes"], index["unpacked_bytes"], measured=False, source=index["source"]),
            )


def _fix(recipe: Recipe, step: Step, fetching: list[Call]) -> Fix | None:
    at = fetching[0].end
    wanted = naming(recipe, at, (dirname(load("apk")["index"]["file"]),)), offline(recipe, step, at)
    last = recipe.once(_last_reading)
    reader = last if last > fetching[0].start else None
    updating = next((call for call in fetching if call.verb == "update"), None)
    unknown = managing_stranger(recipe, step, updating) if updating else None
    return unless(recipe, "the index", _plain(step, fetching), *wanted, reader, unknown)


def _last_reading(recipe: Recipe) -> int:
    """Where the index is read last by what does not fetch it, -1 for nowhere."""
    calls = (call for step in recipe.steps for call in step.calls if call.tool == "apk" and call.verb in _READING)
    return max((call.start for call in calls if not call.has(*_FETCHED)), default=-1)


def _plain(step: Step, fetching: list[Call]) -> Fix | None:
    if all(call.tool == "apk" and call.verb == "update" for call in step.calls):
        return Fix("remove the RUN", (removed(step),), is_safe=True)
    edits = [_edit(step, call) for call in fetching]
    known = tuple(edit for edit in edits if edit)
    if len(known) == len(edits):
        return Fix("keep the index in memory", known, is_safe=True)
    end = appended(step, by_same(step, fetching[0], _DELETE))
    return Fix("delete the index in the same RUN", (end,), is_safe=True) if end else None


def _edit(step: Step, call: Call) -> Edit | None:
    """The option for what installs; what only fetches goes, as what installs fetches for itself (apk-tools 2.7)."""
    if call.verb != "update":
        at = next((at for at, word in enumerate(call.words[: len(call.spans)]) if word in _UPDATING), None)
        return inserted(call, call.plain[0], "--no-cache") if at is None else Edit(*call.spans[at], b"--no-cache")
    return without(step, call.statement) if call.statement else None


RULE = Rule("SHV110", "apk's index stays in the layer", "warning", ("DL3019",), look)
