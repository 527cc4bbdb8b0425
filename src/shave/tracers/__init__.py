"""The ways of seeing which paths a container uses, best first."""

from shave.errors import CannotError, UsageError
from shave.tracers.protocol import Trace, Tracer
from shave.tracers.seccomp import SeccompTracer
from shave.tracers.strace import StraceTracer

TRACERS: tuple[Tracer, ...] = (SeccompTracer(), StraceTracer())


def choose(name: str = "auto") -> Tracer:
    """The tracer called ``name``, or with "auto" the first that works here.

    Raises UsageError for a name that is not in ``TRACERS``, CannotError with every reason if none asked for works.
    """
    asked = [tracer for tracer in TRACERS if name in ("auto", tracer.name)]
    if not asked:
        raise UsageError(f"there is no tracer {name!r}", f"use auto or {', '.join(tracer.name for tracer in TRACERS)}")
    refusals = [(tracer, tracer.refusal()) for tracer in asked]
    for tracer, refusal in refusals:
        if refusal is None:
            return tracer
    reasons = "; ".join(f"{tracer.name}: {refusal}" for tracer, refusal in refusals)
    raise CannotError(f"nothing can trace here: {reasons}", "install strace, or run on Linux 5.6 or later")


__all__ = ["TRACERS", "Trace", "Tracer", "choose"]
