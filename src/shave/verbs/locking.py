"""From a spec and its context to a lock of everything: Debian's packages, wheels, npm packages."""

from pathlib import Path

from shave import lock_file
from shave.events import Sink
from shave.lock import Lock
from shave.spec import Spec
from shave.verbs.resolve import resolve


def digest(spec: Spec, context: Path) -> str:
    """What a lock of this spec and context is known by."""
    return lock_file.digest(spec)


def locked(spec: Spec, context: Path, sink: Sink) -> Lock:
    """The lock as it is today. Raises UsageError for what the spec cannot mean, CannotError for what there is not."""
    return resolve(spec, digest(spec, context), sink)
