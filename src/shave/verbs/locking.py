"""From a spec and its context to a lock of everything: Debian's packages, wheels, npm packages, other images."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from posixpath import dirname, join, normpath

from msgspec.structs import replace

from shave import lock_file, pip
from shave.architectures import PLATFORMS
from shave.context import read
from shave.events import Sink
from shave.lock import Lock
from shave.npm import package_lock
from shave.origins.copies import Sources, locked_images
from shave.spec import Spec
from shave.trust import CAREFUL, Trust
from shave.verbs.resolve import resolve

_INCLUDED = re.compile(rb"^[ \t]*(?:-r|-c|--requirement|--constraint)[ \t=]*([^\s#]+)", re.MULTILINE)


def digest(spec: Spec, context: Path) -> str:
    """What a lock of this spec is known by, with what the files of the context say that it names for that."""
    return lock_file.digest(spec, *_contents(spec, context))


def locked(spec: Spec, context: Path, sink: Sink, trust: Trust = CAREFUL) -> Lock:
    """The lock as it is today. Raises UsageError for what the spec cannot mean, CannotError for what there is not."""
    lock = resolve(spec, digest(spec, context), sink)
    if spec.python:
        target = pip.target_of(lock.packages, lock.architecture)
        lock = replace(lock, wheels=pip.wheels(spec.python, context, target, sink))
    if spec.node:
        lock = replace(lock, modules=package_lock.modules(spec.node, context, lock.architecture))
    sources = Sources(context, PLATFORMS[lock.architecture], trust)
    return replace(lock, images=tuple(locked_images(spec, sources, sink)))


def _contents(spec: Spec, context: Path) -> Iterator[bytes]:
    yield from _requirements(spec.python.requirements if spec.python else (), context)
    if spec.node:
        yield read(context, spec.node.lock)


def _requirements(names: Iterable[str], context: Path) -> Iterator[bytes]:
    """Files of requirements and those that they include. Source: pip's documentation, "Requirements File Format"."""
    todo, seen = [*names][::-1], set[str]()
    while todo:
        name = normpath(todo.pop())
        if name not in seen:
            seen.add(name)
            yield (text := read(context, name))
            included = (each.decode("utf-8", "surrogateescape") for each in _INCLUDED.findall(text))
            todo.extend(join(dirname(name), each) for each in included if "://" not in each)
