"""Questions to a running container, the observations they give, and the verdict over two images."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, field


class Http(Struct, frozen=True, forbid_unknown_fields=True):
    """An HTTP request made from inside the container's network namespace. ``expect_status`` 0 expects nothing."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    expect_status: int = 0


class Ready(Struct, frozen=True, forbid_unknown_fields=True):
    """When the container is ready: an URL answers below 500, or a ``host:port`` accepts; ``timeout`` seconds."""

    http: str = ""
    tcp: str = ""
    timeout: float = 30.0


START, HEALTHCHECK = "start", "healthcheck"
"""The names of the observations of the start itself and of the image's own health check; no probe may have them."""

ProbeKind = Literal["http", "exec", "command", "script", "tcp"]
KINDS: tuple[ProbeKind, ...] = ("http", "exec", "command", "script", "tcp")


class Probe(Struct, frozen=True, forbid_unknown_fields=True):
    """One question. Exactly one of ``http``, ``exec``, ``command``, ``script``, ``tcp`` is given; ``timeout`` seconds.

    ``exec`` runs in the started container; ``command`` is a start of its own that replaces CMD; ``script`` is a program
    of the host (alone, or first of its arguments) run inside the container's network namespace and judged by its exit
    status; ``tcp`` is ``host:port``.
    """

    name: str
    http: Http | None = None
    exec: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    script: str | tuple[str, ...] | None = None
    tcp: str | None = None
    timeout: float = 60.0

    @property
    def kind(self) -> ProbeKind:
        """The one kind that is given."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


class RunOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """How the image is started for probes (``[run]``). ``None`` and empty mean: as the image says."""

    env: dict[str, str] = {}
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    user: str | None = None
    mounts: tuple[str, ...] = ()
    network: Literal["none", "host"] = "none"
    ready: Ready = field(default_factory=Ready)


class Observation(Struct, frozen=True):
    """What one probe saw. ``fields`` are what is judged, in order: "status", "header content-type", "body", "stdout" …

    ``shown`` is context that is never judged (logs). ``failure`` is set when the probe could not be asked, or when what
    it expects did not happen. ``at`` is when the answer came (seconds since the epoch, 0 if unknown): times of day in
    an answer are judged against it.
    """

    probe: str
    kind: str
    fields: tuple[tuple[str, str], ...] = ()
    shown: str = ""
    failure: str = ""
    at: float = 0.0


class Patience(Struct, frozen=True):
    """How long a start is given, in seconds.

    Without a port it is ready after ``quiet`` seconds without a new path, or after ``longest``. Without probes it is
    observed for ``observe`` seconds. It has ``stop`` seconds to heed its stop signal. ``poll`` are the seconds between
    two looks at whether it is ready.
    """

    quiet: float = 3.0
    longest: float = 30.0
    observe: float = 5.0
    stop: float = 10.0
    poll: float = 0.05


class Timing(Struct, frozen=True):
    """How long a start took, so that later runs wait as long as the traced one needed.

    ``until`` is what ended the waiting after ``seconds``: the program ended ("exit"), a port or the asked-for URL
    answered ("port"), nothing of that in time ("never"), or no new path was touched ("quiet": then ``seconds`` is when
    the last new one was). ``stubborn`` says that
    the stop signal was ignored and the program had to be killed.
    """

    until: Literal["exit", "port", "quiet", "never"]
    seconds: float
    stubborn: bool = False


class Session(Struct, frozen=True):
    """All observations of one run of an image: the start first (if any probe needs one), then the probes in order.

    ``status`` is the exit status of a start that ended by itself, None for one that was stopped; ``output`` is what it
    wrote, the last 64 KiB of stdout and of stderr. Neither is judged.
    """

    observations: tuple[Observation, ...]
    thin: bool = False
    timing: Timing | None = None
    status: int | None = None
    output: str = ""


ABSENT = "(absent)"
"""What a witness says in place of what one side did not give."""


class Witness(Struct, frozen=True):
    """Where two images differ: the field of the probe, what the original gave, what the other gave.

    The field "file" names a path that the original read and the other image looked for in vain.
    """

    field: str
    expected: str
    found: str


class Judgement(Struct, frozen=True):
    """The verdict on one probe. ``masked`` is the share of the answer that is noise (0 to 1)."""

    probe: str
    verdict: Literal["same", "different", "unknown"]
    reason: str = ""
    witnesses: tuple[Witness, ...] = ()
    masked: float = 0.0


class Verdict(Struct, frozen=True):
    """The verdict on the image: "different" if any probe is, else "unknown" if any is (or none is), else "same"."""

    verdict: Literal["same", "different", "unknown"]
    judgements: tuple[Judgement, ...]


def total(judgements: Iterable[Judgement]) -> Verdict:
    """The verdict that the judgements come to."""
    found = tuple(judgements)
    verdicts = {judgement.verdict for judgement in found}
    if "different" in verdicts:
        return Verdict("different", found)
    return Verdict("same" if verdicts == {"same"} else "unknown", found)
