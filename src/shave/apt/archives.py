"""The archives that this machine's apt installs from. Source: sources.list(5), os-release(5)."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from shave.deb822 import paragraphs
from shave.errors import CannotError, UsageError
from shave.spec import Archive

MACHINE = Path("/")
_MOST = 1 << 20
_LINE = re.compile(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)\s*(?:#.*)?")
_NAME = re.compile(r"[\w.-]+\.(?:list|sources)", re.ASCII)
# what apt takes for no; strutl.cc, StringToBool
_NO = ("0", "no", "false", "without", "off", "disable")
_FINGERPRINT = re.compile(r"(?:0x)?([0-9A-Fa-f]{16,}!?)", re.ASCII)
_BLOCK = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_HINT = 'name an archive in the spec: [[archive]] uri = "https://deb.debian.org/debian", suite = "bookworm"'


class _Source(Struct, frozen=True):
    """An archive, and for which architectures it is: all if none is named."""

    archive: Archive
    architectures: tuple[str, ...] = ()


def machine_suite(machine: Path = MACHINE) -> str:
    """The codename of what is installed here. Raises UsageError if it has none."""
    for place in ("etc/os-release", "usr/lib/os-release"):
        try:
            text = _text(machine / place)
        except OSError:
            continue
        for line in text.splitlines():
            name, _, value = line.partition("=")
            if name == "VERSION_CODENAME" and shlex.split(value):
                return shlex.split(value)[0]
    raise UsageError("the spec names no suite, and this machine is of none", 'write suite = "trixie"')


def archives(suite: str, architecture: str, machine: Path = MACHINE) -> tuple[Archive, ...]:
    """The archives of ``suite``, its updates and security, at the places where the machine has those of its own.

    Raises UsageError if it has none, CannotError if its lists cannot be read.
    """
    found = [
        source for source in _sources(machine / "etc/apt") if architecture in (source.architectures or (architecture,))
    ]
    own = _of(suite, suite, found) or _of(_codename(machine), suite, found)
    if not own:
        known = ", ".join(sorted({source.archive.suite for source in found})) or "none"
        raise UsageError(f"this machine's apt knows no archive of {suite}, only of {known}", _HINT)
    return tuple(dict.fromkeys(own))


def _codename(machine: Path) -> str:
    try:
        return machine_suite(machine)
    except UsageError:
        return ""


def _of(name: str, suite: str, sources: Iterable[_Source]) -> list[Archive]:
    """The archives of the suite ``name`` as those of ``suite``."""
    found = []
    for archive in (source.archive for source in sources):
        base, dash, kind = archive.suite.partition("-")
        if name and base == name and "backports" not in kind and "proposed" not in kind:
            found.append(
                Archive(archive.uri, f"{suite}{dash}{kind}", archive.components, archive.keyring, archive.signers)
            )
    return found


def _sources(etc: Path) -> Iterator[_Source]:
    try:
        parts = sorted(path for path in (etc / "sources.list.d").glob("*") if _NAME.fullmatch(path.name))
        for path in (etc / "sources.list", *parts):
            if path.is_file():
                yield from (_of_paragraphs if path.suffix == ".sources" else _of_lines)(_text(path), etc)
    except OSError as error:
        words = error.strerror or error
        raise CannotError(f"the archives of this machine cannot be read: {error.filename}: {words}", _HINT) from error


def _of_lines(text: str, etc: Path) -> Iterator[_Source]:
    for line in text.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found:
            options = dict(option.partition("=")[::2] for option in (found[1] or "").split())
            architectures = tuple(filter(None, options.get("arch", "").split(",")))
            archive = _archive(found[2], found[3], found[4].split(), options.get("signed-by", ""), etc)
            yield _Source(archive, architectures)


def _of_paragraphs(text: str, etc: Path) -> Iterator[_Source]:
    for fields in paragraphs(text):
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes").lower() not in _NO:
            yield from _of_fields(fields, etc)


def _of_fields(fields: Mapping[str, str], etc: Path) -> Iterator[_Source]:
    architectures = tuple(fields.get("architectures", "").split())
    for uri in fields.get("uris", "").split():
        for suite in fields.get("suites", "").split():
            components = fields.get("components", "").split()
            yield _Source(_archive(uri, suite, components, fields.get("signed-by", ""), etc), architectures)


def _archive(uri: str, suite: str, components: Iterable[str], signed: str, etc: Path) -> Archive:
    keyring, signers = _signed_by(signed)
    return Archive(uri.rstrip("/"), suite, tuple(components), keyring or _trusted(etc), signers)


def _trusted(etc: Path) -> str:
    """What apt believes where an archive names no keys."""
    places = (etc / "trusted.gpg", etc / "trusted.gpg.d")
    return ",".join(str(place) for place in places if place.exists())


def _signed_by(value: str) -> tuple[str, tuple[str, ...]]:
    """Keyrings and fingerprints of a Signed-By: files, fingerprints, or a block of keys itself."""
    if _BLOCK in value:
        return "\n".join("" if line.strip() == "." else line for line in value.splitlines()).strip(), ()
    words = re.split(r"[,\s]+", value.strip())
    fingerprints = tuple(found[1].upper() for word in words if (found := _FINGERPRINT.fullmatch(word)))
    return ",".join(word for word in words if word.startswith("/")), fingerprints


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MOST).decode("utf-8", "replace")
