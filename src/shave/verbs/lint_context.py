"""The context of a Dockerfile, and the .dockerignore that leaves out of it what the image does not need."""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from shave import dockerignore
from shave.errors import CannotError
from shave.lives import layers
from shave.positions import Guesses
from shave.recipe import Recipe
from shave.rules.flattened import flattened
from shave.rules.known import Context
from shave.rules.whole_context import leaves, taken

_NAME = ".dockerignore"
_MOST_FILES, _MOST_TEXT, _CHUNK = 2_000_000, 1 << 20, 1 << 16


class Proposed(Struct, frozen=True):
    """The text of an ignore file, and what its new lines leave out of the layers: files and their bytes."""

    text: str
    files: int
    unpacked_bytes: int


def context(directory: Path, dockerfile: Path | None = None) -> Context:
    """The files of a directory, not read yet, and its ignore file: ``NAME.dockerignore`` beside a Dockerfile NAME
    counts before the directory's own.

    Symlinks are not followed: as files they have no bytes. Raises UsageError for an ignore file that Docker refuses,
    CannotError for what cannot be read.
    """
    ignore = _ignore(directory, dockerfile)
    leaves_out = dockerignore.parse(ignore or "")
    if not directory.is_dir():
        raise CannotError(f"the context {directory} is no directory", "give the one that images are built from")
    found: dict[str, int] = {}
    for path, size in _walk(directory, leaves_out):
        found[path] = size
        if len(found) > _MOST_FILES:
            raise CannotError(f"the context {directory} has more than {_MOST_FILES} files", "is it the right one?")
    return Context(
        directory, found, ignore, lambda paths: packed(directory, tuple((path, found[path]) for path in paths))
    )


def ignore_file(directory: Path, dockerfile: Path) -> Path:
    """Where the ignore file of a context is, or would be."""
    beside = dockerfile.with_name(f"{dockerfile.name}{_NAME}")
    return beside if beside.is_file() else directory / _NAME


def proposed(recipe: Recipe, given: Context) -> Proposed | None:
    """The ignore file with what each COPY takes for nothing left out; None where there is nothing to leave out."""
    recipes = (recipe, *(each.recipe for each in flattened(recipe)))
    files = {path: size for each in recipes for step in layers(each) for path, size in taken(step, given).items()}
    found = leaves(recipe, files)
    if not found:
        return None
    end = "\r\n" if "\r\n" in (given.ignore or "") else "\n"
    before = f"{given.ignore.rstrip()}{end}" if given.ignore and given.ignore.strip() else ""
    left = {path: size for each in found.values() for path, size in each.items()}
    return Proposed(before + "".join(f"{pattern}{end}" for pattern in found), len(left), sum(left.values()))


@lru_cache(maxsize=8)  # several Dockerfiles of one context take the same of it
def packed(directory: Path, files: tuple[tuple[str, int], ...]) -> int:
    """What gzip would make of files of a context, by their paths and bytes; of what cannot be read nothing."""
    guesses = Guesses()
    for _ in guesses.plain(guesses.pieces(chunk for path, size in files for chunk in _body(directory / path, size))):
        pass
    return guesses.positions().packed_bytes


def _body(path: Path, size: int) -> Iterator[bytes]:
    with suppress(OSError), path.open("rb", buffering=0) as file:
        while size > 0 and (chunk := file.read(min(size, _CHUNK))):
            size -= len(chunk)
            yield chunk


def _ignore(directory: Path, dockerfile: Path | None) -> str | None:
    beside = [dockerfile.with_name(f"{dockerfile.name}{_NAME}")] if dockerfile else []
    for path in (*beside, directory / _NAME):
        try:
            with path.open("rb") as file:
                return file.read(_MOST_TEXT).decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise CannotError(f"{path} cannot be read: {error.strerror}") from error
    return None


def _walk(directory: Path, leaves_out: dockerignore.Ignored) -> Iterator[tuple[str, int]]:
    """Files by their paths in the context; a directory that cannot be read is passed over if it is left out."""
    todo = [""]
    while todo:
        here = todo.pop()
        try:
            entries = sorted(os.scandir(directory / here), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            if leaves_out(here):
                continue
            raise CannotError(f"{here or '.'} of the context cannot be read: {error.strerror}") from error
        for entry in entries:
            path = f"{here}/{entry.name}" if here else entry.name
            if entry.is_dir(follow_symlinks=False):
                todo.append(path)
            elif entry.is_file(follow_symlinks=False):
                yield path, entry.stat(follow_symlinks=False).st_size
