"""The wire types of the OCI image specification 1.1 and the Docker forms they came from."""

import hashlib
import re
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct, field

from shave.errors import BadImageError

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"

BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The PATH that Docker gives a container whose image says none."""
REF_NAME = "org.opencontainers.image.ref.name"

MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)
INDEXES = (OCI_INDEX, DOCKER_INDEX)

_DIGEST = re.compile(r"(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128})", re.ASCII)
_Document = TypeVar("_Document")


class Platform(Struct, frozen=True, omit_defaults=True):
    """``os/architecture[/variant]`` in Go's names (image-index.md, platform)."""

    architecture: str = ""
    os: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class Descriptor(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A blob by media type, digest (``sha256:…``) and packed bytes (descriptor.md)."""

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None
    annotations: dict[str, str] = {}
    urls: tuple[str, ...] = ()


class Index(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A list of manifests (image-index.md)."""

    schema_version: int
    manifests: tuple[Descriptor, ...] = ()
    media_type: str = ""
    annotations: dict[str, str] = {}


class Manifest(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Config and layers of one image (manifest.md)."""

    schema_version: int
    config: Descriptor
    layers: tuple[Descriptor, ...] = ()
    media_type: str = ""
    annotations: dict[str, str] = {}


class Healthcheck(Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """Docker's health check: ``test`` begins with NONE, CMD or CMD-SHELL."""

    test: tuple[str, ...] | None = None

    def command(self, shell: tuple[str, ...] | None) -> tuple[str, ...]:
        """What the engine runs to check; nothing for NONE and for an inherited check. ``shell`` is the image's own."""
        kind, *arguments = self.test or ("NONE",)
        if kind == "CMD-SHELL" and arguments:
            return (*(shell or ("/bin/sh", "-c")), arguments[0])
        return tuple(arguments) if kind == "CMD" else ()


class RunConfig(Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """How a container of the image is started (config.md, ``config``)."""

    user: str = ""
    exposed_ports: dict[str, Any] | None = None
    env: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    volumes: dict[str, Any] | None = None
    working_dir: str = ""
    labels: dict[str, str] | None = None
    stop_signal: str = ""
    healthcheck: Healthcheck | None = None
    shell: tuple[str, ...] | None = None


class HistoryEntry(Struct, frozen=True, omit_defaults=True):
    """One instruction of the build (config.md, ``history``)."""

    created: str = ""
    created_by: str = ""
    comment: str = ""
    empty_layer: bool = False


class RootFS(Struct, frozen=True):
    """The layers' diff IDs, lowest first."""

    type: str
    diff_ids: tuple[str, ...] = ()


class Config(Struct, frozen=True, omit_defaults=True):
    """What shave reads of an image config. The raw JSON travels beside it, so that nothing is lost."""

    architecture: str = ""
    os: str = ""
    variant: str = ""
    config: RunConfig | None = None
    rootfs: RootFS = field(default_factory=lambda: RootFS("layers"))
    history: tuple[HistoryEntry, ...] | None = None
    created: str = ""

    @property
    def platform(self) -> Platform:
        """The platform the image is for."""
        return Platform(self.architecture, self.os, self.variant)

    @property
    def run(self) -> RunConfig:
        """How a container is started; all defaults if the image does not say."""
        return self.config or RunConfig()


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    """The digest of a blob, as ``algorithm:hex`` (descriptor.md, digests)."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def blob_path(digest: str) -> str:
    """Where a layout keeps a blob, relative to its root (image-layout.md).

    Raises BadImageError for what is no sha256 or sha512 digest, so that a digest never leads anywhere else.

    >>> blob_path("sha256:" + "0" * 64)[:16]
    'blobs/sha256/000'
    """
    found = _DIGEST.fullmatch(digest)
    if not found:
        raise BadImageError(f"{digest[:100]!r} is not a sha256 or sha512 digest")
    algorithm, _, digits = digest.partition(":")
    return f"blobs/{algorithm}/{digits}"


def decode(data: bytes, kind: type[_Document], what: str) -> _Document:
    """A JSON document of an image as its type. Raises BadImageError that begins with ``what``.

    Go writes null for an empty value and reads it back as one, so nulls count as absent.
    """
    try:
        return msgspec.convert(_without_nulls(msgspec.json.decode(data)), kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadImageError(f"{what} is malformed: {error}") from error
    except RecursionError:
        raise BadImageError(f"{what} is malformed: nested too deep") from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in cast(dict[str, Any], value).items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def environment(config: Config) -> dict[str, str]:
    """The environment of the image's config as a mapping; the last of two equal names wins."""
    return dict(pair.partition("=")[::2] for pair in config.run.env or ())
