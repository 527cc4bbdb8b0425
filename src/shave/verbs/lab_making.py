"""How one variant of a lab is made, and what goes into it."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave.builders import ABILITIES, choose, needs
from shave.builders.command import worked
from shave.builders.protocol import Ability, Builder, Order, Outcome
from shave.errors import CannotError
from shave.lab import BuildRecord, CommandBuild, DockerfileBuild, ReferenceBuild, Variant
from shave.lab_state import State
from shave.reference import TRANSPORTS, parse
from shave.sources import locate
from shave.supervised import Stopped, Work
from shave.verbs.lab_images import found, local
from shave.verbs.lab_inputs import Asked, asked, command_inputs, digest, files

_PLACE = re.compile(r"\{(tag|out|from)\}")
FROM = "SHAVE_FROM"
"""The build argument, and the variable of a command, that says what the variant is built on."""


class Making(Struct, frozen=True):
    """A variant, and the record of the variant that it is built on."""

    variant: Variant
    base: BuildRecord | None


class Workshop(Struct, frozen=True):
    """What all builds of a lab have in common. ``builder`` is None if no variant has a Dockerfile.

    ``lacking`` is what the builder cannot do, ``asks`` what each Dockerfile asks for, by its variant.
    """

    directory: Path
    state: State
    builder: Builder | None
    version: str
    lacking: frozenset[Ability]
    asks: Mapping[str, Asked]
    tag: str
    network: str
    is_stopped: Stopped

    def inputs(self, making: Making) -> str:
        """The digest of all that goes into it."""
        build, base = making.variant.build, making.base.digest if making.base else ""
        if isinstance(build, DockerfileBuild):
            wants = self.asks[making.variant.name]
            images = [(name, each.digest if (each := local(self._transport, name)) else "") for name in wants.images]
            context = files(self.directory / build.context, wants.sources)
            return digest(build, base, self._named(making.variant), self._made_by, images, context, self.network)
        if isinstance(build, CommandBuild):
            return digest(build, base, self._named(making.variant), command_inputs(self.directory, build.command))
        return digest(build)

    def made(self, making: Making, inputs: str) -> BuildRecord:
        """Make it. Raises CannotError."""
        build = making.variant.build
        if isinstance(build, DockerfileBuild):
            return self._by_dockerfile(making, build, inputs)
        if isinstance(build, CommandBuild):
            return self._by_command(making, build, inputs)
        return self._looked_at(making.variant.name, build, inputs)

    def _by_dockerfile(self, making: Making, build: DockerfileBuild, inputs: str) -> BuildRecord:
        name, log = making.variant.name, self.state.log(making.variant.name)
        assert self.builder
        missing = self._missing(self.asks[name])
        if missing:
            words = f"{self.builder.name} {self.version} cannot build it: {'; '.join(needs(missing))}"
            return BuildRecord(name, inputs, "failed", 0.0, message=words)
        order = Order(
            build.text,
            self.directory / build.context,
            self._named(making.variant),
            log,
            build.target,
            (*build.arguments.items(), *_base_argument(making, build)),
            self.network,
            making.variant.timeout,
        )
        return self._recorded(name, inputs, self.builder.build(order, self.is_stopped), log)

    def _missing(self, wants: Asked) -> frozenset[Ability]:
        """What the Dockerfile asks for and the builder cannot. BuildKit may fetch a reader that can."""
        fetches = wants.has_syntax and self._made_by[0] == "docker-buildx"
        return frozenset() if fetches else wants.abilities & self.lacking

    def _by_command(self, making: Making, build: CommandBuild, inputs: str) -> BuildRecord:
        name, log = making.variant.name, self.state.log(making.variant.name)
        base = making.base.reference if making.base else ""
        values = {"tag": self._named(making.variant), "out": str(self.state.out(name)), "from": base}
        command = tuple(_filled(word, values) for word in build.command)
        # a shave that is run by its path finds itself
        path = f"{os.environ.get('PATH', os.defpath)}:{Path(sys.executable).parent}"
        variables = {"SHAVE_TAG": values["tag"], "SHAVE_OUT": values["out"], FROM: base, "PATH": path}
        work = Work(command, log, making.variant.timeout, variables, self.directory)
        outcome = worked(work, self._located(_filled(build.image, values)), self.is_stopped)
        return self._recorded(name, inputs, outcome, log)

    def _looked_at(self, name: str, build: ReferenceBuild, inputs: str) -> BuildRecord:
        reference = self._located(build.reference)
        image = found(reference)
        if image is None:
            return BuildRecord(name, inputs, "failed", 0.0, message=f"there is no {reference}")
        return BuildRecord(name, inputs, "built", 0.0, reference, image.digest)

    def _located(self, text: str) -> str:
        """A reference that holds wherever shave is started: paths are those of the lab's directory."""
        if text.partition(":")[0] not in TRANSPORTS:
            return str(locate(text))
        place = parse(text)
        is_path = place.transport in ("oci", "oci-archive", "docker-archive", "rootfs")
        return str(replace(place, name=str(self.directory.resolve() / place.name)) if is_path else place)

    def _recorded(self, name: str, inputs: str, outcome: Outcome, log: Path) -> BuildRecord:
        if not outcome.reference:
            how: Literal["failed", "timeout"] = "timeout" if outcome.is_timeout else "failed"
            return BuildRecord(name, inputs, how, outcome.seconds, log=str(log), message=outcome.message)
        image = found(outcome.reference)
        if image is None:
            message = f"it ended well, but there is no {outcome.reference}"
            return BuildRecord(name, inputs, "failed", outcome.seconds, log=str(log), message=message)
        return BuildRecord(name, inputs, "built", outcome.seconds, outcome.reference, image.digest, str(log))

    def _named(self, variant: Variant) -> str:
        return f"{self.tag}:{variant.name}"

    @property
    def _made_by(self) -> tuple[str, str]:
        return (self.builder.name, self.version) if self.builder else ("", "")

    @property
    def _transport(self) -> str:
        return "docker-daemon" if self._made_by[0].startswith("docker") else "containers-storage"


def workshop(
    variants: tuple[Variant, ...], directory: Path, state: State, name: str, tag: str, network: str, is_stopped: Stopped
) -> Workshop:
    """The best builder of that name for all of them; if none is able of all, those variants fail that ask for more."""
    asks = {each.name: asked(each.build) for each in variants if isinstance(each.build, DockerfileBuild)}
    if not asks:
        return Workshop(directory, state, None, "", frozenset(), asks, tag, network, is_stopped)
    try:
        builder = choose(name, frozenset[Ability]().union(*(each.abilities for each in asks.values())))
    except CannotError:
        builder = choose(name)
    lacking, version = builder.lacks(ABILITIES), builder.version()
    return Workshop(directory, state, builder, version, lacking, asks, tag, network, is_stopped)


def _base_argument(making: Making, build: DockerfileBuild) -> tuple[tuple[str, str], ...]:
    """For a Dockerfile that begins with ``ARG SHAVE_FROM``: the name by which the builder knows what it is built on."""
    if making.base is None or FROM not in build.text:
        return ()
    transport, _, name = making.base.reference.partition(":")
    return ((FROM, name if transport in ("docker-daemon", "containers-storage") else making.base.reference),)


def _filled(word: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values[place[1]], word)
