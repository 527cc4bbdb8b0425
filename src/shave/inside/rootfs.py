"""The container's root: an overlay of the image's tree and a bounded tmpfs, with its volumes and binds mounted.

Everything that resolves a path of the image does so in a child that is chrooted into it: the kernel itself then keeps
hostile symlinks inside.
"""

import contextlib
import marshal
import os
import stat
import tempfile
from collections.abc import Callable
from typing import Any

from . import kernel
from .failure import TaskError, explain
from .job import Bind, Container
from .process import Settled, settle

_ROOT = "rootfs"
_PAGE = 4096


def make(container: Container) -> Settled:
    """Mount the root at ``rootfs`` in a tmpfs at ``mnt`` of the working directory, and go there."""
    disk = container["disk_bytes"]
    kernel.mount("tmpfs", "mnt", "tmpfs", kernel.NODEV, f"mode=755,size={disk},nr_inodes={disk // _PAGE}")
    os.chdir("mnt")
    for name in ("work", _ROOT, "files"):
        os.mkdir(name)
    kernel.mount("overlay", _ROOT, "overlay", kernel.NODEV, _overlay_options())
    trees = [(bind, _source(number, bind)) for number, bind in enumerate(container["binds"])]
    settled: Settled = in_child(lambda: _furnish(container, trees))
    for _, descriptor in trees:
        os.close(descriptor)
    return settled


def in_child(function: Callable[[], Any]) -> Any:
    """The value of ``function`` as a child of ours computes it; its failures are raised here."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer: Any = (True, function())
        except (OSError, TaskError) as error:
            answer = (False, explain(error))
        with open(writer, "wb") as file:
            marshal.dump(answer, file)
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as file:
        text = file.read()
    os.waitpid(child, 0)
    good, value = marshal.loads(text) if text else (False, ("cannot", "a helper process was killed"))
    if not good:
        raise TaskError(*value)
    return value


def _overlay_options() -> str:
    """Overlay keeps its notes in ``user.overlay.*`` where it has no right to ``trusted.*``: overlayfs.rst, User xattr.

    A tmpfs has user attributes since Linux 6.6; before, the upper layer lies on the disk beside the tree.
    """
    upper, work, options = "upper", "work", ""
    os.mkdir(upper)
    if not in_first_user_namespace():
        options = ",userxattr"
        if not supports_attributes(upper):
            base = tempfile.mkdtemp(prefix="upper-", dir="..")
            upper, work = f"{base}/upper", f"{base}/work"
            os.mkdir(upper)
            os.mkdir(work)
    _copy_root(upper)
    return f"lowerdir=../tree,upperdir={upper},workdir={work}{options}"


def in_first_user_namespace() -> bool:
    """Only there are ``trusted.*`` attributes allowed; its inode is PROC_USER_INIT_INO, linux/proc_ns.h."""
    return os.readlink("/proc/self/ns/user") == "user:[4026531837]"


def supports_attributes(path: str) -> bool:
    """Whether ``user.*`` attributes can be set there."""
    try:
        os.setxattr(path, "user.overlay.opaque", b"n")
        os.removexattr(path, "user.overlay.opaque")
    except OSError:
        return False
    return True


def _copy_root(upper: str) -> None:
    """The root directory's metadata is the upper layer's own."""
    lower = os.stat("../tree")
    os.chown(upper, lower.st_uid, lower.st_gid)
    os.chmod(upper, stat.S_IMODE(lower.st_mode))
    os.utime(upper, ns=(lower.st_atime_ns, lower.st_mtime_ns))


def _source(number: int, bind: Bind) -> int:
    path = bind["source"]
    if bind["content"] is not None:
        path = f"files/{number}"
        with open(path, "wb") as file:
            file.write(bind["content"])
    descriptor = kernel.clone_mount(path)
    if bind["read_only"]:
        kernel.make_read_only(descriptor)
    return descriptor


def _furnish(container: Container, trees: list[tuple[Bind, int]]) -> Settled:
    os.chroot(_ROOT)
    os.chdir("/")
    for path in ("/proc", "/sys", "/dev", "/etc"):
        os.makedirs(path, exist_ok=True)
    if not os.path.lexists("/etc/mtab"):
        os.symlink("/proc/mounts", "/etc/mtab")
    for path in container["volumes"]:
        target = _directory(path)
        kernel.attach_mount(kernel.clone_mount(target), target)
    for bind, descriptor in trees:
        is_directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        kernel.attach_mount(descriptor, _directory(bind["target"]) if is_directory else _file(bind["target"]))
    _directory(container["process"]["workdir"])
    return settle(container["process"])


def _directory(path: str) -> str:
    """The real path of the directory, made if missing. Only sound in a chroot."""
    target = os.path.realpath(os.path.join("/", path))
    try:
        os.makedirs(target, exist_ok=True)
    except FileExistsError:
        raise TaskError("image", f"{path} is no directory in the image, so nothing can be mounted there") from None
    return target


def _file(path: str) -> str:
    target = os.path.realpath(os.path.join("/", path))
    _directory(os.path.dirname(target))
    with contextlib.suppress(FileExistsError):
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
    return target
