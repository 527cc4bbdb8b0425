"""The only door to a container engine: Docker's, or podman's by its compatible API."""

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

from shave.errors import CannotError

if TYPE_CHECKING:
    from docker import DockerClient

# an engine writes a whole export to its disk before it sends the first byte
_TRANSFER_SECONDS = 900
_ANSWER_SECONDS = 30
_CHUNK = 1 << 20
_HINT = "start it, or give its address in DOCKER_HOST, DOCKER_CONTEXT or CONTAINER_HOST"
_LOADED = re.compile(r"Loaded image(?: ID)?: (sha256:[0-9a-f]{64})")
_DENIED = "become a member of the group docker, or root; or use an engine of your own through DOCKER_HOST"


class _Settings(Struct, rename="camel"):
    current_context: str = "default"


class _Endpoint(Struct):
    host: str = field(name="Host")
    skip_tls_verify: bool = field(name="SkipTLSVerify", default=False)


class _Context(Struct, rename="pascal"):
    endpoints: dict[str, _Endpoint]


class EngineImage(Struct, frozen=True):
    """An image as its engine describes it: ``id`` (the config digest, except in a containerd store) and diff IDs."""

    id: str
    diff_ids: tuple[str, ...]
    unpacked_bytes: int


class Engine:
    """A connection to an engine that has answered. ``client`` is the docker SDK's, its API version negotiated."""

    def __init__(self, client: "DockerClient", address: str) -> None:
        self.client = client
        self.address = address

    def image(self, name: str) -> EngineImage | None:
        """The image of a name or ID, None if the engine has none."""
        from docker.errors import ImageNotFound, NotFound

        with refused(self.address):
            try:
                found: dict[str, Any] = self.client.api.inspect_image(name)  # type: ignore[no-untyped-call]
            except (ImageNotFound, NotFound):
                return None
        layers = (found.get("RootFS") or {}).get("Layers") or ()
        return EngineImage(found["Id"], tuple(layers), int(found.get("Size") or 0))

    def names(self) -> list[str]:
        """Every ``repository:tag`` that the engine has."""
        with refused(self.address):
            found = self.client.api.images()
        return [name for image in found for name in image["RepoTags"] or ()]

    def export(self, identity: str) -> Iterator[bytes]:
        """The image with this ID as a docker-archive, in chunks of at most 1 MiB."""
        with refused(self.address), self._transferring():
            yield from self.client.api.get_image(identity, chunk_size=_CHUNK)

    def load(self, archive: Iterable[bytes]) -> str:
        """Load a docker-archive of one image without a name; its ID, "" if the engine does not say it.

        The ID is the config's digest, or with the containerd image store (usual since Docker 29) that of a manifest
        which the engine made. Raises CannotError with the engine's own words if it does not like the archive.
        """
        identity = ""
        with refused(self.address), self._transferring():
            for line in self.client.api.load_image(iter(archive)):  # type: ignore[no-untyped-call]
                if "error" in line:
                    raise CannotError(f"the engine refused the image: {line['error']}")
                found = _LOADED.search(str(line.get("stream", "")))
                identity = found[1] if found else identity
        return identity

    def tag(self, identity: str, repository: str, tag: str) -> None:
        """Give an image a name, which leaves the image that had it before."""
        with refused(self.address):
            self.client.api.tag(identity, repository, tag)

    def remove(self, name: str) -> None:
        """Take away a name, and the image if that was its last one and no container is made of it."""
        with refused(self.address):
            self.client.api.remove_image(name)

    @contextmanager
    def _transferring(self) -> Iterator[None]:
        self.client.api.timeout = _TRANSFER_SECONDS
        try:
            yield
        finally:
            self.client.api.timeout = _ANSWER_SECONDS


@contextmanager
def connect() -> Iterator[Engine]:
    """The engine of this user, as the docker command would find it, then podman. Raises CannotError if none answers.

    In this order: DOCKER_HOST, DOCKER_CONTEXT, CONTAINER_HOST, Docker's current context, the usual sockets.
    """
    from docker import DockerClient

    with refused("the environment's"):
        options = _options()
    address = str(options["base_url"])
    with refused(address):
        ssh = address.startswith("ssh://")
        client = DockerClient(timeout=_ANSWER_SECONDS, use_ssh_client=ssh, **options)
    try:
        yield Engine(client, address)
    finally:
        client.close()


def near_image(name: str) -> str:
    """A name that this user's engine has and that ``name`` may be a slip of; "" if none, or if no engine answers."""
    with suppress(CannotError), connect() as engine:
        known = {found.removesuffix(":latest"): found for found in engine.names()}
        return next(iter(get_close_matches(name.removesuffix(":latest"), known, 1, 0.8)), "")
    return ""


def unreachable() -> CannotError | None:
    """Why no engine of this user answers; None if one does."""
    try:
        with connect():
            return None
    except CannotError as error:
        return error


def has_image(name: str) -> bool:
    """Whether this user's engine has an image of that name. Raises CannotError if no engine answers."""
    with connect() as engine:
        return engine.image(name) is not None


@contextmanager
def refused(address: str) -> Iterator[None]:
    """Turn what the SDK and the connection raise into CannotError."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        words = getattr(error, "explanation", None) or _system_words(error) or error
        hint = _DENIED if os.strerror(errno.EACCES) in str(words) else _HINT
        raise CannotError(f"the container engine at {address} failed: {words}", hint) from error


def _system_words(error: BaseException | None) -> str:
    """What the system said at the root of an error, which the layers above bury in their own words."""
    while error:
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        error = error.__cause__ or error.__context__
    return ""


def _options() -> dict[str, Any]:
    from docker.utils import kwargs_from_env

    if os.environ.get("DOCKER_HOST"):
        return dict(kwargs_from_env())
    if os.environ.get("CONTAINER_HOST") and not os.environ.get("DOCKER_CONTEXT"):
        return {"base_url": os.environ["CONTAINER_HOST"]}
    return _of_context(os.environ.get("DOCKER_CONTEXT"))


def _of_context(name: str | None) -> dict[str, Any]:
    """The endpoint of a Docker context. Source: github.com/docker/cli, cli/context/store.

    The SDK's own reader looks in the current directory when there is no config.json.
    """
    try:
        directory = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    except RuntimeError:  # no home, no contexts
        return {"base_url": _usual_socket()}
    try:
        name = name or _current(directory / "config.json")
        if name == "default":
            return {"base_url": _usual_socket()}
        place = hashlib.sha256(name.encode()).hexdigest()
        meta = (directory / "contexts/meta" / place / "meta.json").read_bytes()
        endpoint = msgspec.json.decode(meta, type=_Context).endpoints["docker"]
    except FileNotFoundError:
        raise CannotError(f"there is no Docker context {name!r}", "docker context ls shows them") from None
    except (OSError, msgspec.DecodeError, ValueError, KeyError) as error:
        raise CannotError(f"the Docker context {name or 'in use'} cannot be read: {error}", _HINT) from error
    return {"base_url": endpoint.host, "tls": _tls(directory / "contexts/tls" / place / "docker", endpoint)}


def _current(config: Path) -> str:
    return msgspec.json.decode(config.read_bytes(), type=_Settings).current_context if config.exists() else "default"


def _tls(directory: Path, endpoint: _Endpoint) -> Any:
    from docker.tls import TLSConfig

    if not directory.is_dir():
        return False
    pair = (str(directory / "cert.pem"), str(directory / "key.pem"))
    return TLSConfig(pair, str(directory / "ca.pem"), verify=not endpoint.skip_tls_verify)


def _usual_socket() -> str:
    """Docker's, rootless Docker's, then podman's."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    docker = Path("/var/run/docker.sock")
    usual = (docker, runtime / "docker.sock", runtime / "podman/podman.sock", Path("/run/podman/podman.sock"))
    return f"unix://{next((path for path in usual if path.exists()), docker)}"
