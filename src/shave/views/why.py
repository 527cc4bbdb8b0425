"""The answer of ``shave why`` for the terminal: a chain of reasons reads as one sentence."""

from collections.abc import Iterator, Sequence

from shave.reason import Reason
from shave.verbs.why import Answer, Inside, Step
from shave.views.units import megabytes
from shave.views.visible import visible

_CHAINS, _STEPS = 5, 8


def why(answer: Answer) -> str:
    """The outcome of ``shave why``."""
    # a path may hold a line end, and must not say a line of its own
    return visible("\n".join(line.replace("\n", r"\n") for line in _why(answer)) + "\n")


def _why(answer: Answer) -> Iterator[str]:
    fate = {"kept": ", kept", "dropped": f", dropped: {answer.rule}"}.get(answer.fate, "")
    yield f"/{answer.path}: {megabytes(answer.bytes)}{fate}"
    if answer.links:
        yield "reached by the symlinks " + ", ".join(f"/{link}" for link in answer.links)
    if answer.layer is not None:
        yield f"layer {answer.layer + 1}" + (f": {answer.instruction}" if answer.instruction else "")
    if answer.unit:
        yield f"unit {answer.unit}"
    if answer.inside:
        yield _holds(answer.inside)
    for chain in answer.chains[:_CHAINS]:
        yield from _sentence(chain)
    if len(answer.chains) > _CHAINS:
        yield f"  and {len(answer.chains) - _CHAINS} more reasons (--format json shows all)"
    for number, option in enumerate(answer.keep):
        yield f"{'or' if number else 'keep it with'} {option}"
    if not answer.fate:
        yield "no plan is known for this image: shave slim makes one, --plan FILE reads one"


def _holds(inside: Inside) -> str:
    return (
        f"of what is in it {inside.kept_files} stay, {megabytes(inside.kept_bytes)}; "
        f"{inside.dropped_files} go, {megabytes(inside.dropped_bytes)}"
    )


def _sentence(chain: Sequence[Step]) -> Iterator[str]:
    """A line for each step, the middle of a long chain left out."""
    for depth, step in enumerate(chain):
        left_out = len(chain) - _STEPS
        if left_out > 0 and _STEPS - 1 <= depth < len(chain) - 1:
            if depth == _STEPS - 1:
                yield f"{'  ' * depth}  … {left_out} more, down to"
            continue
        which = ", which" if depth else ""
        yield f"{'  ' * min(depth, _STEPS)}  /{step.path}{which} {said(step.reason, depth + 1 < len(chain))}"


def said(reason: Reason, goes_on: bool) -> str:
    """What a step of a chain says of its path; where the chain goes on, up to the path that comes next."""
    if not goes_on:
        if reason.detail.startswith("is "):
            return reason.detail
        return _LAST.get(reason.because, "stays: {}").format(reason.detail)
    if reason.detail.startswith("is "):
        return f"{reason.detail}, which is used because of" if reason.because == "unit" else f"{reason.detail}:"
    return _LEADING.get(reason.because, "stays ({}) because of").format(reason.detail)


_LEADING = {
    "need": "is needed ({}) by",
    "habit": "stays by habit ({}) because of",
    "directory": "holds",
    "symlink": "stays, since {}:",
    "repair": "was missed: {}:",
}
_LAST = {
    "trace": "was used: {}",
    "application": "is the application's: {}",
    "habit": "stays by habit: {}",
    "glob": "was asked for: {}",
    "grain": "stays by the grain: {}",
    "repair": "was missed: {}",
    "directory": "{}",
    "symlink": "stays, since {}",
}
