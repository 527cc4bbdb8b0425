"""Plans of past results, kept so that ``shave why`` can answer for an image by its digest."""

import os
from pathlib import Path

from shave.documents import document, parse
from shave.plan import Plan

_KEPT = 200


def folder() -> Path:
    """``$XDG_STATE_HOME/shave/plans``."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "shave" / "plans"


def remember(plan: Plan, *config_digests: str) -> None:
    """Save the plan for each image it speaks of; the 200 newest are kept. A home that cannot be written loses
    nothing.
    """
    data = document("plan", plan)
    try:
        folder().mkdir(parents=True, exist_ok=True)
        for digest in config_digests:
            beside = folder() / f".{digest.partition(':')[2]}.{os.getpid()}"
            beside.write_bytes(data)
            beside.rename(_file(digest))
        for old in sorted(folder().glob("*.json"), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, RuntimeError):  # the latter: no home at all
        return


def recall(config_digest: str) -> Plan | None:
    """The plan that made this image, or the last one made of it; None if there is none."""
    try:
        return read(_file(config_digest))
    except (OSError, RuntimeError, ValueError):
        return None


def read(path: Path) -> Plan:
    """The plan in a ``plan.json``. Raises OSError, or ValueError if it is something else."""
    plan: Plan = parse(path.read_bytes(), "plan", Plan)
    return plan


def _file(digest: str) -> Path:
    return folder() / f"{digest.partition(':')[2]}.json"
