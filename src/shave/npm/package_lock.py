"""npm's lock file as it would be installed in the image: ``npm ci --omit=dev --ignore-scripts``.

Nothing is resolved: the lock file says what goes where. Source: npm's documentation, package-lock.json (version 2 and
3), and package.json (os, cpu, libc).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from posixpath import normpath
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from shave.context import read
from shave.errors import CannotError
from shave.lock import LockedModule
from shave.npm import configuration as npmrc
from shave.npm import graph as npm_graph
from shave.npm.configuration import Registries
from shave.npm.graph import Names
from shave.spec import NodePackages
from shave.tar_reader import WHITEOUT

_CPUS = {
    "amd64": "x64",
    "arm64": "arm64",
    "armel": "arm",
    "armhf": "arm",
    "i386": "ia32",
    "mips64el": "mips64el",
    "ppc64el": "ppc64",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
"""What Node calls them (``process.arch``), by Debian's architecture."""
_PATH = re.compile(r"node_modules/(?:@[^/]+/)?[^/]+(?:/node_modules/(?:@[^/]+/)?[^/]+)*")
_SHA512 = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")
_ANEW = "npm install --package-lock-only writes it anew"
_PACK = "depend on what npm pack makes of it, by its file"


class _Peer(Struct):
    optional: bool = False


class _Entry(Struct, rename="camel"):
    """A package of the lock file. ``dependencies`` and the like are what its own package.json says."""

    name: str = ""
    version: str = ""
    resolved: Any = None
    integrity: Any = None
    link: bool = False
    dev: bool = False
    optional: bool = False
    dev_optional: bool = False
    extraneous: bool = False
    in_bundle: bool = False
    has_install_script: bool = False
    os: Any = None
    cpu: Any = None
    libc: Any = None
    dependencies: dict[str, Any] = {}
    dev_dependencies: dict[str, Any] = {}
    optional_dependencies: dict[str, Any] = {}
    peer_dependencies: dict[str, Any] = {}
    peer_dependencies_meta: dict[str, _Peer] = {}


class _LockFile(Struct, rename="camel"):
    lockfile_version: int
    packages: dict[str, _Entry] = {}


def modules(node: NodePackages, context: Path, architecture: str) -> tuple[LockedModule, ...]:
    """What npm would install, sorted by path. Tarballs of the context have their path below it as URL.

    Raises CannotError for what cannot be installed so, naming the package.
    """
    lock, directory = _parsed(read(context, node.lock), node.lock), Path(node.lock).parent
    registries = npmrc.registries(context / directory)
    gone = _left_out(lock.packages, _CPUS[architecture])
    return tuple(
        _locked(path, entry, registries, directory.as_posix())
        for path, entry in sorted(lock.packages.items())
        if _is_wanted(path, entry) and path not in gone and not entry.in_bundle
    )


def is_place(path: str) -> bool:
    """Whether a package may lie at a path below its application: in node_modules, and where an image can have it."""
    odd = any(part in (".", "..") or part.startswith(WHITEOUT) for part in path.split("/"))
    return _PATH.fullmatch(path) is not None and not odd and path.isprintable()


def _parsed(data: bytes, name: str) -> _LockFile:
    try:
        lock = msgspec.json.decode(data, type=_LockFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CannotError(f"{name} is no lock file of npm: {error}", _ANEW) from error
    if lock.lockfile_version not in (2, 3):
        hint = f"npm of version 7 or later has 2 and 3: {_ANEW}"
        raise CannotError(f"{name} has lockfileVersion {lock.lockfile_version}", hint)
    return lock


def _left_out(entries: Mapping[str, _Entry], cpu: str) -> set[str]:
    """The optional packages that are for other machines, with what goes with them. Raises CannotError for others."""
    unfit = [path for path, entry in sorted(entries.items()) if _is_wanted(path, entry) and not _fits(entry, cpu)]
    for path in unfit:
        if not (entries[path].optional or entries[path].dev_optional):
            machine = f"linux, {cpu} and glibc"
            raise CannotError(f"{path} is not for {machine}, and is no optional dependency", "npm ci refuses it too")
    return npm_graph.left_out(unfit, npm_graph.edges({path: _names(entry) for path, entry in entries.items()}))


def _is_wanted(path: str, entry: _Entry) -> bool:
    return bool(path) and not (entry.dev or entry.extraneous)


def _fits(entry: _Entry, cpu: str) -> bool:
    return _matches(entry.os, "linux") and _matches(entry.cpu, cpu) and _matches(entry.libc, "glibc")


def _matches(said: Any, value: str) -> bool:
    """Source: checkList of npm-install-checks."""
    names = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    if not names or names == ["any"]:
        return True
    if f"!{value}" in names:
        return False
    return value in names or all(str(name).startswith("!") for name in names)


def _names(entry: _Entry) -> Names:
    peers = {name: _is_optional(entry, name) for name in entry.peer_dependencies}
    needed = dict.fromkeys((*entry.dev_dependencies, *entry.dependencies), False)
    return peers | needed | dict.fromkeys(entry.optional_dependencies, True)


def _is_optional(entry: _Entry, peer: str) -> bool:
    return peer in entry.peer_dependencies_meta and entry.peer_dependencies_meta[peer].optional


def _locked(path: str, entry: _Entry, registries: Registries, directory: str) -> LockedModule:
    name = entry.name or path.rpartition("node_modules/")[2]
    if entry.link or not path.startswith("node_modules/"):
        where = entry.resolved if entry.link else path
        raise CannotError(f"{name} is the directory {where}, and only tarballs are installed", _PACK)
    if not is_place(path):
        raise CannotError(f"npm's lock file has a package at {path[:200]!r}", _ANEW)
    integrity = _SHA512.search(entry.integrity) if isinstance(entry.integrity, str) else None
    url = _url(name, entry, registries, directory)
    if not integrity:
        raise CannotError(f"{path} has no SHA-512 in npm's lock file", _ANEW)
    return LockedModule(path, name, entry.version, url, integrity[0], entry.has_install_script)


def _url(name: str, entry: _Entry, registries: Registries, directory: str) -> str:
    said = entry.resolved
    if not isinstance(said, str) or not said:
        return registries.tarball(name, entry.version)
    if said.startswith("file:"):
        return quote(normpath(f"{directory}/{said.removeprefix('file:')}"))
    try:
        if said.startswith(("https://", "http://")):
            return registries.replaced(said)
        where = npmrc.public(said)
    except ValueError as error:
        raise CannotError(f"{name} comes from no URL: {error}", _ANEW) from error
    raise CannotError(f"{name} comes from {where}, and only tarballs are installed", _PACK)
