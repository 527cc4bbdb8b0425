"""What shave asks of the program inside: plain values, marshalled by one Python for the same Python."""

from typing import Literal, TypedDict

Entry = tuple[
    str, str, int, int, int, int, int, str, int, int, tuple[tuple[int, int], ...] | None, tuple[tuple[str, bytes], ...]
]
"""path, kind, mode, uid, gid, mtime in ns, size, link, tar number, offset in it, sparse segments, xattrs."""


class Bind(TypedDict):
    """A host path (or, where ``content`` is given, a file with that content) seen at ``target``."""

    source: str
    content: bytes | None
    target: str
    read_only: bool


class Process(TypedDict):
    """A program of the container. ``filter`` is a seccomp program, ``listener`` the tracer's Unix socket or empty."""

    arguments: list[str]
    environment: list[str]
    user: str
    workdir: str
    capabilities: list[int]
    filter: bytes
    listener: str


class Container(TypedDict):
    """One start. ``bundle`` is an OCI configuration to complete, for the command ``runtime``; empty: by ourselves."""

    process: Process
    hostname: str
    volumes: list[str]
    binds: list[Bind]
    masked: list[str]
    read_only: list[str]
    disk_bytes: int
    processes: int
    runtime: list[str]
    bundle: str


class Job(TypedDict, total=False):
    """One task, done below ``directory``, in a user namespace or not, with a network of its own or the host's.

    ``joins`` is the pid of another job's watch whose user and mount namespaces are taken over, 0 to make new ones.
    ``memory_bytes`` is the size of a tmpfs that an unpacked tree is put in, 0 to put it on the disk.
    """

    task: Literal["trial", "unpack", "remove", "run"]
    directory: str
    user_namespace: bool
    network: Literal["none", "host"]
    joins: int
    memory_bytes: int
    tars: list[str]
    entries: list[Entry]
    paths: list[str]
    container: Container
