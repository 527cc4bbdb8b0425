"""``containerd:NAMESPACE/REF``: an image in the content store of a containerd, by way of its own command, ctr.

Blobs are read from the store as they are asked for: nothing is spooled, and of an image pulled for one platform the
others need not be there. Source: ctr(8), github.com/containerd/containerd, docs/content-flow.md.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from shave import program
from shave.errors import BadImageError, CannotError, UsageError
from shave.events import Sink
from shave.image import Image, ImageIndex, Layer
from shave.oci import Descriptor, Platform, blob_path
from shave.reference import Reference, Transport, full_name
from shave.sources.layout import image_at, images_at, leaf_for
from shave.sources.members import MANIFEST_BYTES, matching
from shave.trust import Trust

_HINT = "ctr is in Debian's package containerd; mostly root alone may use it"


class Containerd:
    """The images of one namespace each: ``moby`` is Docker's, ``k8s.io`` Kubernetes', ``default`` that of nerdctl."""

    transport: Transport = "containerd"

    @contextmanager
    def open(self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink) -> Iterator[Image]:
        """See ``protocol.Source``."""
        store, target = _found(reference)
        yield image_at(store, leaf_for(store, [target], platform, str(reference)), str(reference))

    @contextmanager
    def open_all(self, reference: Reference, trust: Trust, sink: Sink) -> Iterator[ImageIndex]:
        """See ``protocol.Indexed``. Fails where only some of the platforms were pulled."""
        store, target = _found(reference)
        yield images_at(store, [target], str(reference))

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Source``: always refused."""
        raise _read_only(reference)

    def write_all(self, images: ImageIndex, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Indexed``: always refused."""
        raise _read_only(reference)


class Content(Struct, frozen=True):
    """The blobs that a namespace of the content store has; see ``layout.Images``."""

    namespace: str

    def command(self, *arguments: str) -> tuple[str, ...]:
        """The words that ask containerd for something."""
        return ("ctr", "--address", _address(), "--namespace", self.namespace, *arguments)

    def answer(self, *arguments: str) -> str:
        """What ctr prints."""
        return program.answer(self.command(*arguments), _HINT)

    def document(self, descriptor: Descriptor, limit: int, what: str) -> bytes:
        """See ``layout.Images``."""
        return matching(self.read(descriptor.digest, limit, what), descriptor, what)

    def read(self, digest: str, limit: int, what: str) -> bytes:
        """A whole blob of at most ``limit`` bytes, not verified."""
        blob_path(digest)
        with program.output(self.command("content", "get", digest), _HINT) as blob:
            data = blob.read(limit + 1)
        if len(data) > limit:
            raise BadImageError(f"{what} {digest} has more than the {limit} bytes that are allowed")
        return data

    def layer(self, descriptor: Descriptor, diff_id: str, what: str) -> Layer:
        """See ``layout.Images``. Whether it is there shows when it is read."""
        blob_path(descriptor.digest)
        return Layer(
            descriptor, diff_id, partial(program.output, self.command("content", "get", descriptor.digest), _HINT)
        )


def _address() -> str:
    """The socket. Raises CannotError if there is none: ctr itself would wait for it."""
    address = os.environ.get("CONTAINERD_ADDRESS", "/run/containerd/containerd.sock")
    if not Path(address.removeprefix("unix://")).exists():
        raise CannotError(f"there is no containerd at {address}", "start it, or give its socket in CONTAINERD_ADDRESS")
    return address


def _read_only(reference: Reference) -> UsageError:
    return UsageError(f"{reference} cannot be written", "write an oci-archive; ctr images import reads it")


def _found(reference: Reference) -> tuple[Content, Descriptor]:
    """The content of the reference's namespace, and what its name stands for there: a manifest or an index."""
    store, name = Content(reference.name.partition("/")[0]), _full_name(reference)
    for line in store.answer("images", "ls", f'name=="{name}"').splitlines():
        found, media_type, digest, *_ = [*line.split(), "", "", ""]
        if found == name:
            size = len(store.read(digest, MANIFEST_BYTES, "the manifest"))
            return store, Descriptor(media_type, digest, size)
    raise _missing(store, name)


def _full_name(reference: Reference) -> str:
    """The name in the namespace, written out as containerd keeps it."""
    _, _, repository = reference.name.partition("/")
    return full_name(str(replace(reference, name=repository)).removeprefix("containerd:"))


def _missing(store: Content, name: str) -> CannotError:
    names = store.answer("images", "ls", "--quiet").split()
    spaces = store.answer("namespaces", "ls", "--quiet").split()
    near = get_close_matches(name, names, 3, 0.4)
    hint = f"it has {', '.join(near)}" if near else f"the namespaces are {', '.join(spaces) or 'none'}"
    return CannotError(f"containerd has no image {name} in the namespace {store.namespace}", hint)
