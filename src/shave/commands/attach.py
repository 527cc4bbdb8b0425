"""``shave trace --attach SOCK REF``: the containers are started by others."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType

import msgspec
from msgspec import Struct

from shave import evidence_files
from shave.commands.options import container_command
from shave.errors import CannotError, UsageError
from shave.events import Remark, Sink
from shave.seccomp import oci_profile
from shave.sources.replacing import opened, replacing, writing
from shave.tracers.attached import attached
from shave.verbs.attach import Known
from shave.verbs.attach import attach as attach_verb
from shave.verbs.trace import Traced
from shave.workspace import workspace

_INTERVAL = 5.0
"""Seconds of evidence that may be lost with this process."""


class Attachment(Struct, frozen=True):
    """Where containers attach, the profile that sends them there, and the file that what they do goes to."""

    socket: Path
    profile: Path
    evidence: Path


def attachment(socket: Path, profile: Path | None, evidence: Path | None) -> Attachment:
    """What the options say; the profile is beside the socket by default. Raises UsageError for what makes no sense."""
    if evidence is None:
        raise UsageError("where shall the evidence go?", "give a file with --evidence")
    if container_command():
        raise UsageError("what stands after -- is not run: others start the containers", "leave it out")
    socket = socket.absolute()
    return Attachment(socket, (profile or socket.with_suffix(".json")).absolute(), evidence)


def attach(image: Known, place: Attachment, sink: Sink) -> Traced:
    """Serve until Ctrl-C or SIGTERM. The profile is there as long as somebody listens."""
    with (
        workspace() as directory,
        attached(place.socket, directory) as tracing,
        _written(place.profile, place.socket, image.architecture),
        _interrupts() as ended,
    ):
        told = f"tracing what is started with --security-opt seccomp={place.profile}, until Ctrl-C"
        sink(Remark(told))
        traced = attach_verb(tracing, image, partial(evidence_files.merge, place.evidence), ended, sink)
    if not traced.file.uses:
        hint = f"start one with --security-opt seccomp={place.profile} while shave listens"
        raise CannotError(f"no container came to {place.socket}", hint)
    return traced


@contextmanager
def _written(path: Path, socket: Path, architecture: str) -> Iterator[None]:
    data = msgspec.json.format(msgspec.json.encode(oci_profile(socket, architecture)), indent=1)
    with writing(str(path)), opened(path.parent) as directory, replacing(directory, path.name) as file:
        file.write(data + b"\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """A wait that Ctrl-C or SIGTERM ends; the second Ctrl-C interrupts as always."""
    stop = Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.default_int_handler)

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stop.wait(_INTERVAL)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
