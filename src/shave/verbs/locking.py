"""From a spec and its context to a lock of everything: Debian's packages, wheels, npm packages."""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from shave import lock_file, npm, pip
from shave.context import read
from shave.events import Sink
from shave.lock import Lock
from shave.spec import Spec
from shave.verbs.resolve import resolve


def digest(spec: Spec, context: Path) -> str:
    """What a lock of this spec is known by, with what the files of the context say that it names for that."""
    return lock_file.digest(spec, *_contents(spec, context))


def locked(spec: Spec, context: Path, sink: Sink) -> Lock:
    """The lock as it is today. Raises UsageError for what the spec cannot mean, CannotError for what there is not."""
    lock = resolve(spec, digest(spec, context), sink)
    if spec.python:
        target = pip.target_of(lock.packages, lock.architecture)
        lock = replace(lock, wheels=pip.wheels(spec.python, context, target, sink))
    if spec.node:
        lock = replace(lock, modules=npm.modules(spec.node, context, lock.architecture))
    return lock


def _contents(spec: Spec, context: Path) -> Iterator[bytes]:
    for name in spec.python.requirements if spec.python else ():
        yield read(context, name)
    if spec.node:
        yield read(context, spec.node.lock)
