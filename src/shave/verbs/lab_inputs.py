"""What goes into a variant of a lab: while none of it changes, its image is not built again.

Of a context only what instructions can reach counts. What is behind a URL, or in a registry, is taken to be the same.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath
from typing import Any

import msgspec
from msgspec import Struct

from shave import dockerignore
from shave.builders.protocol import Ability
from shave.context_digest import context_digest
from shave.dockerfile.abilities import abilities, bases, copied, needed
from shave.dockerfile.pairs import fields
from shave.dockerfile.parser import parse
from shave.dockerfile.parts import Dockerfile, Instruction
from shave.lab import DockerfileBuild

_EVERYTHING = "**"
# what a lab is made of is no source of its programs
_LAB = ("Dockerfile.*", "lab.toml")


class Asked(Struct, frozen=True):
    """What a Dockerfile wants: of its builder, of images that are there already, of its context (paths and patterns).

    ``has_syntax`` if it says which reader of Dockerfiles BuildKit should fetch for it.
    """

    abilities: frozenset[Ability]
    images: tuple[str, ...]
    sources: tuple[str, ...]
    has_syntax: bool


def asked(build: DockerfileBuild) -> Asked:
    """What the Dockerfile wants."""
    read = parse(build.text.encode("utf-8", "surrogateescape"))
    sources = dict.fromkeys(source for each in read.instructions for source in _sources(each))
    images = dict.fromkeys((*bases(read, build.arguments), *_images(read)))
    return Asked(abilities(read), tuple(images), tuple(sources), "syntax" in read.directives)


def digest(*parts: Any) -> str:
    """That of values, whatever they are."""
    # a Dockerfile that is no UTF-8 has surrogates, which msgspec does not write
    return f"sha256:{hashlib.sha256(json.dumps(msgspec.to_builtins(parts)).encode()).hexdigest()}"


def command_inputs(directory: Path, command: tuple[str, ...]) -> str:
    """The digest of a lab's files, any of which a command may read; of those that make it a lab, the ones it names."""
    left_out = dockerignore.parse("\n".join(_LAB))
    named = frozenset(normpath(word) for word in command)
    return context_digest(directory, lambda path: not left_out(path) or path in named)


def files(directory: Path, sources: tuple[str, ...]) -> str:
    """The digest of the files of a context that any of the sources reaches. Raises CannotError, UsageError."""
    if not sources:
        return ""
    if _EVERYTHING in sources:
        return context_digest(directory, lambda path: True)
    return context_digest(directory, dockerignore.parse("\n".join(sources)))


def _sources(instruction: Instruction) -> Iterator[str]:
    """What an instruction reads of the context, as patterns of a .dockerignore, whose grammar is the same."""
    if instruction.inner:
        yield from _sources(instruction.inner)
    for word in copied(instruction):
        yield _pattern(word.value)
    for flag in instruction.flags:
        mount = fields(flag) if (instruction.keyword, flag.name) == ("RUN", "mount") else {}
        if mount and mount.get("type", "bind") == "bind" and "from" not in mount:
            yield _pattern(mount.get("source") or mount.get("src") or ".")


def _pattern(source: str) -> str:
    """One that cannot be known before the build, or would mean something else in a .dockerignore, is everything."""
    path = normpath(source).lstrip("/")
    return _EVERYTHING if path in ("", ".") or path.startswith(("#", "!")) or set(path) & set("$\n") else path


def _images(read: Dockerfile) -> Iterator[str]:
    """Those that are copied from or mounted, by their names."""
    for stage in read.stages:
        yield from (name for name in needed(stage) if read.stage(name) is None)
