"""The image's merged tree as real files, for a container to stand on.

Works chrooted into the fresh directory: even a wrong tree cannot lead out of it. Parents are directories made here, so
no symlink is ever followed. Device nodes are not made; owners that are not mapped here become root.
"""

import errno
import marshal
import os
import signal
import socket

from . import kernel, removal
from .failure import TaskError, explain
from .job import Entry, Job

_IGNORED = {errno.EPERM, errno.ENOTSUP, errno.EINVAL, errno.EACCES}


def unpack(job: Job, control: socket.socket) -> None:
    """Make ``job["entries"]`` below ``job["directory"]``/tree, regular files by two processes; then wait for the end.

    Where the tree lies in memory it lives in this mount namespace only, so the containers join it.
    """
    tars = [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in job["tars"]]
    os.chdir(job["directory"])
    os.mkdir("tree", 0o755)
    if job["memory_bytes"]:
        kernel.mount("tmpfs", "tree", "tmpfs", kernel.NODEV, f"size={job['memory_bytes']},nr_inodes=0")
    os.chroot("tree")
    os.chdir("/")
    os.umask(0)
    entries = job["entries"]
    directories = _make_directories(entries)
    _make_files([entry for entry in entries if entry[1] == "file"], tars)
    for entry in entries:
        _make_other(entry)
    for entry in reversed(directories):
        _describe(entry, entry[0] or ".")
    control.send(marshal.dumps({"done": True}))
    control.recv(1)


def remove(job: Job, control: socket.socket) -> None:
    """Remove whole trees, whoever of the mapped users owns what is in them."""
    for path in job["paths"]:
        removal.remove(path)
    control.send(marshal.dumps({"done": True}))


def _make_directories(entries: list[Entry]) -> list[Entry]:
    made: list[Entry] = []
    known = {""}
    for entry in entries:
        path = entry[0]
        if path and path.rpartition("/")[0] not in known:
            raise TaskError("image", f"the parent of {path!r} is not a directory")
        if entry[1] == "directory":
            if path:
                os.mkdir(path, 0o700)
            known.add(path)
            made.append(entry)
    return made


def _make_files(files: list[Entry], tars: list[int]) -> None:
    """Half of the weight by a second process; a file weighs its bytes and what making it costs."""
    weight, half = 0, sum(entry[6] + 65536 for entry in files) // 2
    cut = len(files)
    for number, entry in enumerate(files):
        weight += entry[6] + 65536
        if weight > half:
            cut = number
            break
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(0)
        os.write(writer, marshal.dumps(_attempt(files[:cut], tars)))
        os._exit(0)
    os.close(writer)
    failed = _attempt(files[cut:], tars)
    with open(reader, "rb") as file:
        told = file.read()
    os.waitpid(child, 0)
    failed = failed or (marshal.loads(told) if told else ("cannot", "a helper process was killed"))
    if failed:
        raise TaskError(*failed)


def _attempt(files: list[Entry], tars: list[int]) -> tuple[str, str] | None:
    """What is wrong with the first file that cannot be made, as ``explain`` says it."""
    for entry in files:
        try:
            _make_file(entry, tars)
        except OSError as error:
            if entry[10] is not None and error.errno in (errno.EFBIG, errno.EINVAL):
                return "image", f"the sparse file {entry[0]!r} of {entry[6]} bytes is too large for this machine"
            error.filename = f"unpacking {entry[0]!r}"
            return explain(error)
    return None


def _make_file(entry: Entry, tars: list[int]) -> None:
    path, _, mode, uid, gid, mtime, size, _, tar, offset, sparse, xattrs = entry
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        for start, length in ((0, size),) if sparse is None else sparse:
            if sparse is not None:
                os.lseek(target, start, os.SEEK_SET)
            _copy(tars[tar], target, offset, length)
            offset += length
        if sparse is not None:
            os.ftruncate(target, size)
        if uid or gid:
            _own(target, uid, gid)
        os.fchmod(target, mode)
        for name, value in xattrs:
            _set_xattr(target, name, value)
        os.utime(target, ns=(mtime, mtime))
    finally:
        os.close(target)


def _copy(source: int, target: int, offset: int, length: int) -> None:
    while length:
        moved = os.sendfile(target, source, offset, length)
        if not moved:
            raise OSError(errno.EIO, "the layer ends early")
        offset, length = offset + moved, length - moved


def _make_other(entry: Entry) -> None:
    path, kind, link = entry[0], entry[1], entry[7]
    if kind == "hardlink":
        os.link(link, path, follow_symlinks=False)
        return
    if kind == "symlink":
        os.symlink(link, path)
    elif kind == "fifo":
        os.mkfifo(path, 0o600)
    else:
        return
    _describe(entry, path)


def _describe(entry: Entry, path: str) -> None:
    _, kind, mode, uid, gid, mtime = entry[:6]
    if uid or gid:
        _own(path, uid, gid)
    if kind != "symlink":
        os.chmod(path, mode)
        for name, value in entry[11]:
            _set_xattr(path, name, value)
    os.utime(path, ns=(mtime, mtime), follow_symlinks=False)


def _own(target: int | str, uid: int, gid: int) -> None:
    try:
        if isinstance(target, int):
            os.chown(target, uid, gid)
        else:
            os.chown(target, uid, gid, follow_symlinks=False)
    except OSError as error:
        if error.errno != errno.EINVAL:  # an owner that has no mapping here
            raise


def _set_xattr(target: int | str, name: str, value: bytes) -> None:
    if name.startswith(("user.overlay.", "trusted.")):
        return  # would speak to the overlay that the tree becomes the lower layer of
    try:
        os.setxattr(target, name, value)
    except OSError as error:
        if error.errno not in _IGNORED:
            raise
