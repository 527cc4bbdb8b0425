"""Files from archives of packages: fetched once, verified always, and kept on a shelf by what they hash to.

A file that is not complete lies beside its place as ``HASH.part``, locked by whoever fills it (flock(2)), and whoever
wants it next goes on with it. A shelf that cannot be made or written to is no reason to fail; a full disk is.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from shave import cache, netrc_credentials, parallel
from shave.apt.credentials import authorization
from shave.cache import FILES
from shave.errors import CannotError, ShaveError
from shave.events import Sink
from shave.net import PATIENT, NetworkError, Patience, Request, Web, host_of, phrase
from shave.parallel import Advance

_AT_ONCE = 8
_CHUNK = 256 << 10
_MOST = 8 << 30
_HINT = "look at the network and at the mirror, and run the same command again: it goes on from where it was"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SHA512 = re.compile(r"sha512-([A-Za-z0-9+/]{86}==)", re.ASCII)


class Wanted(Struct, frozen=True):
    """A file: what to call it, where it is (http, https, file), what it must hash to and its bytes, 0 if unknown.

    ``digest`` is a SHA-256 in hex digits, or a SHA-512 as Subresource Integrity has it ("sha512-…").
    """

    name: str
    url: str
    digest: str
    size: int = 0


def fetch(wanted: Iterable[Wanted], directory: Path, sink: Sink, patience: Patience = PATIENT) -> dict[str, Path]:
    """The files in ``directory``, by their digests; what is on the shelf is linked from there, and nobody is asked.

    Raises CannotError naming the file that cannot be had, or is not what it must be.
    """
    different: dict[str, Wanted] = {}
    for each in wanted:
        different.setdefault(each.digest, each)
    files = tuple(different.values())
    with Web(False, sink, patience) as web:
        work = partial(_had, web, directory)
        total = sum(each.size for each in files)
        places = parallel.each("download", total, files, work, sink, _AT_ONCE)
    return {each.digest: place for each, place in zip(files, places, strict=True)}


def _had(web: Web, directory: Path, wanted: Wanted, advance: Advance) -> Path:
    target, shelved = directory / _file_name(wanted), _place(wanted)
    try:
        if shelved and _taken(shelved, target) and _is(target, wanted):
            cache.touch(shelved)
            advance(wanted.size)
        else:
            target.unlink(missing_ok=True)
            _fetched(web, wanted, target, shelved, advance)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "free some space" if full else "look at XDG_CACHE_HOME and TMPDIR"
        raise CannotError(f"{wanted.name} cannot be written: {error.strerror or error}", hint) from error
    return target


def _fetched(web: Web, wanted: Wanted, target: Path, shelved: Path | None, advance: Advance) -> None:
    """Fill a part; when it is what it must be it gets its names."""
    with _part(shelved, target) as (file, path):
        for chunk in _rest(web, wanted, file):
            file.write(chunk)
            advance(len(chunk))
        file.flush()
        if not _is(path, wanted):
            path.unlink()
            hint = "a mirror in the middle of an update may do so, or somebody altered it: try again, or another mirror"
            raise CannotError(f"{wanted.name} is not what it must be: {shown(wanted.url)} is another file", hint)
        if path.parent == target.parent:
            path.replace(target)
            return
        _taken(path, target)
        path.replace(path.with_suffix(""))
    with suppress(OSError, ShaveError):
        cache.bound(FILES)


@contextmanager
def _part(shelved: Path | None, target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file to fill, locked: the shelf's, or one beside the target where the shelf has none for us."""
    path = target.with_name(f"{target.name}.part")
    with ExitStack() as closing:
        file = None
        if shelved:
            with suppress(OSError):
                shelved.parent.mkdir(parents=True, exist_ok=True)
                kept = shelved.with_name(f"{shelved.name}.part")
                file, path = closing.enter_context(_locked(kept)), kept
        yield file or closing.enter_context(path.open("w+b")), path


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """A file that nobody else writes. Raises OSError if somebody does."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            raise BlockingIOError
        yield file


def _rest(web: Web, wanted: Wanted, file: BinaryIO) -> Iterator[bytes]:
    """What is missing of the file, in chunks; it is positioned where the first of them belongs."""
    start, limit = file.seek(0, os.SEEK_END), wanted.size or _MOST
    if start > limit or is_local(wanted.url):
        file.truncate(0)
        start = file.seek(0)
    return pieces(web, wanted.url, start, limit, wanted.name) if start < limit else iter(())


def is_local(url: str) -> bool:
    """Whether it is a file of this machine (sources.list(5), "file" and "copy")."""
    return urlsplit(url).scheme in ("file", "copy")


def _local(url: str, name: str, limit: int) -> Iterator[bytes]:
    try:
        with Path(unquote(urlsplit(url).path)).open("rb") as file:
            while limit >= 0 and (chunk := file.read(min(_CHUNK, limit + 1))):
                limit -= len(chunk)
                yield chunk
    except OSError as error:
        raise CannotError(f"{name} cannot be read: {error.strerror}: {shown(url)}", "is it there?") from error


def pieces(web: Web, url: str, start: int, limit: int, name: str) -> Iterator[bytes]:
    """The bytes of ``url`` from ``start`` on, not verified, and not many more than ``limit``. A connection that breaks
    is made again from where it was, as long as that gets further. Raises CannotError that begins with ``name``.
    """
    if is_local(url):
        yield from _local(url, name, limit)
        return
    at = start
    while True:
        before = at
        try:
            for attempt in web.attempts():
                yield b""  # whoever does not want to wait any longer says so here
                with attempt:
                    for chunk in _from(web, url, at, limit):
                        at += len(chunk)
                        yield chunk
            return
        except NetworkError as error:
            if not error.passing or at == before:
                raise NetworkError(f"{name} cannot be fetched: {error}", _HINT, status=error.status) from error


def _from(web: Web, url: str, start: int, limit: int) -> Iterator[bytes]:
    """All the rest, or NetworkError."""
    secret = authorization(url) or netrc_credentials.authorization(url)
    headers = secret | ({"Range": f"bytes={start}-"} if start else {})
    with web.open(Request("GET", url, headers)) as response:
        if start and response.status_code == 416:
            return
        if response.status_code not in (200, 206):
            raise web.refusal(response, f"{shown(url)} answers {phrase(response.status_code)}")
        if response.status_code == 206 and not response.headers.get("content-range", "").startswith(f"bytes {start}-"):
            raise NetworkError(f"{shown(url)} begins elsewhere than at byte {start}", passing=True)
        skip = start if response.status_code == 200 else 0
        at, size = start - skip, response.headers.get("content-length", "")
        end = at + int(size) if re.fullmatch("[0-9]{1,15}", size, re.ASCII) and skip == 0 else 0
        for chunk in response.iter_raw():
            fresh, skip = chunk[skip:], max(0, skip - len(chunk))
            at += len(chunk)
            if fresh:
                yield fresh
            if at > limit:
                return  # whoever verifies them sees that these are others
    if at < end:
        raise NetworkError(f"{host_of(url)} broke off after {at} of {end} bytes", passing=True)


def _checksum(wanted: Wanted) -> tuple[str, str]:
    """The algorithm, and what it must give in hex digits."""
    if _SHA256.fullmatch(wanted.digest):
        return "sha256", wanted.digest
    found = _SHA512.fullmatch(wanted.digest)
    if not found:
        raise CannotError(
            f"{wanted.name} has no checksum to verify: {wanted.digest[:100]!r}", "sha256 and sha512 are understood"
        )
    return "sha512", b64decode(found[1]).hex()


def _file_name(wanted: Wanted) -> str:
    return _checksum(wanted)[1]


def _place(wanted: Wanted) -> Path | None:
    """Where the shelf has the file; None for a user without a home."""
    with suppress(OSError):
        return cache.place(FILES, ":".join(_checksum(wanted)))
    return None


def _is(path: Path, wanted: Wanted) -> bool:
    """Whether a file has the size and the digest that are wanted: disks forget."""
    algorithm, digest = _checksum(wanted)
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        return wanted.size in (0, size) and hashlib.file_digest(file, algorithm).hexdigest() == digest


def _taken(source: Path, target: Path) -> bool:
    """Whether ``source`` is there now also as ``target``; as the same file where the file system can."""
    try:
        target.hardlink_to(source)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        shutil.copyfile(source, target)
    return True


def shown(url: str) -> str:
    """An URL as messages have it: without what may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{host_of(url)}{parts.path}"
