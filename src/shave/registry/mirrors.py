"""Where an image can be had instead of where its name says: mirrors, moved, insecure and blocked registries.

Sources: containers-registries.conf(5), version 2; containers-registries.conf.d(5); dockerd(8), ``registry-mirrors``.
"""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from shave.errors import CannotError, UsageError
from shave.net import host_of
from shave.registry.session import Place

_HUB = "docker.io/"


class Mirror(Struct, frozen=True):
    """One ``[[registry.mirror]]``."""

    location: str
    insecure: bool = False
    pull: Literal["all", "digest-only", "tag-only"] = field(name="pull-from-mirror", default="all")


class Registry(Struct, frozen=True, rename="kebab"):
    """One ``[[registry]]``. Without a prefix its location is one; without a location it is where its name says."""

    prefix: str = ""
    location: str = ""
    insecure: bool = False
    blocked: bool = False
    mirror_by_digest_only: bool = False
    mirrors: tuple[Mirror, ...] = field(name="mirror", default=())


class _Conf(Struct, frozen=True):
    registry: tuple[Registry, ...] = ()


class _Daemon(Struct, frozen=True, rename="kebab"):
    registry_mirrors: tuple[str, ...] | None = ()


def reading(name: str, by_digest: bool, insecure: bool) -> tuple[Place, ...]:
    """The places to read ``host/repository`` from, the best first, its own last.

    ``by_digest`` says that no tag is asked for, ``insecure`` what the user allows all of them. Raises CannotError for
    a blocked registry, UsageError naming a file of settings that cannot be read.
    """
    registry = _registry(name)
    if not registry:
        return (*_of_docker(name, insecure), _place(name, insecure))
    rest = _rest(name, registry.prefix or registry.location) or ""
    mirrors = [mirror for mirror in registry.mirrors if _serves(mirror, registry, by_digest)]
    own = registry.location + rest if registry.location else name
    places = [_place(mirror.location + rest, insecure or mirror.insecure) for mirror in mirrors]
    return (*places, _place(own, insecure or registry.insecure))


def writing(name: str, insecure: bool) -> Place:
    """The place to write ``host/repository`` to: its own, as mirrors and other locations are for reading.

    Raises as ``reading`` does.
    """
    registry = _registry(name)
    return _place(name, insecure or (registry is not None and registry.insecure))


def _place(name: str, insecure: bool) -> Place:
    host, _, repository = name.partition("/")
    return Place(host, repository, insecure)


def _serves(mirror: Mirror, registry: Registry, by_digest: bool) -> bool:
    if by_digest:
        return mirror.pull != "tag-only"
    return mirror.pull != "digest-only" and not registry.mirror_by_digest_only


def _registry(name: str) -> Registry | None:
    """The table whose prefix fits best. Raises CannotError if it is blocked."""
    tables = {table.prefix or table.location: table for path in _files() for table in _read(path)}
    prefix = max((prefix for prefix in tables if _rest(name, prefix) is not None), key=len, default="")
    if prefix and tables[prefix].blocked:
        raise CannotError(f"{name} is blocked", "registries.conf says so, see containers-registries.conf(5)")
    return tables.get(prefix)


def _rest(name: str, prefix: str) -> str | None:
    """What follows ``prefix`` in a name that begins with it, up to a separator; None if it does not."""
    if prefix.startswith("*."):
        host, _, path = name.partition("/")
        return f"/{path}" if host.partition(":")[0].endswith(prefix[1:]) else None
    rest = name.removeprefix(prefix)
    return rest if prefix and rest != name and rest[:1] in ("", "/") else None


def _files() -> Iterator[Path]:
    """Files of tables, later ones over earlier ones."""
    if chosen := os.environ.get("CONTAINERS_REGISTRIES_CONF"):
        yield Path(chosen)
        return
    system, user = Path("/etc/containers"), _configuration("containers")
    yield next((path for path in (user / "registries.conf",) if path.is_file()), system / "registries.conf")
    for folder in (system, user):
        yield from sorted((folder / "registries.conf.d").glob("*.conf"))


def _configuration(program: str) -> Path:
    home = os.environ.get("HOME", "/")
    return Path(os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config") / program


def _read(path: Path) -> tuple[Registry, ...]:
    try:
        return msgspec.convert(tomllib.loads(path.read_text()), _Conf).registry
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "see containers-registries.conf(5)") from error


def _of_docker(name: str, insecure: bool) -> Iterator[Place]:
    """The engine's mirrors, which are for Docker Hub alone."""
    if not name.startswith(_HUB):
        return
    for path in (_configuration("docker") / "daemon.json", Path("/etc/docker/daemon.json")):
        for mirror in _mirrors(path):
            host = host_of(mirror)
            yield Place(host, name.removeprefix(_HUB), insecure or mirror.startswith("http:"))


def _mirrors(path: Path) -> tuple[str, ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Daemon).registry_mirrors or ()
    except (FileNotFoundError, PermissionError):  # it is root's, and some keep it from others; mirrors are a courtesy
        return ()
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "see dockerd(8)") from error
