"""Both versions of a Dockerfile, built to be compared: by one builder, from one context, and gone at the end."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from msgspec import Struct

from shave import program
from shave.builders import AUTO, choose
from shave.builders.command import tail
from shave.builders.protocol import Builder, Order
from shave.builders.reason import last_words
from shave.dockerfile.abilities import abilities
from shave.dockerfile.parser import parse
from shave.engine import connect
from shave.errors import CannotError
from shave.events import Sink, stage
from shave.image import Image
from shave.reference import parse as parse_reference
from shave.sources import open_image

_IGNORE = ".dockerignore"


class Building(Struct, frozen=True):
    """How images are built: ``builder`` is "auto" or one by name, ``network`` the builder's own choice if "".

    ``timeout`` is of each build, in seconds.
    """

    builder: str = AUTO
    network: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    timeout: float = 1800.0


class BuildFailedError(CannotError):
    """A Dockerfile that was read does not build; ``last_words`` are what the builder said last."""

    def __init__(self, message: str, last_words: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint)
        self.last_words = last_words


class Site(Struct, frozen=True):
    """Where images are built, from the builder's cache or ``is_anew``: logs and contexts are below ``directory``."""

    builder: Builder
    building: Building
    directory: Path
    sink: Sink
    is_anew: bool = False

    @contextmanager
    def image(self, name: str, text: bytes, context: Path) -> Iterator[Image]:
        """The image of a Dockerfile, usable inside the context and then gone; its layers for the next build may stay.

        Raises BuildFailedError, CannotError where nothing can be built.
        """
        tag = f"shave-prove/{token_hex(6)}:{name}"
        order = Order(
            text.decode("utf-8", "surrogateescape"),
            context,
            tag,
            self.directory / f"{name}.log",
            arguments=self.building.arguments,
            network=self.building.network,
            timeout=self.building.timeout,
            is_anew=self.is_anew,
        )
        with stage(self.sink, f"build {name}"):
            outcome = self.builder.build(order)
        if not outcome.reference:
            raise BuildFailedError(f"it does not build: {outcome.message}", last_words(tail(order.log)))
        try:
            with open_image(parse_reference(outcome.reference)) as image:
                yield image
        finally:
            _remove(outcome.reference)


def site(texts: tuple[bytes, ...], building: Building, directory: Path, sink: Sink) -> Site:
    """The first builder that is able of all texts. Raises CannotError, UsageError for no name of one."""
    asked = frozenset(ability for text in texts for ability in abilities(parse(text)))
    return Site(choose(building.builder, asked), building, directory, sink)


def staged(context: Path, ignore: str | None, directory: Path) -> Path:
    """The context with this text as its ignore file: itself, or ``directory``, with hard links to all that is in it."""
    path = context / _IGNORE
    try:
        own = path.read_bytes() if path.is_file() else None
        wanted = None if ignore is None else ignore.encode("utf-8", "surrogateescape")
        if own == wanted:
            return context
        shutil.copytree(context, directory, symlinks=True, copy_function=_linked)
        with suppress(FileNotFoundError):
            (directory / _IGNORE).unlink()
        if wanted is not None:
            (directory / _IGNORE).write_bytes(wanted)
    except OSError as error:
        raise CannotError(f"the context {context} cannot be read: {error}") from error
    return directory


def _linked(source: str, target: str) -> None:
    """Another name of a file; a copy where that cannot be."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _remove(reference: str) -> None:
    """What cannot be removed stays: the answer is worth more."""
    transport, _, name = reference.partition(":")
    with suppress(CannotError):
        if transport == "docker-daemon":
            with connect() as engine:
                engine.remove(name)
        else:
            program.answer(("podman", "image", "rm", name), "")
