"""What a registry holds, in memory."""

from secrets import token_hex
from threading import RLock
from typing import Literal

from msgspec import Struct, field

from shave.oci import digest_of


class Stored(Struct, frozen=True):
    """A manifest as it was pushed."""

    media_type: str
    data: bytes


class Upload(Struct):
    """An upload under way; ``last_bytes`` is the size of its last chunk."""

    repository: str
    data: bytearray = field(default_factory=bytearray)
    last_bytes: int | None = None


class Repository(Struct, frozen=True):
    """Blobs and manifests by digest, and the tags' digests, in the order they came."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, Stored] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def manifest(self, reference: str) -> tuple[str, Stored] | None:
        """The digest and the manifest that a tag or a digest means."""
        digest = self.tags.get(reference, reference)
        return (digest, self.manifests[digest]) if digest in self.manifests else None


class Storage(Struct):
    """Repositories by name and uploads by ID. Whoever changes them holds the lock.

    A chunk that is not the last has ``chunk_minimum`` bytes at least; a list gives ``page`` names at once at most;
    ``referrers`` is "api", or "tag" for a registry of before version 1.1.
    """

    chunk_minimum: int = 0
    page: int = 1000
    referrers: Literal["api", "tag"] = "api"
    repositories: dict[str, Repository] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def repository(self, name: str) -> Repository:
        """The repository of that name, made when first named."""
        return self.repositories.setdefault(name, Repository())

    def begin(self, repository: str) -> str:
        """The ID of a new upload."""
        identity = token_hex(8)
        self.uploads[identity] = Upload(repository)
        return identity

    def finish(self, identity: str, digest: str) -> bool:
        """Make a blob of an upload; whether its digest is the one that is claimed. It is over in either case."""
        upload = self.uploads.pop(identity)
        data = bytes(upload.data)
        algorithm = digest.partition(":")[0]
        if algorithm not in ("sha256", "sha512") or digest_of(data, algorithm) != digest:
            return False
        self.repository(upload.repository).blobs[digest] = data
        return True
