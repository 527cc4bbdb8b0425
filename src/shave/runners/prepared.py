"""An image made ready, and its starts: what our own runner and the OCI runtimes share."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from shave import cgroup, proc, seccomp, workspace
from shave.events import Sink, stage
from shave.inside import job as inside_job
from shave.runners.container import Container, listening_ports
from shave.runners.defaults import HOSTNAME, MASKED, READ_ONLY, supplied_files
from shave.runners.protocol import Mount, Start
from shave.runners.support import capabilities, machine, require_plain
from shave.store import Unpacked
from shave.tree import Node

_SPARE_BYTES = 16 << 20
Bundle = Callable[[Start], dict[str, Any]]


class Runtime(Struct, frozen=True):
    """An OCI runtime: its command line, and the configuration it is given for a start."""

    command: tuple[str, ...]
    bundle: Bundle


class Prepared(Struct, frozen=True):
    """An image whose tree lies at ``directory``/tree, as the job with the watch ``holder`` sees it.

    ``runtime`` None: we start it ourselves.
    """

    directory: Path
    holder: int
    runtime: Runtime | None = None

    @contextmanager
    def start(self, start: Start) -> Iterator[Container]:
        """A container from the image alone; all of it is gone at the end of the context."""
        require_plain((*start.arguments, *start.environment, *start.volumes, start.user, start.workdir))
        limits = cgroup.default_limits()
        groups = cgroup.make(limits)
        # Asked before the start: a quick server listens by the time we hear that it has begun.
        before = listening_ports(os.getpid()) if start.network == "host" else set[int]()
        job = self._job(start, limits, bounded=bool(groups))
        try:
            with proc.started(job, lambda pid: cgroup.add(groups, pid)) as inside:
                yield Container(inside, *_begin(inside), before)
        finally:
            cgroup.remove(groups)

    def _job(self, start: Start, limits: cgroup.Limits, bounded: bool) -> inside_job.Job:
        return inside_job.Job(
            task="run",
            directory=str(self.directory),
            user_namespace=proc.user_namespace(),
            network="host" if start.network == "host" else "none",
            joins=self.holder,
            container=inside_job.Container(
                process=_process(start),
                hostname=HOSTNAME,
                volumes=list(start.volumes),
                binds=_binds(start),
                masked=list(MASKED),
                read_only=list(READ_ONLY),
                disk_bytes=limits.disk_bytes,
                processes=0 if bounded else limits.processes,
                runtime=list(self.runtime.command) if self.runtime else [],
                bundle=json.dumps(self.runtime.bundle(start)) if self.runtime else "",
            ),
        )


def _begin(inside: proc.Inside) -> tuple[tuple[int, int], float]:
    """Say go; the ends of the pipes to read stdout and stderr from once the container has begun, and when it did."""
    (out, out_writer), (errors, errors_writer) = os.pipe(), os.pipe()
    try:
        inside.send({"kind": "start"}, (out_writer, errors_writer))
        started = inside.receive()
        if not started:
            raise proc.died()
    except BaseException:
        for reader in (out, errors):
            os.close(reader)
        raise
    finally:
        for writer in (out_writer, errors_writer):
            os.close(writer)
    return (out, errors), started["begun"]


def _process(start: Start) -> inside_job.Process:
    environment = list(start.environment)
    if not any(word.startswith("HOSTNAME=") for word in environment):
        environment.append(f"HOSTNAME={HOSTNAME}")
    return inside_job.Process(
        arguments=list(start.arguments),
        environment=environment,
        user=start.user,
        workdir=start.workdir or "/",
        capabilities=list(capabilities().values()),
        filter=seccomp.filter_program(start.listener is not None, machine()),
        listener=str(start.listener or ""),
    )


def _binds(start: Start) -> list[inside_job.Bind]:
    files = [
        inside_job.Bind(source="", content=content, target=path, read_only=False)
        for path, content in supplied_files(start.network).items()
    ]
    return files + [_bind(mount) for mount in start.mounts]


def _bind(mount: Mount) -> inside_job.Bind:
    source = str(mount.source.absolute())
    return inside_job.Bind(source=source, content=None, target=mount.target, read_only=mount.read_only)


@contextmanager
def prepare(unpacked: Unpacked, directory: Path, sink: Sink, runtime: Runtime | None = None) -> Iterator[Prepared]:
    """Unpack the merged tree, by processes that hold the identities the files are for.

    In memory where a quarter of what is free suffices: on a disk making a file takes up to a millisecond.
    """
    directory.mkdir(exist_ok=True)
    (directory / "mnt").mkdir()
    entries = [_entry(node, unpacked) for node in unpacked.tree]
    job = inside_job.Job(
        task="unpack",
        directory=str(directory),
        user_namespace=proc.user_namespace(),
        network="host",
        joins=0,
        memory_bytes=_memory_bytes(unpacked),
        tars=[str(layer.path) for layer in unpacked.layers],
        entries=entries,
    )
    try:
        with proc.started(job) as inside:
            with stage(sink, "extract", len(entries)) as advance:
                if not inside.receive():
                    raise proc.died()
                advance(len(entries))
            yield Prepared(directory, inside.pid, runtime)
    finally:
        workspace.remove(directory)


def _memory_bytes(unpacked: Unpacked) -> int:
    """What the tree takes in a tmpfs (whole pages), or 0 if that is too much for this machine now."""
    page = os.sysconf("SC_PAGE_SIZE")
    files = sum(-(-node.entry.size // page) * page for node in unpacked.tree if node.entry.kind == "file")
    wanted = files + len(unpacked.tree) * page + _SPARE_BYTES
    return wanted if wanted <= cgroup.free_bytes() // 4 else 0


def _entry(node: Node, unpacked: Unpacked) -> inside_job.Entry:
    """The first name of an inode in the tree is the file, all others link to it."""
    entry = node.entry
    first = unpacked.tree.inodes.get(node.inode, (entry.path,))[0]
    start = unpacked.layers[node.layer].start if entry.kind == "file" else 0
    # the inodes of devices are never made, so there is nothing to link to
    linked = entry.kind not in ("directory", "character", "block") and first != entry.path
    return (
        entry.path,
        "hardlink" if linked else entry.kind,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.mtime,
        entry.size,
        first if linked else entry.link,
        node.layer,
        start + entry.offset,
        entry.sparse,
        entry.xattrs,
    )
