"""The lists of archives: what suites say they hold, verified before anything reads them.

apt-get update would do the same and could not be asked why it failed; here each step has its sentence, lists come as
packages do, and apt sees nothing that is not verified. Source: https://wiki.debian.org/DebianRepository/Format.
"""

import hashlib
import lzma
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from shave.apt import signatures
from shave.apt.credentials import authorization
from shave.apt.signatures import Signed
from shave.debian.packages_index import PackagesIndex
from shave.debian.release import ArchiveRelease, parse, refuse_other
from shave.downloads import is_local, pieces, shown
from shave.errors import CannotError
from shave.events import Sink, stage
from shave.lock import LockedArchive
from shave.net import PATIENT, NetworkError, Patience, Request, Web, phrase, read
from shave.spec import Archive

_RELEASE_BYTES = 16 << 20
_INDEX_BYTES = 1 << 30
_XZ_MEMORY = 256 << 20
_OTHER = "is it spelt right, and the mirror there? another may be named: [[archive]] uri = …"
_KEPT = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_FORMS = (".xz", ".gz", "")


class Suite(Struct, frozen=True):
    """A suite of an archive: what of it was signed, and its verified Packages files."""

    locked: LockedArchive
    indexes: tuple[PackagesIndex, ...]


def update(
    archives: Sequence[Archive], architecture: str, directory: Path, sink: Sink, patience: Patience = PATIENT
) -> tuple[Suite, ...]:
    """The lists of ``archives`` in ``directory``, which nobody else writes, named as apt names those of ``sources``.

    What is there from before is asked about, and not fetched again. Raises CannotError naming the archive that cannot
    be had, is not signed by whom it must be, is another, has expired, or is not what it says.
    """
    with Web(False, sink, patience) as web, stage(sink, "update", len(archives)) as advance:
        suites = []
        for number, archive in enumerate(archives):  # most are of one host, where one connection serves them all
            suites.append(_updated(web, archive, architecture, directory, f"{number}_dists_suite_"))
            advance(1)
        return tuple(suites)


def sources(archives: Sequence[Archive]) -> str:
    """A sources.list under which apt finds those lists. It never asks where they are from, so it need not be told."""
    components = (" ".join(f"c{number}" for number in range(len(_components(archive)))) for archive in archives)
    return "".join(f"deb [trusted=yes] http://{number}/ suite {names}\n" for number, names in enumerate(components))


def _components(archive: Archive) -> tuple[str, ...]:
    """A flat archive, whose suite is a directory, has one without a name."""
    return ("",) if archive.suite.endswith("/") else archive.components


def base(archive: Archive) -> str:
    """The URL of the suite's directory. Raises CannotError for an address that is none, or holds a password."""
    parts = urlsplit(archive.uri)
    if parts.scheme not in ("http", "https", "file", "copy"):
        raise CannotError(
            f"{shown(archive.uri)} is no archive that shave can read", "http, https and file are understood"
        )
    if "@" in parts.netloc:
        raise CannotError(
            f"the address of the archive at {parts.hostname} has a password in it", "/etc/apt/auth.conf.d is for those"
        )
    suite = archive.suite if archive.suite.endswith("/") else f"dists/{archive.suite}"
    return f"{archive.uri.rstrip('/')}/{suite.rstrip('/')}"


def _updated(web: Web, archive: Archive, architecture: str, directory: Path, prefix: str) -> Suite:
    url = base(archive)
    what = f"{shown(url)}/InRelease"
    kept = directory / f"{prefix}InRelease"
    data, headers = _in_release(web, url, kept)
    signed, release = _judged(data, archive, what)
    if later := _later(kept, data, release, archive, what):
        signed, release = later
    else:
        _write(kept, data)
        _write(kept.with_suffix(".headers"), msgspec.json.encode(headers))
    indexes = tuple(
        _index(web, url, release, path, directory / f"{prefix}{name}_Packages")
        for path, name in _paths(archive, release, architecture, what)
    )
    locked = LockedArchive(
        archive.uri.rstrip("/"),
        archive.suite,
        release.codename or release.suite,
        release.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        hashlib.sha256(signed.text).hexdigest(),
        signed.signer,
    )
    return Suite(locked, indexes)


def _judged(data: bytes, archive: Archive, what: str) -> tuple[Signed, ArchiveRelease]:
    """What a Release file says that is signed by whom it must be, of this suite, and holds."""
    signed = signatures.verified(data, signatures.keys(archive.keyring), archive.signers, what)
    release = parse(signed.text.decode("utf-8", "replace"), what)
    refuse_other(release, archive, datetime.now(UTC), what)
    return signed, release


def _later(
    kept: Path, data: bytes, release: ArchiveRelease, archive: Archive, what: str
) -> tuple[Signed, ArchiveRelease] | None:
    """What is kept, if that is later than what the mirror shows: as with apt, none leads back to what was mended."""
    with suppress(OSError, CannotError):
        before = kept.read_bytes()
        if before != data and (found := _judged(before, archive, what))[1].date > release.date:
            return found
    return None


def _in_release(web: Web, url: str, kept: Path) -> tuple[bytes, dict[str, str]]:
    """The signed Release file, and the headers to ask with the next time, when it may be the same."""
    before = _headers(kept)
    what = f"{shown(url)}/InRelease"

    def work() -> tuple[bytes, dict[str, str]]:
        with web.open(Request("GET", f"{url}/InRelease", before | authorization(url))) as response:
            if response.status_code == 304 and before:
                return kept.read_bytes(), before
            if response.status_code != 200:
                raise web.refusal(response, f"{what} answers {phrase(response.status_code)}")
            after = {name: response.headers[field] for field, name in _KEPT.items() if field in response.headers}
            return read(response, _RELEASE_BYTES, what), after

    try:
        if is_local(url):
            return b"".join(pieces(web, f"{url}/InRelease", 0, _RELEASE_BYTES, "an archive")), {}
        return web.again(work)
    except CannotError as error:
        if getattr(error, "status", 404) == 404 and _has(web, f"{url}/Release"):
            what = f"{shown(url)} is not signed: it has a Release file, but no InRelease"
            raise CannotError(
                what, "only signed archives are believed; reprepro and apt-ftparchive sign theirs"
            ) from None
        raise CannotError(f"an archive cannot be read: {error}", _OTHER) from error


def _has(web: Web, url: str) -> bool:
    with suppress(CannotError):
        return any(map(len, pieces(web, url, 0, _RELEASE_BYTES, "")))
    return False


def _headers(kept: Path) -> dict[str, str]:
    """What the server said of the Release file that is kept; nothing unless both are there."""
    with suppress(OSError, msgspec.DecodeError):
        if kept.is_file():
            return msgspec.json.decode(kept.with_suffix(".headers").read_bytes(), type=dict[str, str])
    return {}


def _paths(archive: Archive, release: ArchiveRelease, architecture: str, what: str) -> Iterator[tuple[str, str]]:
    """The Packages files of the suite that matter, and how apt calls its lists. Raises CannotError if one is not
    there.
    """
    for number, component in enumerate(_components(archive)):
        found = False
        for kind in (architecture, *["all"] * release.all_apart):
            path = f"{component}/binary-{kind}/Packages" if component else "Packages"
            if path in release.files and not (found and not component):
                found = True
                yield path, f"c{number}_binary-{kind}"
        if not found:
            of = f"component {component!r} for {architecture}" if component else "list of packages"
            raise CannotError(f"{what} knows no {of}", "is it spelt right? an archive's components can be named")


def _index(web: Web, url: str, release: ArchiveRelease, path: str, place: Path) -> PackagesIndex:
    """A Packages file as the Release file has it, which is then also at ``place``."""
    wanted = release.files[path]
    data = place.read_bytes() if place.is_file() else b""
    if hashlib.sha256(data).hexdigest() != wanted.sha256:
        form = next((form for form in _FORMS if f"{path}{form}" in release.files), "")
        what = f"{shown(url)}/{path}{form}"
        packed = _fetched(web, url, release, f"{path}{form}", what)
        data = _unpacked(packed, form, min(wanted.size, _INDEX_BYTES), what)
        if hashlib.sha256(data).hexdigest() != wanted.sha256:
            raise _altered(what)
        _write(place, data)
    return PackagesIndex(data)


def _fetched(web: Web, url: str, release: ArchiveRelease, path: str, what: str) -> bytes:
    """A file of the suite, by its hash where the mirror has it so: then it is of this Release, and of no later one."""
    listed = release.files[path]
    by_hash = f"{path.rpartition('/')[0]}/by-hash/SHA256/{listed.sha256}".lstrip("/")
    places = (by_hash, path) if release.by_hash else (path,)
    for place in places:
        try:
            data = b"".join(pieces(web, f"{url}/{place}", 0, min(listed.size, _INDEX_BYTES), "a list of packages"))
        except NetworkError as error:
            if error.status != 404 or place == places[-1]:
                raise
        else:
            if hashlib.sha256(data).hexdigest() != listed.sha256:
                raise _altered(what)
            return data
    raise AssertionError("the last place raises")


def _altered(what: str) -> CannotError:
    hint = "a mirror in the middle of an update may do so, or somebody altered it: try again, or another mirror"
    return CannotError(f"{what} is not what the signed InRelease says", hint)


def _unpacked(data: bytes, form: str, size: int, what: str) -> bytes:
    """At most a byte more than ``size``."""
    try:
        if form == ".xz":
            return lzma.LZMADecompressor(memlimit=_XZ_MEMORY).decompress(data, size + 1)
        return zlib.decompressobj(31).decompress(data, size + 1) if form == ".gz" else data
    except (lzma.LZMAError, zlib.error) as error:
        raise CannotError(f"{what} cannot be unpacked: {error}", "another mirror may have it whole") from error


def _write(path: Path, data: bytes) -> None:
    """Make a file hold ``data``, whole or not at all. One that does already keeps its time, by which apt knows it."""
    if path.is_file() and path.read_bytes() == data:
        return
    beside = path.with_name(f".{token_hex(8)}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        words = error.strerror or error
        hint = "look at the disk and at XDG_CACHE_HOME"
        raise CannotError(f"the lists of archives cannot be written: {words}", hint) from error
    finally:
        beside.unlink(missing_ok=True)
