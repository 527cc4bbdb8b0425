"""Ways of running a container here. Where there is none, ``shave.helper`` does the work elsewhere."""

from shave.errors import CannotError, UsageError
from shave.oci import Config
from shave.runners.docker import Docker
from shave.runners.namespaces import Namespaces
from shave.runners.protocol import Runner
from shave.runners.runtime import OciRuntime
from shave.runners.support import RUNS_ON, machine

AUTOMATIC: tuple[Runner, ...] = (
    OciRuntime("crun", ("--cgroup-manager=disabled",)),
    OciRuntime("runc", ("--rootless=true",)),
    Namespaces(),
)
"""Those that ``auto`` tries, in this order."""

RUNNERS: tuple[Runner, ...] = (*AUTOMATIC, Docker())

_HINT = "ordinary users need the package uidmap and a range in /etc/subuid, or an engine for --runner helper"

_FOREIGN = "choose another of its platforms with --platform, or run shave on a machine of that kind"


def choose(name: str, config: Config) -> Runner:
    """The runner called ``name``, or with "auto" the first that can run the image.

    Raises UsageError for a name there is none of, CannotError with every refusal if none can.
    """
    refusals: dict[str, None] = {}
    for runner in require(name):
        refusal = runner.refusal(config)
        if refusal is None:
            return runner
        refusals[refusal] = None
    raise CannotError("; ".join(refusals), _HINT if runs_here(config) else _FOREIGN)


def require(name: str) -> tuple[Runner, ...]:
    """Those that ``name`` means, best first. Raises UsageError for a name there is none of."""
    candidates = AUTOMATIC if name == "auto" else tuple(runner for runner in RUNNERS if name == runner.name)
    if not candidates:
        names = ", ".join(runner.name for runner in RUNNERS)
        raise UsageError(f"there is no runner {name!r}", f"choose one of auto, {names}, helper")
    return candidates


def runs_here(config: Config) -> bool:
    """Whether programs of the image's architecture run on this machine."""
    return config.architecture in ("", *RUNS_ON.get(machine(), ()))
