"""The shave outside: a container of the engine that does one job, fed and emptied by the archive API.

Nothing is bind-mounted, so that the engine may be anywhere. The container ends with its standard input, which is ours:
it goes away with us even when we are killed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, structs

from shave.config import Settings
from shave.containers import STDOUT, Attached, EngineContainer, connected, created
from shave.documents import document, parse
from shave.engine import Engine, refused
from shave.errors import CannotError
from shave.events import Sink, stage
from shave.helper import crate, mounts
from shave.helper.image import helper_image
from shave.helper.words import HOME, Job, hear
from shave.image import Image
from shave.probe import Verdict
from shave.sources.archive import Archive, Member, write_tar
from shave.sources.blobs import Advance
from shave.sources.members import read_document
from shave.sources.replacing import writing
from shave.verbs.reuse import require_platform
from shave.verbs.slim import Slimmed, Wanted
from shave.verbs.trace import Traced

_STDERR_BYTES = 1 << 16
_PROCESSES = 16384
_DOCUMENT_BYTES = 1 << 30
_SECURITY = {"apparmor": "apparmor=unconfined", "selinux": "label=disable"}


class _Task(Struct, frozen=True):
    """What is asked of which images. ``directory`` is private and must outlive the results."""

    name: Literal["slim", "trace", "verify"]
    settings: Settings
    images: tuple[Image, ...]
    tracer: str
    directory: Path
    sink: Sink
    wanted: Wanted = Wanted()


def slim(
    image: Image,
    settings: Settings,
    tracer: str,
    wanted: Wanted,
    directory: Path,
    sink: Sink,
    previous: Image | None = None,
) -> Slimmed:
    """As ``verbs.slim.slim``, in the helper, where the tracer called ``tracer`` is chosen."""
    if previous:
        require_platform(image, previous)  # before either travels
    images = (image, previous) if previous else (image,)
    out = _done(_Task("slim", settings, images, tracer, directory, sink, wanted))
    slimmed: Slimmed = _read(out, "slimmed", Slimmed)
    if slimmed.outcome == "unchanged":
        return structs.replace(slimmed, image=image)
    result = crate.read(out, "out/result") if slimmed.outcome == "slimmed" else None
    return structs.replace(slimmed, image=result)


def trace(image: Image, settings: Settings, tracer: str, directory: Path, sink: Sink) -> Traced:
    """As ``verbs.trace.trace``, in the helper."""
    traced: Traced = _read(_done(_Task("trace", settings, (image,), tracer, directory, sink)), "traced", Traced)
    return traced


def verify(original: Image, other: Image, settings: Settings, tracer: str, directory: Path, sink: Sink) -> Verdict:
    """As ``verbs.verify.verify``, in the helper."""
    out = _done(_Task("verify", settings, (original, other), tracer, directory, sink))
    verdict: Verdict = _read(out, "verdict", Verdict)
    return verdict


def _done(task: _Task) -> Archive:
    """Do it; what the helper left in ``out``."""
    scripts = [probe.name for probe in task.settings.probes if probe.kind == "script"]
    if scripts:
        raise CannotError(
            f"the probe {scripts[0]!r} is a script of this machine, which the helper is not",
            "leave it out with --probe, or use a machine where Linux namespaces are allowed",
        )
    with connected() as engine, _container(engine, task) as container:
        attached = container.attach(stdin=True)
        try:
            with stage(task.sink, "copy to helper", sum(map(_packed_bytes, task.images))) as advance:
                container.put("/", write_tar(_members(task, advance)))
                mounts.copy(task.settings.run.mounts, container, task.directory)
            container.start()
            _follow(attached, task.sink)
            with stage(task.sink, "copy from helper") as advance:
                return _fetched(container, task.directory / "helper-out.tar", advance)
        finally:
            attached.close()


@contextmanager
def _container(engine: Engine, task: _Task) -> Iterator[EngineContainer]:
    """The helper, made and not started. AutoRemove is for the case that nobody is left to remove it."""
    body = {
        "Image": helper_image(engine, task.directory, task.sink),
        "Env": [f"HOME={HOME}", f"TMPDIR={HOME}", f"XDG_CACHE_HOME={HOME}/cache", "PYTHONUTF8=1"],
        "Volumes": {HOME: {}},
        "OpenStdin": True,
        "StdinOnce": True,
        "HostConfig": _rights(engine, task.settings.run.network),
    }
    with created(engine, body) as container:
        yield container


def _rights(engine: Engine, network: str) -> dict[str, Any]:
    """What making containers inside a container takes, and no more.

    The kernel refuses a new procfs in a user namespace as long as parts of the old one are masked; whoever has
    CAP_SYS_ADMIN could unmask them himself. shave masks them again for the image's own processes.
    """
    with refused(engine.address):
        features = engine.client.api.info().get("SecurityOptions") or ()
    named = [option for name, option in _SECURITY.items() if any(f"name={name}" in feature for feature in features)]
    return {
        "AutoRemove": True,
        "CapAdd": ["SYS_ADMIN"],
        "SecurityOpt": ["seccomp=unconfined", *named],
        "MaskedPaths": [],
        "ReadonlyPaths": [],
        "NetworkMode": network,
        "PidsLimit": _PROCESSES,
        "LogConfig": {"Type": "none"},
    }


def _members(task: _Task, advance: Advance) -> Iterator[Member]:
    run = structs.replace(task.settings.run, mounts=mounts.renamed(task.settings.run.mounts))
    job = document("helper-job", Job(task.name, run, task.settings.probes, task.tracer, task.wanted, len(task.images)))
    yield f"{HOME[1:]}/in/job.json", len(job), [job]
    for number, image in enumerate(task.images):
        yield from crate.members(image, f"{HOME[1:]}/in/{number}", advance)


def _packed_bytes(image: Image) -> int:
    return sum(layer.descriptor.size for layer in image.layers)


def _follow(attached: Attached, sink: Sink) -> None:
    """Pass the helper's events on until it is done. Raises what it raised; RuntimeError if it broke."""
    line, errors = b"", b""
    for number, data in attached.frames():
        if number != STDOUT:
            errors = (errors + data)[-_STDERR_BYTES:]
            continue
        *lines, line = (line + data).split(b"\n")
        for complete in lines:
            event = hear(complete)
            if event is None:
                return
            sink(event)
    if errors:
        raise RuntimeError(f"the helper broke: {errors.decode(errors='replace')}")
    raise CannotError("the helper's container was killed", "memory may have run out on the engine's machine")


def _fetched(container: EngineContainer, path: Path, advance: Advance) -> Archive:
    with writing("what the helper made"), path.open("wb") as file:
        for chunk in container.get(f"{HOME}/out"):
            advance(len(chunk))
            file.write(chunk)
    return Archive(path)


def _read(out: Archive, name: str, kind: type[Any]) -> Any:
    return parse(read_document(out, f"out/{name}.json", _DOCUMENT_BYTES, name), f"helper-{name}", kind)
