"""What ``shave lint --prove`` tells of the fixes of a Dockerfile."""

from typing import Literal

from msgspec import Struct

from shave.lint import Amount
from shave.probe import Verdict
from shave.verbs.lint_trees import Compared


class Weighed(Struct, frozen=True):
    """A build; its layers were packed with gzip to be weighed."""

    packed_bytes: int
    unpacked_bytes: int


class Refuted(Struct, frozen=True):
    """A rule without whose fixes the proof would be another, and what became of it with them."""

    rule: str
    reason: str


class Proved(Struct, frozen=True):
    """What the builds before and after the fixes show: "proven", "refuted" or "unknown", and why in a sentence.

    ``rules`` are those whose fixes are in the second build, ``refuted`` those that had to be left out for it.
    ``predicted`` is what the findings said they save, None where one of them did not know. ``trees`` is None where the
    last stage is another one, so that nothing says what may go; ``probes`` None where nothing could be asked.
    ``last_words`` are the last lines of the second build if that failed.
    """

    verdict: Literal["proven", "refuted", "unknown"]
    reason: str
    builder: str
    rules: tuple[str, ...] = ()
    before: Weighed | None = None
    after: Weighed | None = None
    predicted: Amount | None = None
    trees: Compared | None = None
    probes: Verdict | None = None
    refuted: tuple[Refuted, ...] = ()
    last_words: tuple[str, ...] = ()


def doubted(proved: Proved | None) -> tuple[str, ...]:
    """The rules whose fixes did not hold, or whose proof said nothing."""
    if proved is None or holds(proved):
        return ()
    return (*(each.rule for each in proved.refuted), *(proved.rules if proved.verdict != "proven" else ()))


def holds(proved: Proved) -> bool:
    """Whether all that was to be proven is: no fix had to be left out, or there was none."""
    return not proved.rules or (proved.verdict == "proven" and not proved.refuted)
