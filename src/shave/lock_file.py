"""The lock beside a spec: ``SPEC.lock``, JSON with a line for each fact, so that a change reads well in a diff."""

import hashlib
import re
from pathlib import Path

import msgspec

from shave.architectures import PLATFORMS
from shave.documents import document, parse
from shave.errors import CannotError
from shave.lock import Lock
from shave.npm.package_lock import is_place
from shave.sources.replacing import opened, replacing, writing
from shave.spec import Spec

_SCHEMA = "lock"
_MOST = 64 << 20
_AGAIN = "shave build --lock writes it anew"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def place(spec: Path) -> Path:
    """Where the lock of a spec file is."""
    return spec.with_name(f"{spec.name}.lock")


def digest(spec: Spec, *contents: bytes) -> str:
    """The SHA-256, in hex digits, of all of a spec that decides what it resolves to; ``contents`` are those of the
    files that it names for that. Which keyring is believed decides nothing but whether it resolves at all.
    """
    archives = [(each.uri.rstrip("/"), each.suite, each.components, each.signers) for each in spec.archives]
    files = [hashlib.sha256(each).hexdigest() for each in contents]
    files += [f"from {name}" for name in sorted({copy.image for copy in spec.copies} - {""})]
    deciding = (spec.suite, spec.architecture, archives, spec.packages, spec.without, spec.python, spec.node, files)
    return hashlib.sha256(msgspec.json.encode(deciding, order="deterministic")).hexdigest()


def write(lock: Lock, path: Path) -> None:
    """Write the lock, whole or not at all. Raises CannotError if that cannot be."""
    path = path.resolve()
    with writing(str(path)), opened(path.parent) as directory, replacing(directory, path.name) as file:
        file.write(document(_SCHEMA, lock, indent=1))


def read(path: Path, spec: str) -> Lock:
    """The lock at ``path``, of the spec that has this digest. Raises CannotError for any other, and for none."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise CannotError(
            f"the lock {path} cannot be read: {error.strerror or error}", "shave build --lock makes it"
        ) from error
    lock = _parsed(data, path)
    if lock.spec != spec:
        raise CannotError(f"{path} is not of this spec: that has changed since", _AGAIN)
    return lock


def _parsed(data: bytes, path: Path) -> Lock:
    try:
        if len(data) > _MOST:
            raise ValueError(f"it has more than {_MOST} bytes")
        lock: Lock = parse(data, _SCHEMA, Lock)
        _check(lock)
    except (ValueError, RecursionError) as error:
        raise CannotError(f"{path} is no lock that can be read: {error}", _AGAIN) from error
    return lock


def _check(lock: Lock) -> None:
    """Raise ValueError for what no lock says that was written here. What files hash to is checked with the files."""
    if lock.architecture not in PLATFORMS:
        raise ValueError(f"{lock.architecture[:100]!r} is no architecture")
    for package in lock.packages:
        if not _SHA256.fullmatch(package.sha256):
            raise ValueError(f"{package.name[:100]!r} has no SHA-256")
        if package.packed_bytes < 0 or package.archive not in range(len(lock.archives)):
            raise ValueError(f"{package.name[:100]!r} has a size or an archive that cannot be")
    for module in lock.modules:
        if not is_place(module.path):
            raise ValueError(f"{module.path[:100]!r} is no place of an npm package")
