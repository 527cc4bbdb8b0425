"""Whether this machine and this user can run an image at all, whichever runner starts it."""

import sys

from shave import proc
from shave.errors import CannotError
from shave.machine import host
from shave.oci import Config

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


def _user_refusal(config: Config) -> str | None:
    user = config.run.user.partition(":")[0]
    if proc.identity().kind == "single" and user not in ("", "0", "root"):
        return f"the image runs as user {user}, and only root can be mapped here: install uidmap (newuidmap, subuid(5))"
    try:
        proc.user_namespace()
    except CannotError as error:
        return f"namespaces are refused here: {error}"
    return None
