"""Plans of past results, kept so that ``shave why`` can answer for an image by its digest."""

from contextlib import suppress
from pathlib import Path

from shave import cache
from shave.cache import PLANS
from shave.documents import document, parse
from shave.errors import BadImageError
from shave.plan import Plan


def remember(plan: Plan, *config_digests: str) -> None:
    """Save the plan for each image it speaks of. A home that cannot be written loses nothing."""
    data = document("plan", plan)
    with suppress(OSError):
        for digest in config_digests:
            cache.put(PLANS, _file(digest), data)


def recall(config_digest: str) -> Plan | None:
    """The plan that made this image, or the last one made of it; None if there is none."""
    try:
        path = _file(config_digest)
        plan = read(path)
    except (OSError, ValueError, BadImageError):
        return None
    cache.touch(path)
    return plan


def read(path: Path) -> Plan:
    """The plan in a ``plan.json``. Raises OSError, or ValueError if it is something else."""
    plan: Plan = parse(path.read_bytes(), "plan", Plan)
    return plan


def _file(digest: str) -> Path:
    return cache.place(PLANS, digest).with_suffix(".json")
