"""What inspect found of an image before, for whoever asks again: neither layers nor records are looked at.

It is kept under all that it depends on: the config, the blobs, the base, and the code itself as it lies on disk, so
that nothing that another shave found is ever taken for an answer of this one.
"""

import hashlib
from functools import cache
from pathlib import Path

from msgspec import MsgspecError, msgpack
from msgspec.structs import replace

import shave
from shave import layer_cache
from shave.catalog.explained import explain
from shave.events import Sink, silent
from shave.image import Image
from shave.verbs.inspect import inspect, next_step
from shave.verbs.inspected import Inspected

_KIND = "inspected"


def look(image: Image, given: Image | None = None, sink: Sink = silent) -> Inspected:
    """What ``inspect`` finds of an image, now or before. Raises what ``explain`` and ``inspect`` raise."""
    found = recall(image, given)
    if found is None:
        found = inspect(explain(image, sink), given, sink)
        remember(image, given, found)
    return found


def recall(image: Image, given: Image | None = None) -> Inspected | None:
    """What was found of the same image with the same base, under the reference of this one; None if nothing was."""
    data = layer_cache.recall(_key(image, given), _KIND)
    try:
        found = msgpack.decode(data, type=Inspected) if data else None
    except MsgspecError:
        return None
    return found and replace(found, reference=image.reference, next=next_step(image.reference, found.findings))


def remember(image: Image, given: Image | None, found: Inspected) -> None:
    """Keep what was found, unless a name of the image is not UTF-8."""
    try:
        data = msgpack.encode(found)
    except UnicodeEncodeError:
        return
    layer_cache.remember(_key(image, given), _KIND, data)


def _key(image: Image, given: Image | None) -> str:
    images = (image, given) if given else (image,)
    names = [each.reference for each in images[1:]]
    blobs = [layer.descriptor.digest for each in images for layer in each.layers]
    parts = (code(), *(each.config_digest for each in images), *names, *blobs, *image.manifest.annotations.values())
    return "sha256:" + hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


@cache
def code() -> str:
    """A digest of the package's files by name, size and time of change."""
    directory = Path(shave.__file__).parent
    paths = sorted(path for path in directory.rglob("*") if path.suffix in (".py", ".toml"))
    known = (f"{path} {status.st_size} {status.st_mtime_ns}" for path in paths for status in (path.stat(),))
    return hashlib.sha256("\n".join(known).encode("utf-8", "surrogateescape")).hexdigest()
