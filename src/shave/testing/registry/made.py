"""The registry: what it answers, with what faults, and what it remembers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Literal

import msgspec
from msgspec.structs import replace

from shave.image import Image
from shave.oci import OCI_INDEX, OCI_MANIFEST, Descriptor, Index, digest_of
from shave.testing.registry import blobs, manifests
from shave.testing.registry.access import REALM, Access, Bearer, refused
from shave.testing.registry.faults import Fault
from shave.testing.registry.messages import Answer, Request, Seen, failure, json_answer, route_of, seen
from shave.testing.registry.server import serving
from shave.testing.registry.storage import Repository, Storage, Stored

_ROUTES: dict[str, Callable[[Storage, Request, str, str], Answer]] = {
    "blobs": blobs.blob,
    "uploads": blobs.upload,
    "manifests": manifests.manifest,
    "tags": manifests.tags,
    "referrers": manifests.referrers,
}


class Registry:
    """A registry that is being served at ``url`` (``scheme://host:port``). ``requests`` is what was asked so far."""

    def __init__(self, storage: Storage, access: Access | None, faults: Sequence[Fault]) -> None:
        self.url = ""
        self.requests: list[Seen] = []
        self._storage = storage
        self._access = access
        self._lock = Lock()
        self._faults: list[tuple[Fault, Iterator[int]]] = []
        self.fail(*faults)

    @property
    def host(self) -> str:
        """``127.0.0.1:port``, the first part of the names of its images."""
        return self.url.partition("://")[2]

    @property
    def seen(self) -> list[str]:
        """``requests`` in short: ``METHOD path``."""
        return [str(request) for request in self.requests]

    def fail(self, *faults: Fault) -> None:
        """From now on there are these faults too."""
        self._faults += [(fault, count()) for fault in faults]

    def repository(self, name: str) -> Repository:
        """What a repository holds: its blobs, manifests and tags."""
        return self._storage.repository(name)

    def put(self, image: Image, name: str) -> str:
        """Store an image as ``repository:tag``; the value is its digest."""
        repository, _, tag = name.rpartition(":")
        return self._tag(repository, tag, self._store(image, repository))

    def put_index(self, images: Sequence[Image], name: str) -> str:
        """Store images of several platforms as one index; the value is its digest."""
        repository, _, tag = name.rpartition(":")
        stored = [(image, self._store(image, repository)) for image in images]
        entries = tuple(
            Descriptor(entry.media_type, digest_of(entry.data), len(entry.data), image.config.platform)
            for image, entry in stored
        )
        data = msgspec.json.encode(Index(2, entries, OCI_INDEX))
        return self._tag(repository, tag, Stored(OCI_INDEX, data))

    def _store(self, image: Image, repository: str) -> Stored:
        held = self.repository(repository)
        held.blobs[image.config_digest] = image.config_bytes
        for layer in image.layers:
            with layer.open() as blob:
                held.blobs[layer.descriptor.digest] = blob.read()
        stored = Stored(image.manifest.media_type or OCI_MANIFEST, image.manifest_bytes)
        held.manifests[image.manifest_digest] = stored
        return stored

    def _tag(self, repository: str, tag: str, stored: Stored) -> str:
        digest = digest_of(stored.data)
        self.repository(repository).manifests[digest] = stored
        self.repository(repository).tags[tag] = digest
        return digest

    def serve(self, request: Request) -> tuple[int | None, Callable[[bytes], Answer]]:
        """How much of the request's body is to be read, and the answer to it; see ``server.Service``."""
        faults = self._meeting(request)
        reads = [most for fault in faults if (most := fault.reads()) is not None]
        return min(reads, default=None), partial(self._answer, request, faults)

    def _meeting(self, request: Request) -> list[Fault]:
        """The faults of this request."""
        with self._lock:
            about = [
                (fault, next(number)) for fault, number in self._faults if fault.meets(request.method, request.path)
            ]
        return [fault for fault, number in about if fault.skip <= number < fault.skip + fault.times]

    def _answer(self, request: Request, faults: Sequence[Fault], body: bytes) -> Answer:
        asked = replace(request, body=body)
        if self._access:
            asked = replace(asked, challenge=self._access.challenge(asked))
        answer = self._spoiled(asked, faults)
        for fault in faults:
            answer = fault.after(answer)
        self.requests.append(seen(asked, 0 if answer.cut == -1 else answer.status))
        return answer

    def _spoiled(self, request: Request, faults: Sequence[Fault]) -> Answer:
        for fault in faults:
            found = fault.before(request)
            if isinstance(found, Answer):
                return found
            request = found
        return self._true_answer(request)

    def _true_answer(self, request: Request) -> Answer:
        if request.path == REALM and isinstance(self._access, Bearer):
            return self._access.serve(request)
        denied = refused(self._access, request) if self._access else None
        if denied:
            return denied
        with self._storage.lock:
            return _routed(self._storage, request)


def _routed(storage: Storage, request: Request) -> Answer:
    if request.path == "/v2/":
        return json_answer(200, {}, Docker_Distribution_Api_Version="registry/2.0")
    if request.path == "/v2/_catalog":
        return manifests.catalog(storage, request)
    route = route_of(request.path)
    if not route:
        return failure(404, "NAME_INVALID", "there is nothing at this path")
    return _ROUTES[route.kind](storage, request, route.repository, route.argument)


@contextmanager
def registry(
    faults: Sequence[Fault] = (),
    access: Access | None = None,
    tls: tuple[Path, Path] | None = None,
    referrers: Literal["api", "tag"] = "api",
    chunk_minimum: int = 0,
    page: int = 1000,
) -> Iterator[Registry]:
    """A registry of the OCI distribution specification 1.1 on a free port of 127.0.0.1, for as long as the context.

    ``faults`` meet the requests that they are about; without ``access`` everybody may do everything. ``tls`` is a
    certificate and its key, in PEM. With ``referrers`` "tag" it is one of before version 1.1, which knows no referrers.
    A chunk of an upload that is not its last has ``chunk_minimum`` bytes at least, and a list ``page`` names at most.
    """
    made = Registry(Storage(chunk_minimum, page, referrers), access, faults)
    with serving(made.serve, tls) as server:
        made.url = server.url
        yield made
