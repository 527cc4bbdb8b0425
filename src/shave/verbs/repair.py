"""What to do when a result does not behave the same: find out what it lacks, add that, try again; bounded.

The means, in the order that works: what the failing probes use when the original is traced again; what the result
looked up in vain; what is in the directories that it listed, where nothing is looked up; what it says is missing.
"""

import shutil
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, structs

from shave.closure import Root
from shave.events import Remark
from shave.evidence import unite
from shave.plan import Kept, Plan
from shave.probe import Session
from shave.reason import Reason
from shave.tree import Tree
from shave.verbs.attempt import Attempt, Basis, Case, attempted, built, made, planned, traced
from shave.verbs.messages import named, said

ROUNDS = 5
_NAMED = 4
_LISTED_PATHS = 500
_LISTED_BYTES = 16 << 20

Means = Literal["retrace", "lookups", "listings", "messages"]
MEANS: dict[Means, str] = {
    "retrace": "traced again on the original",
    "lookups": "what it looked for in vain",
    "listings": "what is in the directories it listed",
    "messages": "what it says is missing",
}


class Round(Struct, frozen=True):
    """One round of repair: for which probes, by what means, and which paths (sorted) that added to the plan."""

    means: Means
    probes: tuple[str, ...]
    added: tuple[str, ...]
    added_bytes: int


def repair(case: Case, attempt: Attempt) -> tuple[Attempt, tuple[Round, ...]]:
    """The last attempt, and the rounds before it; at most ``ROUNDS``, and none that would add nothing."""
    rounds: tuple[Round, ...] = ()
    retraced: set[str] = set()
    while len(rounds) < ROUNDS:
        widened = next(_widened(case, attempt, retraced), None)
        if widened is None:
            break
        basis, plan, done = widened
        rounds += (done,)
        case.sink(Remark(f"repair {len(rounds)}: {_told(done)}", "warning"))
        directory, last = (case.directory / f"attempt-{number}" for number in (len(rounds), len(rounds) - 1))
        result = built(case, plan, made(directory))
        attempt = attempted(case, basis, plan, result, attempt.originals, directory)
        shutil.rmtree(last, ignore_errors=True)
    return attempt, rounds


def _told(done: Round) -> str:
    probes = ", ".join(done.probes) if len(done.probes) <= _NAMED else f"{len(done.probes)} probes"
    return f"{probes}: {MEANS[done.means]}: {len(done.added)} paths"


def _widened(case: Case, attempt: Attempt, retraced: set[str]) -> Iterator[tuple[Basis, Plan, Round]]:
    """The ways to a plan that keeps more, each worked out only when it is asked for."""
    before = {kept.path for kept in attempt.plan.kept}
    for means, probes, basis in _means(case, attempt, retraced):
        plan = planned(case, basis)
        added = [kept for kept in plan.kept if kept.path not in before]
        if added:
            yield basis, plan, Round(means, probes, tuple(kept.path for kept in added), sum(map(_bytes, added)))


def _bytes(kept: Kept) -> int:
    return kept.bytes


def _means(case: Case, attempt: Attempt, retraced: set[str]) -> Iterator[tuple[Means, tuple[str, ...], Basis]]:
    failed = tuple(judged.probe for judged in attempt.verdict.judgements if judged.verdict == "different")
    basis = attempt.basis
    if case.tools.tracer and not retraced.issuperset(failed):
        basis = _retraced(case, basis, failed, f"repair trace {len(retraced) + 1}")
        retraced.update(failed)
        yield "retrace", failed, basis
    asking = failed or tuple(sorted({probe for lost in attempt.sought for probe in lost.probes}))
    if attempt.sought:
        yield "lookups", asking, _with(basis, _lookups(attempt))
    if failed:
        yield "listings", failed, _with(basis, _listings(attempt, case.original.tree, failed))
        yield "messages", failed, _with(basis, _messages(attempt, case.original.tree, failed))


def _with(basis: Basis, more: Iterator[Root]) -> Basis:
    return structs.replace(basis, repairs=(*basis.repairs, *more))


def _retraced(case: Case, basis: Basis, failed: tuple[str, ...], name: str) -> Basis:
    again = tuple(probe for probe in case.settings.probes if probe.name in failed)
    _, more = traced(case, again, name)
    return structs.replace(basis, evidence=unite(basis.evidence, more))


def _lookups(attempt: Attempt) -> Iterator[Root]:
    for lost in attempt.sought:
        yield lost.path, Reason("repair", f"looked up in vain by {', '.join(lost.probes)}")


def _listings(attempt: Attempt, original: Tree, failed: tuple[str, ...]) -> Iterator[Root]:
    """The next lot of what the result did not find in directories that it listed, the smallest first."""
    kept = attempt.result.tree
    listed = {
        directory
        for access in attempt.evidence.accesses
        if "listed" in access.how and not set(failed).isdisjoint(access.probes)
        if (directory := original.resolve(access.path).path) is not None
    }
    lost = (path for directory in listed for path in original.children.get(directory, ()) if path not in kept)
    left = _LISTED_BYTES
    for path in sorted(lost, key=lambda path: (original.nodes[path].entry.size, path))[:_LISTED_PATHS]:
        left -= original.nodes[path].entry.size
        if left >= 0:
            yield path, Reason("repair", "is in a directory that was listed", path.rpartition("/")[0])


def _messages(attempt: Attempt, original: Tree, failed: tuple[str, ...]) -> Iterator[Root]:
    """What the result's answers and logs say is missing, where the original's do not say the same."""
    usual = {message for session in attempt.originals for message in said(_texts(session, failed))}
    for message, globs in said(_texts(attempt.session, failed)).items():
        if message not in usual:
            yield from ((path, Reason("repair", f"it says: {message}")) for path in named(globs, original))


def _texts(session: Session, failed: tuple[str, ...]) -> Iterator[str]:
    """All that failing probes got, and what the program itself wrote meanwhile."""
    for found in session.observations:
        yield found.shown
        if found.probe in failed:
            yield found.failure
            yield from (text for _, text in found.fields)
