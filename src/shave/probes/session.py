"""One run of an image: start it, wait until it is ready, ask the probes, stop it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, time

from msgspec import Struct, structs

from shave.config import Settings
from shave.errors import CannotError, NotRunningError
from shave.oci import DEFAULT_PATH, Config
from shave.probe import HEALTHCHECK, START, Observation, Patience, Probe, RunOptions, Session, Timing
from shave.probes import ASK
from shave.probes.answer import written
from shave.probes.ready import always, exposed_ports, silence, wait_until_ready
from shave.probes.start import observe, observe_state
from shave.runners.protocol import Container, Mount, Prepared, Start
from shave.tracers.protocol import Trace

_PATIENCE = Patience()
_RETRY = 0.1
_KILL_TIMEOUT = 10.0
_NOT_STARTED = {("status", "126"), ("status", "127")}
_QUICK = 1.0


def start_of(config: Config, options: RunOptions) -> Start:
    """How a container starts by Docker's rules: the options over the image's config.

    ``command`` replaces CMD and keeps ENTRYPOINT; an ``entrypoint`` drops CMD. Raises NotRunningError if nothing is
    left to run.
    """
    run = config.run
    entrypoint = run.entrypoint if options.entrypoint is None else options.entrypoint
    cmd = run.cmd if options.entrypoint is None else ()
    arguments = (*(entrypoint or ()), *((cmd if options.command is None else options.command) or ()))
    if not arguments:
        raise NotRunningError("the image has no command to run", "give one with -- ARG... or --entrypoint")
    mounts = tuple(_mount(text) for text in options.mounts)
    targets = {mount.target.rstrip("/") for mount in mounts}
    return Start(
        arguments,
        _environment(run.env or (), options.env),
        user=run.user if options.user is None else options.user,
        workdir=run.working_dir or "/",
        volumes=tuple(sorted(path for path in run.volumes or () if path.rstrip("/") not in targets)),
        mounts=mounts,
        network=options.network,
        stop_signal=run.stop_signal or "SIGTERM",
    )


def _environment(image: Iterable[str], options: dict[str, str]) -> tuple[str, ...]:
    merged = dict(entry.partition("=")[::2] for entry in (f"PATH={DEFAULT_PATH}", *image)) | options
    return tuple(f"{name}={value}" for name, value in merged.items())


def _mount(text: str) -> Mount:
    """``SOURCE:TARGET[:ro|rw]``, checked when it was read (config)."""
    source, target, *mode = text.split(":")
    return Mount(Path(source), target, mode == ["ro"])


def run(
    prepared: Prepared,
    config: Config,
    settings: Settings,
    trace: Trace | None = None,
    after: Session | None = None,
    patience: Patience = _PATIENCE,
) -> Session:
    """Ask all probes of one image, each container from the image alone: first those of the service, then the commands.

    ``after`` is the first session of the original, with which this one keeps pace. Without it this is the original's
    first, which must run: raises NotRunningError, with the program's output, if it does not.
    """
    start = start_of(config, settings.run) if _needs_service(settings.probes) else None
    session = Session(())
    if start is not None:
        session = _serve(_Run(prepared, start, trace, patience), config, settings, after.timing if after else None)
    if after is None:
        _require_running(session)
    found = {observation.probe: observation for observation in session.observations}
    for probe in settings.probes:
        if probe.kind == "command":
            options = structs.replace(settings.run, command=probe.command)
            found[probe.name] = _command(_Run(prepared, start_of(config, options), trace, patience), probe)
    if after is None:
        _require_programs(found.values(), settings.probes)
    order = (START, *(probe.name for probe in settings.probes), HEALTHCHECK)
    return structs.replace(session, observations=tuple(found[name] for name in order if name in found))


class _Run(Struct, frozen=True):
    """What every start of a session shares."""

    prepared: Prepared
    start: Start
    trace: Trace | None
    patience: Patience

    @contextmanager
    def container(self, label: str) -> Iterator[Container]:
        """A container from the image alone, traced if the session is."""
        self.label(label)
        start = self.trace.attach(self.start) if self.trace else self.start
        with self.prepared.start(start) as container:
            yield container

    def label(self, probe: str) -> None:
        if self.trace:
            self.trace.label(probe)


def _needs_service(probes: tuple[Probe, ...]) -> bool:
    """Is the image started as it says itself? Not where all probes bring commands of their own."""
    return not probes or any(probe.kind != "command" for probe in probes)


def _command(run: _Run, probe: Probe) -> Observation:
    with run.container(probe.name) as container:
        return structs.replace(ASK["command"](container, probe), at=time())


def _serve(run: _Run, config: Config, settings: Settings, before: Timing | None) -> Session:
    """Start, wait, ask, stop."""
    ready = settings.run.ready
    with run.container(START) as container:
        quiet = run.trace.quiet_seconds if run.trace else always if before else silence(container)
        begun = monotonic()
        exposed = exposed_ports(config)
        timing = wait_until_ready(container, ready, exposed, quiet, before, run.patience)
        if settings.probes:
            asked = _ask_all(run, container, settings, timing, begun + ready.timeout)
            observed = observe_state(container, timing)
        else:
            asked = ()
            observed = observe(container, exposed, run.patience.observe)
            if container.wait(0) is not None and timing.until != "exit":
                timing = Timing("exit", monotonic() - begun)  # no service after all: later runs wait for its end
        asked += _healthchecked(run, container, config)
        status, output = container.wait(0), written(*container.logs())
        run.label(START)
        stubborn = _stop(container, run.start.stop_signal, 0 if before and before.stubborn else run.patience.stop)
    thin = not settings.probes and _is_thin(observed, timing)
    return Session((observed, *asked), thin, structs.replace(timing, stubborn=stubborn), status, output)


def _is_thin(observed: Observation, timing: Timing) -> bool:
    """No port, no output, and an end within a second: nothing was seen of what the image is for."""
    return timing.until == "exit" and timing.seconds <= _QUICK and not observed.shown


def _ask_all(
    run: _Run, container: Container, settings: Settings, timing: Timing, until: float
) -> tuple[Observation, ...]:
    probes = (probe for probe in settings.probes if probe.kind != "command")
    if timing.until in ("exit", "never"):
        return tuple(
            Observation(probe.name, probe.kind, failure="the program was not there to be asked") for probe in probes
        )
    observations = []
    for probe in probes:
        run.label(probe.name)
        observations.append(structs.replace(_asked(container, probe, until), at=time()))
    return tuple(observations)


def _healthchecked(run: _Run, container: Container, config: Config) -> tuple[Observation, ...]:
    """The image's own health check, asked as the engine will ask it: what it uses belongs to the image."""
    probe = healthcheck(config)
    if probe is None or container.wait(0) is not None:
        return ()
    run.label(probe.name)
    return (structs.replace(_asked(container, probe, 0), at=time()),)


def healthcheck(config: Config) -> Probe | None:
    """The image's health check as a probe; None if it has none."""
    check = config.run.healthcheck
    command = check.command(config.run.shell) if check else ()
    return Probe(HEALTHCHECK, exec=command) if command else None


def _asked(container: Container, probe: Probe, until: float) -> Observation:
    """The probe's answer; a refused connection is tried again ``until`` then (monotonic), for a port may come late."""
    while (status := container.wait(0)) is None:
        try:
            return ASK[probe.kind](container, probe)
        except CannotError:
            if container.wait(_RETRY) is None:  # else it ended between the question and the answer
                raise
        except ConnectionRefusedError:
            if monotonic() > until:
                return Observation(probe.name, probe.kind, failure="the connection is refused")
            container.wait(_RETRY)
        except TimeoutError:
            return Observation(probe.name, probe.kind, failure=f"no answer in {probe.timeout:g} s")
        except OSError as error:
            if container.wait(_RETRY) is None:
                return Observation(probe.name, probe.kind, failure=f"no answer: {error.strerror or error}")
    return Observation(probe.name, probe.kind, failure=f"the program ended with status {status}")


def _stop(container: Container, signal: str, seconds: float) -> bool:
    """Stop the program as its image says; True if it had to be killed."""
    if container.wait(0) is not None:
        return False
    try:
        container.signal(signal)
        if container.wait(seconds) is not None:
            return False
        container.signal("SIGKILL")
    except CannotError:
        if container.wait(_RETRY) is None:  # else it ended before the signal came
            raise
        return False
    return container.wait(_KILL_TIMEOUT) is not None


def _require_programs(observations: Iterable[Observation], probes: tuple[Probe, ...]) -> None:
    """Raise for a probe whose program the original cannot start: two images without it would agree about nothing."""
    asked = {probe.name: probe.exec or probe.command for probe in probes}
    for observation in observations:
        arguments = asked.get(observation.probe)
        if arguments and _NOT_STARTED.intersection(observation.fields):
            said = dict(observation.fields).get("stderr") or observation.shown
            raise NotRunningError(
                f"the probe {observation.probe!r} cannot start {arguments[0]!r} in the original: {said.strip()}",
                "give a program of the image, found by its PATH or with its whole path",
            )


def _require_running(session: Session) -> None:
    first = next((found for found in session.observations if found.probe == START), None)
    if first is not None and first.failure:
        output = f", and wrote:\n{first.shown}" if first.shown else " without output"
        raise NotRunningError(
            f"the original does not run: {first.failure}{output}",
            "give it arguments with -- ARG..., variables with --env NAME=value, or a [[probe]] with its own command",
        )
