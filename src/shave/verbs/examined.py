"""An image run once: does it work, and if not, why?"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shave.config import Settings
from shave.diagnosis import Diagnosis
from shave.errors import BadImageError, CannotError
from shave.oci import Config
from shave.probe import HEALTHCHECK, START, Observation, Patience, Session
from shave.probes.session import run
from shave.runners.protocol import Prepared
from shave.runners.weighed import Weighed
from shave.symptoms import REFUSED, observed
from shave.verbs.asked import failure

_PATIENCE = Patience(quiet=10.0, observe=1.0, stop=1.0)
"""How it stops is no question. What opens no port is up when it was silent for long: npm, a JVM and the like say
nothing for seconds before they fail."""


class Examined(Struct, frozen=True):
    """What a run showed: ``observed`` is why it does not work, None if it does.

    ``probe`` is what failed (START or a probe's name, "" for nothing), ``failure`` says how in a few words, ``status``
    is the exit status of a start that ended by itself. ``seconds`` are those until it ended or was ready, None if it
    never was; ``peak_memory_bytes`` as ``runners.weighed`` has it. ``shown`` is what it wrote, the last lines.
    """

    observed: Diagnosis | None
    probe: str = ""
    failure: str = ""
    status: int | None = None
    seconds: float | None = None
    peak_memory_bytes: int | None = None
    shown: str = ""


def examined(prepared: Prepared, config: Config, settings: Settings, predicted: Sequence[Diagnosis] = ()) -> Examined:
    """Start the image and ask the probes. It works if it ends with 0 or becomes ready, and no probe fails.

    Where what is seen may mean several things, it means what was ``predicted`` from the files. The image's own health
    check is no probe here. Raises NotRunningError for an image without a command, CannotError and BadImageError for
    what says nothing about how the image starts.
    """
    weighed = Weighed(prepared)
    try:
        session = run(weighed, config, settings, after=Session(()), patience=_PATIENCE)
    except (BadImageError, CannotError) as error:
        found = observed(REFUSED, str(error), predicted)
        if found is None or found.cause == "exits-nonzero":
            raise
        return Examined(found, START, str(error), shown=str(error))
    timing = session.timing
    seen, wrong = next(_failures(session, settings), (None, ""))
    shown = next((each.shown for each in session.observations if each.probe == START), "")
    return Examined(
        _cause(seen, wrong, session, predicted) if seen else None,
        seen.probe if seen else "",
        wrong,
        session.status,
        timing.seconds if timing and timing.until != "never" else None,
        weighed.peak_memory_bytes,
        (seen.shown if seen else "") or shown,
    )


def _failures(session: Session, settings: Settings) -> Iterator[tuple[Observation, str]]:
    probes = {probe.name: probe for probe in settings.probes}
    for seen in session.observations:
        if seen.probe != HEALTHCHECK and (wrong := failure(seen, probes.get(seen.probe))):
            yield seen, wrong


def _cause(seen: Observation, wrong: str, session: Session, predicted: Sequence[Diagnosis]) -> Diagnosis | None:
    """What a failed answer means; an answer without an exit status is of a program that never came to give it."""
    said = dict(seen.fields)
    status, output = session.status or None, session.output
    if seen.kind in ("command", "exec") and "status" in said:
        status, output = int(said["status"]), f"{said.get('stdout', '')}\n{said.get('stderr', '')}"
    found = observed(status, output, predicted)
    return replace(found, text=wrong) if found and found.cause == "never-ready" else found
