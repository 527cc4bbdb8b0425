"""The probes of a spec, asked of the image that was just built: there is no original to compare its answers with."""

from pathlib import Path

from msgspec import Struct

from shave.config import Settings
from shave.events import Sink, stage
from shave.image import Image
from shave.probe import Observation, Patience, Probe, Session
from shave.probes.session import run
from shave.runners.protocol import Runner
from shave.store import unpack
from shave.symptoms import meaning

_ERROR = 400
_PATIENCE = Patience(stop=1.0)
"""How it stops is no question: Node as process 1 heeds no SIGTERM at all."""


class Asked(Struct, frozen=True):
    """What became of a probe: ``failure`` says what was wrong, "" for nothing; ``shown`` what the program wrote."""

    probe: str
    failure: str = ""
    shown: str = ""


def asked(image: Image, settings: Settings, runner: Runner, directory: Path, sink: Sink) -> tuple[Asked, ...]:
    """The start first, if a probe needs one, then the probes in order.

    A program passes that exits 0, an answer that is no error of HTTP or is the one expected. Raises CannotError if
    containers cannot be run here.
    """
    places = (directory / "probed", directory / "prepared")
    for place in places:
        place.mkdir(mode=0o700)
    unpacked = unpack(image, places[0], sink)
    with runner.prepare(unpacked, image.config, places[1], sink) as prepared, stage(sink, "probe"):
        session = run(prepared, image.config, settings, after=Session(()), patience=_PATIENCE)
    probes = {probe.name: probe for probe in settings.probes}
    return tuple(_judged(seen, probes.get(seen.probe)) for seen in session.observations)


def _judged(seen: Observation, probe: Probe | None) -> Asked:
    """The last line of a program seldom says why it failed."""
    wrong = failure(seen, probe)
    written = dict(seen.fields).get("stderr", "") if wrong else ""
    return Asked(seen.probe, wrong, seen.shown or written)


def failure(seen: Observation, probe: Probe | None = None) -> str:
    """What is wrong with the answer to ``probe``, None for the start; "" for nothing."""
    said = dict(seen.fields)
    status = said.get("status", "0")
    if seen.failure:
        return seen.failure
    if seen.kind == "http":
        expected = probe.http.expect_status if probe and probe.http else 0
        return f"it answers with status {status}" if not expected and int(status) >= _ERROR else ""
    if status == "0":
        return ""
    written = (said.get("stderr") or said.get("stdout") or "").strip()
    last = f": {written.splitlines()[-1]}" if written else ""
    return f"it exits with {status}{meaning(int(status), written) or last}"
