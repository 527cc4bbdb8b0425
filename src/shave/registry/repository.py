"""One repository: its manifests, blobs and referrers (OCI distribution-spec 1.1)."""

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from shave.errors import BadImageError
from shave.net import NetworkError, joined, read
from shave.oci import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    INDEXES,
    MANIFESTS,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    Index,
    blob_path,
    decode,
    digest_of,
)
from shave.registry.session import Session

if TYPE_CHECKING:
    from httpx2 import Response

# taken so that they are refused by name, where a registry would else say that there is nothing
_SCHEMA_1 = tuple(f"application/vnd.docker.distribution.manifest.v1+{kind}" for kind in ("prettyjws", "json"))
_ACCEPT = ", ".join((OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_INDEX, *_SCHEMA_1))
_MANIFEST_BYTES = 4 << 20
_PAGES = 100
# a line that brings this much between two breaks is slow, not dead
PROGRESS = 1 << 20


class _Named(Struct, frozen=True, rename="camel"):
    media_type: str = ""
    manifests: tuple[object, ...] | None = None


class Repository:
    """What is in a repository, by digest and tag. All that is read is verified; what passes is tried again."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def manifest(self, name: str) -> tuple[Descriptor, bytes]:
        """The manifest or index of a tag or digest. Raises BadImageError if it is not what its digest says."""
        what = f"manifest {name}"

        def work() -> tuple[bytes, str, str]:
            with self.session.open("GET", f"manifests/{name}", (200,), what, {"Accept": _ACCEPT}) as response:
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                return read(response, _MANIFEST_BYTES, what), kind, _claimed(response)

        data, kind, claimed = self.session.web.again(work)
        digest = name if ":" in name else digest_of(data)
        for wanted in (digest, claimed or digest):
            _verify(data, wanted, f"{what} of {self.session.place}")
        return Descriptor(_media_type(data, kind, what), digest, len(data)), data

    def document(self, descriptor: Descriptor, limit: int, what: str) -> bytes:
        """A manifest, index or config of at most ``limit`` bytes, size and digest verified."""
        if descriptor.size > limit:
            raise BadImageError(f"{what} has {descriptor.size} bytes, more than the {limit} that are allowed")
        blob_path(descriptor.digest)
        if descriptor.media_type in (*MANIFESTS, *INDEXES):
            data = self.manifest(descriptor.digest)[1]
        else:
            data = b"".join(self.blob(descriptor.digest, descriptor.size))
        if len(data) != descriptor.size:
            raise BadImageError(
                f"{what} {descriptor.digest} has {len(data)} bytes, its descriptor says {descriptor.size}"
            )
        _verify(data, descriptor.digest, what)
        return data

    def has_blob(self, digest: str) -> bool:
        """Whether the blob is there."""

        def work() -> bool:
            with self.session.open("HEAD", f"blobs/{digest}", (200, 404), f"blob {digest}") as response:
                return response.status_code == 200

        return self.session.web.again(work)

    def blob(self, digest: str, size: int, start: int = 0) -> Iterator[bytes]:
        """The blob's bytes from ``start`` on, in chunks of at most 64 KiB, unverified but never more than ``size``.

        A connection that breaks or stalls is made again from where it was, as long as that gets further.
        """
        blob_path(digest)
        at = start
        while at < size:
            before = at
            try:
                for attempt in self.session.web.attempts():
                    with attempt:
                        for chunk in self._from(digest, size, at):
                            at += len(chunk)
                            yield chunk
            except NetworkError as error:
                if not error.passing or at < before + PROGRESS:
                    raise

    def _from(self, digest: str, size: int, start: int) -> Iterator[bytes]:
        """All the rest of the blob, or NetworkError. No If-Range: the digest names these bytes and no others."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        host, at = self.session.place.host, start
        with self.session.open("GET", f"blobs/{digest}", (200, 206), f"blob {digest}", headers) as response:
            skip = start - _first(response)
            if skip < 0:
                raise NetworkError(f"{host} sends blob {digest} from byte {start - skip}, not {start}", passing=True)
            for chunk in response.iter_raw():
                fresh, skip = chunk[skip:], max(0, skip - len(chunk))
                at += len(fresh)
                if at > size:
                    raise BadImageError(f"{host} sends more than the {size} bytes of blob {digest}")
                if fresh:
                    yield fresh
        if at < size:
            raise NetworkError(f"{host} sent {at} of the {size} bytes of blob {digest}", passing=True)

    def put_manifest(self, data: bytes, media_type: str, name: str) -> None:
        """Store a manifest or index under a tag or its digest."""
        headers = {"Content-Type": media_type}
        what = f"manifest {name}"

        def work() -> None:
            body = (headers, lambda: [data], len(data))
            with self.session.open("PUT", f"manifests/{name}", (200, 201, 202), what, *body) as response:
                _verify(data, _claimed(response) or digest_of(data), f"{what}, as {self.session.place} stored it,")

        self.session.web.again(work)

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """What refers to a manifest: signatures, SBOMs. Where the API is missing, by the tag that stands in for it."""
        return tuple(self._listed(digest))

    def _listed(self, digest: str) -> Iterator[Descriptor]:
        path, what = f"referrers/{digest}", f"the referrers of {digest}"
        for _ in range(_PAGES):
            found = self.session.web.again(partial(self._page, path, what))
            if found is None:
                yield from self._tagged(digest)
                return
            index, path = found
            yield from index.manifests
            if not path:
                return
        raise BadImageError(f"{self.session.place} has more than {_PAGES} pages of {what}")

    def _page(self, path: str, what: str) -> tuple[Index, str] | None:
        with self.session.open("GET", path, (200, 404), what, {"Accept": OCI_INDEX}) as response:
            if response.status_code == 404:
                return None
            index = decode(read(response, _MANIFEST_BYTES, what), Index, what)
            following = response.links.get("next", {}).get("url", "")
            return index, following and joined(str(response.url), following)

    def _tagged(self, digest: str) -> tuple[Descriptor, ...]:
        """The referrers tag schema: an index under the digest, with a dash for its colon."""
        try:
            data = self.manifest(digest.replace(":", "-"))[1]
        except NetworkError as error:
            if error.status == 404:
                return ()
            raise
        return decode(data, Index, f"the referrers of {digest}").manifests


def _verify(data: bytes, digest: str, what: str) -> None:
    try:
        blob_path(digest)
    except BadImageError as error:
        raise BadImageError(f"{what}: {error}") from None
    found = digest_of(data, digest.partition(":")[0])
    if found != digest:
        raise BadImageError(f"{what} is not what its digest says: {digest} is wanted, the bytes give {found}")


def _claimed(response: "Response") -> str:
    """The digest that the registry gives a manifest, or none."""
    return response.headers.get("docker-content-digest", "")


def _media_type(data: bytes, kind: str, what: str) -> str:
    """By the header, else by the document, else by its shape: some servers send all JSON as such."""
    if kind in (*MANIFESTS, *INDEXES, *_SCHEMA_1):
        return kind
    named = decode(data, _Named, what)
    return named.media_type or (OCI_MANIFEST if named.manifests is None else OCI_INDEX)


def _first(response: "Response") -> int:
    """Which byte an answer begins with. A server that knows no ranges sends all from the first."""
    if response.status_code == 200:
        return 0
    found = re.match(r"bytes ([0-9]{1,18})-", response.headers.get("content-range", ""))
    return int(found[1]) if found else 0
