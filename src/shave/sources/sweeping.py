"""Blobs of a layout that nothing names any more: what a tag that moved leaves behind, and what a writer that failed or
was killed had begun.

Other blobs without a name are left alone: they may be on their way, brought by a tool that knows nothing of our lock.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from shave.errors import BadImageError
from shave.oci import OCI_INDEX, blob_path
from shave.sources.members import MANIFEST_BYTES, Directory, read_document

NOTE = ".shave-unfinished"
"""The file that names the blobs that a writer brings or takes away, a digest a line, as long as it is at work."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}", re.ASCII)
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC
_NOTE_BYTES = 16 << 20


@contextmanager
def sweeping(root: int, path: Path, coming: Collection[str], going: Collection[str]) -> Iterator[None]:
    """Within it the blobs ``coming`` are written to the layout, by a writer who holds its lock.

    Afterwards, however it ended, those of them that were not there before, those that an earlier writer had not
    finished with, and those in ``going`` are deleted unless ``index.json`` reaches them.
    """
    members = Directory(path)
    new = (digest for digest in coming if members.size(blob_path(digest)) is None)
    ours = {*new, *set(going).difference(coming), *_unfinished(members)}
    try:
        if ours:
            _note(root, ours)
        yield
    finally:
        _sweep(root, members, ours)
        with suppress(FileNotFoundError):
            os.unlink(NOTE, dir_fd=root)


def reached(members: Directory, entries: Iterable[Any]) -> set[str]:
    """The digests of all blobs that entries of an index name, and those below them; ``entries`` as in the JSON.

    A document that is not there reaches nothing. Raises BadImageError if one cannot be read: then nobody knows.
    """
    found: set[str] = set()
    read: set[str] = set()
    waiting = list(_named(entries))
    while waiting:
        digest, media_type = waiting.pop()
        found.add(digest)
        if digest not in read and (not media_type or "json" in media_type or "jws" in media_type):
            read.add(digest)
            waiting += _named(_document(members, blob_path(digest), media_type))
    return found


def _document(members: Directory, name: str, media_type: str) -> Any:
    """A document, None for one that is not there, or for something of no known type that is none."""
    size = members.size(name)
    if size is None or (not media_type and size > MANIFEST_BYTES):
        return None
    try:
        return msgspec.json.decode(read_document(members, name, MANIFEST_BYTES, name))
    except (msgspec.MsgspecError, RecursionError) as error:
        if not media_type:
            return None
        raise BadImageError(f"{name} in {members.path} is malformed: {error}") from error


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """Every digest in a document with the media type beside it; in whatever field, for there are kinds we know not."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            media_type = str(here.get("mediaType", ""))
            yield from ((text, media_type) for text in here.values() if _is_digest(text))
            waiting += here.values()
        elif isinstance(here, list | tuple):
            yield from ((text, "") for text in here if _is_digest(text))
            waiting += here


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _unfinished(members: Directory) -> set[str]:
    if members.size(NOTE) is None:
        return set()
    return set(_DIGEST.findall(read_document(members, NOTE, _NOTE_BYTES, "a note of shave").decode("ascii", "replace")))


def _note(root: int, digests: Iterable[str]) -> None:
    # added to what an earlier writer noted: a kill at this point must not lose that
    descriptor = os.open(NOTE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _FLAGS, 0o666, dir_fd=root)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{digest}\n" for digest in digests)


def _sweep(root: int, members: Directory, candidates: set[str]) -> None:
    """Delete the candidates that are not reached; none where that cannot be known."""
    with suppress(BadImageError):
        entries = _document(members, "index.json", OCI_INDEX)
        for digest in candidates - reached(members, [entries] if entries else []):
            *folders, name = blob_path(digest).split("/")
            with suppress(OSError), ExitStack() as closing:
                here = root
                for folder in folders:
                    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _FLAGS, dir_fd=here)
                    closing.callback(os.close, here)
                os.unlink(name, dir_fd=here)
