"""The wire types of the OCI image specification 1.1 and the Docker forms they came from."""

from typing import Any

from msgspec import Struct, field

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"

BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"
REF_NAME = "org.opencontainers.image.ref.name"


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

    @property
    def platform(self) -> Platform:
        """The platform the image is for."""
        return Platform(self.architecture, self.os, self.variant)

    @property
    def run(self) -> RunConfig:
        """How a container is started; all defaults if the image does not say."""
        return self.config or RunConfig()
