"""A lab: one program built in many ways, each a variant with what is expected of it."""

from typing import Literal

from msgspec import Struct

from shave.diagnosis import Cause
from shave.probe import Probe, RunOptions


class DockerfileBuild(Struct, frozen=True, tag="dockerfile"):
    """A build by a Dockerfile: its ``name`` in the lab's directory, and its ``text`` with all templates filled in.

    ``context`` is a directory, ``name`` a plain path, both below the lab's; ``arguments`` are build arguments.
    """

    name: str
    text: str
    context: str = "."
    target: str = ""
    arguments: dict[str, str] = {}


class CommandBuild(Struct, frozen=True, tag="command"):
    """A build by any program, started in the lab's directory; ``image`` is the reference of what it makes.

    In both, ``{tag}`` stands for the variant's name in the engine, ``{out}`` for a fresh directory of its own, and
    ``{from}`` for the reference of the variant that it is built on.
    """

    command: tuple[str, ...]
    image: str = "docker-daemon:{tag}"


class ReferenceBuild(Struct, frozen=True, tag="reference"):
    """An image that is there already."""

    reference: str


Build = DockerfileBuild | CommandBuild | ReferenceBuild


class Expectation(Struct, frozen=True):
    """What a variant is there to show: it works ("ok"), cannot be built, or fails when run, of a ``cause`` if given."""

    outcome: Literal["ok", "build-fails", "run-fails"]
    cause: Cause | None = None


class Variant(Struct, frozen=True):
    """One way of building the program. ``name`` is ``PROGRAM.BUILDER[.RUNNER]``, and stands whole in every answer.

    ``program``, ``builder`` and ``runner`` are its parts; the last two may be "". ``base`` is the variant that it is
    built on, "" for none. ``expected`` is None where nobody said: then it has to be built, and may fail.
    ``timeout`` are the seconds of a build.
    """

    name: str
    program: str
    builder: str
    runner: str
    build: Build
    base: str = ""
    expected: Expectation | None = None
    run: RunOptions = RunOptions()
    probes: tuple[Probe, ...] = ()
    timeout: float = 1800.0


class Lab(Struct, frozen=True):
    """All variants, each behind those that it is built on.

    ``name`` is the first part of what variants are tagged. ``baseline`` is the name of the variant that ratios are to,
    "" for the largest that works; ``baselines`` the same for one program. ``links`` are those over which pull times are
    asked, as ``shave size --link`` has them.
    """

    name: str
    variants: tuple[Variant, ...]
    baseline: str = ""
    baselines: dict[str, str] = {}
    links: tuple[str, ...] = ()


class BuildRecord(Struct, frozen=True):
    """What became of the build of a variant.

    ``inputs`` is the digest of all that went into it: while it is the same, nothing is built again. ``reference`` is
    where the image is, "" without one; ``digest`` its config's. ``log`` is a path, ``message`` the line of it that says
    why there is no image.
    """

    variant: str
    inputs: str
    outcome: Literal["built", "failed", "timeout", "skipped"]
    seconds: float
    reference: str = ""
    digest: str = ""
    log: str = ""
    message: str = ""


class RunRecord(Struct, frozen=True):
    """What became of the run of a variant, whose config had this ``digest``.

    ``start_seconds`` is the time until it ended or was ready, ``peak_memory_bytes`` the most that its processes had at
    once; both None where they are not known. ``predicted`` and ``observed`` are the causes of a failure, None where
    there is none: the first that doctor names, and what the run showed. ``message`` is one line. ``inputs`` is the
    digest of all that decided how it was run: while it is the same, nothing is run again.
    """

    variant: str
    digest: str
    verdict: Literal["works", "fails", "not run"]
    start_seconds: float | None = None
    peak_memory_bytes: int | None = None
    predicted: Cause | None = None
    observed: Cause | None = None
    message: str = ""
    shown: str = ""
    inputs: str = ""
