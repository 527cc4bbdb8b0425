"""Whether this machine and this user can run an image at all, whichever runner starts it."""

import sys
from collections.abc import Iterable

from shave import proc
from shave.errors import BadImageError, CannotError
from shave.machine import host
from shave.oci import Config
from shave.runners.defaults import CAPABILITIES

_SHOWN = 100
RUNS_ON = {"amd64": ("amd64", "386"), "arm64": ("arm64",)}
"""The images that a machine runs, both in Go's words."""


def machine() -> str:
    """This machine's architecture in Go's words."""
    return host().architecture


def machine_refusal(config: Config) -> str | None:
    """One sentence on why no container of the image can be started here by this user; None if one can."""
    if not sys.platform.startswith("linux"):
        return "containers are started by Linux only"
    if config.os and config.os != "linux":
        return f"the image is for {config.os}, not for Linux"
    if config.architecture and config.architecture not in RUNS_ON.get(machine(), ()):
        return f"the image is for {config.architecture}, and this machine is {machine()}"
    return _user_refusal(config)


def capabilities() -> dict[str, int]:
    """Docker's; without CAP_MKNOD where no user namespace keeps device nodes from opening the host's disks."""
    return {name: n for name, n in CAPABILITIES.items() if name != "CAP_MKNOD" or proc.user_namespace()}


def require_plain(words: Iterable[str]) -> None:
    """Raise BadImageError for a word with a NUL, which JSON can say and no system call can be told."""
    for word in words:
        if "\0" in word:
            raise BadImageError(f"{word[:_SHOWN]!r} has a NUL in it, so that no program can be started with it")


def _user_refusal(config: Config) -> str | None:
    user = config.run.user.partition(":")[0]
    if proc.identity().kind == "single" and user not in ("", "0", "root"):
        return f"the image runs as user {user}, and only root can be mapped here: install uidmap (newuidmap, subuid(5))"
    try:
        proc.user_namespace()
    except CannotError as error:
        return f"namespaces are refused here: {error}"
    return None
