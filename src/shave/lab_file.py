"""The file that says what a lab is: ``lab.toml`` in its directory, beside Dockerfiles that are variants by their names.

Every mistake is a UsageError that names the file, the key and what was expected.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import replace

from shave import config, lab_convention, quantity, toml_reader
from shave.diagnosis import CAUSES
from shave.errors import UsageError
from shave.lab import Build, CommandBuild, DockerfileBuild, Expectation, Lab, ReferenceBuild, Variant
from shave.lab_templates import filled
from shave.probe import Probe, RunOptions

NAME, PAGE = "lab.toml", "docs/labs.md"
_OUTCOMES = ("ok", "build-fails", "run-fails")
# What may stand behind the colon of an image's name: distribution, reference/regexp.go
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
# What may stand before it: a path component of a repository
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_LONGEST = 86400
_SOURCES = ("dockerfile", "text", "command", "reference")


class _Part(Struct, frozen=True):
    """What a Dockerfile is put together from: the text or its file, its values, and the variant that it is built on."""

    name: str
    base: str = field(name="from", default="")
    text: str = ""
    template: str = ""
    values: dict[str, str] = {}


class _Program(_Part, frozen=True):
    baseline: str = ""
    run: RunOptions | UnsetType = UNSET
    probe: tuple[Probe, ...] | UnsetType = UNSET


class _Builder(_Part, frozen=True):
    programs: tuple[str, ...] = ("*",)
    runners: tuple[str, ...] = ("*",)


class _Variant(Struct, frozen=True):
    name: str
    base: str = field(name="from", default="")
    dockerfile: str = ""
    text: str = ""
    command: tuple[str, ...] = ()
    image: str = "docker-daemon:{tag}"
    reference: str = ""
    context: str = "."
    target: str = ""
    arguments: dict[str, str] = {}
    timeout: float = 0.0


class _Document(Struct, frozen=True):
    name: str = ""
    baseline: str = ""
    links: tuple[str, ...] = ()
    timeout: float = 1800.0
    exclude: tuple[str, ...] = ()
    run: RunOptions = RunOptions()
    probe: tuple[Probe, ...] = ()
    program: tuple[_Program, ...] = ()
    builder: tuple[_Builder, ...] = ()
    runner: tuple[_Part, ...] = ()
    variant: tuple[_Variant, ...] = ()
    expect: dict[str, str] = {}


def load(place: Path) -> Lab:
    """The lab of a directory, or of a file in it that says so (by default its ``lab.toml``, if there is one)."""
    path = place if place.is_file() else place / NAME
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is no directory", f"give that of a lab; see {PAGE}")
    table = toml_reader.document(path, f"see {PAGE}") if path.exists() else {}
    document = toml_reader.value(path, table, _Document, PAGE)
    for seconds in (document.timeout, *(variant.timeout for variant in document.variant if variant.timeout)):
        if not 0 < seconds <= _LONGEST:
            raise UsageError(f"{path}: timeout {seconds:g} is none", f"expected seconds, more than 0 up to {_LONGEST}")
    found = _excluded(path, document, _Reading(path, document).variants())
    if not found:
        raise UsageError(f"{path.parent} has no variants", f"write Dockerfile.PROGRAM.BUILDER, or a {NAME}: see {PAGE}")
    name = document.name or _repository(path.parent.resolve().name)
    _tags(path, name, found)
    lab = Lab(name, _ordered(path, tuple(_expecting(path, document.expect, found))), document.baseline)
    lab = replace(lab, baselines={each.name: each.baseline for each in document.program if each.baseline})
    for variant in filter(None, (lab.baseline, *lab.baselines.values())):
        _known(path, "baseline", variant, found)
    for link in document.links:
        quantity.rate(link, f"{path}: links")
    return replace(lab, links=document.links)


class _Reading(Struct, frozen=True):
    """A file, and what it says."""

    path: Path
    document: _Document

    def variants(self) -> Iterator[Variant]:
        """Those of Dockerfiles by their names, of programs × builders × runners, and those that are written down."""
        said = self.document
        parts = (*said.program, *said.builder, *said.runner)
        used = {part.template for part in parts} | {variant.dockerfile for variant in said.variant}
        by_name = (*lab_convention.variants(self.path.parent, used), *self._products())
        for variant in by_name:
            yield self._probed(replace(variant, timeout=said.timeout))
        for number, written in enumerate(said.variant):
            yield self._probed(self._written(number, written))

    def _products(self) -> Iterator[Variant]:
        for program in self.document.program:
            for builder in self.document.builder:
                if _matches(program.name, builder.programs):
                    # a pattern means runners; to be built and run in one stage has to be said, by ""
                    single = [None] if "" in builder.runners else []
                    named = [each for each in self.document.runner if _matches(each.name, builder.runners)]
                    for runner in (*single, *named):
                        yield self._product(program, builder, runner)

    def _product(self, program: _Program, builder: _Builder, runner: _Part | None) -> Variant:
        parts: tuple[_Part, ...] = (builder, *([runner] if runner else []))
        name = ".".join((program.name, *(part.name for part in parts)))
        values = {"program": program.name, "builder": builder.name, "runner": runner.name if runner else ""}
        for part in (program, *parts):
            values |= part.values
        text = "\n".join(self._text(part) for part in parts)
        build = DockerfileBuild(f"{lab_convention.PREFIX}{name}", filled(text, values, f"{self.path}: {name}"))
        base = next((part.base for part in (*reversed(parts), program) if part.base), "")
        return Variant(name, program.name, builder.name, runner.name if runner else "", build, base)

    def _text(self, part: _Part) -> str:
        where = f"{self.path}: {part.name}"
        if bool(part.text) == bool(part.template):
            raise UsageError(f"{where} needs either text or template", 'write text = """FROM …""", or a file\'s name')
        return part.text or lab_convention.read(self._below(where, part.template))

    def _written(self, number: int, said: _Variant) -> Variant:
        where = f"{self.path}: variant[{number}]"
        given = [key for key in _SOURCES if getattr(said, key)]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise UsageError(f"{where} has {found}: expected exactly one of {', '.join(_SOURCES)}", f"see {PAGE}")
        variant = lab_convention.variant(lab_convention.PREFIX + said.name, "")
        timeout = said.timeout or self.document.timeout
        return replace(variant, build=self._build(where, said), base=said.base, timeout=timeout)

    def _build(self, where: str, said: _Variant) -> Build:
        if said.command:
            return CommandBuild(said.command, said.image)
        if said.reference:
            return ReferenceBuild(said.reference)
        self._below(where, said.context)
        text = said.text or lab_convention.read(self._below(where, said.dockerfile))
        name = said.dockerfile or f"{lab_convention.PREFIX}{said.name}"
        return DockerfileBuild(name, text, said.context, said.target, said.arguments)

    def _below(self, where: str, name: str) -> Path:
        """A path of the lab, which nothing outside of its directory is."""
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise UsageError(f"{where}: {name} is not in the lab's directory", "name a path below it")
        return self.path.parent / name

    def _probed(self, variant: Variant) -> Variant:
        """The variant with the probes of its program, or of the lab; their paths made absolute and checked."""
        said = self.document
        program = next((each for each in said.program if each.name == variant.program), None)
        run = program.run if program and program.run is not UNSET else said.run
        probes = program.probe if program and program.probe is not UNSET else said.probe
        run, probes = config.checked(self.path, run, probes)
        return replace(variant, run=run, probes=probes)


def _matches(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _excluded(path: Path, document: _Document, variants: Iterable[Variant]) -> tuple[Variant, ...]:
    every = tuple(variants)
    for glob in document.exclude:
        if not any(fnmatchcase(variant.name, glob) for variant in every):
            raise UsageError(f"{path}: exclude: {glob!r} is no variant", _names(every, glob))
    return tuple(variant for variant in every if not _matches(variant.name, document.exclude))


def _tags(path: Path, name: str, variants: Sequence[Variant]) -> None:
    """Raise for what cannot stand in the name of an image, or stands there twice."""
    if not _REPOSITORY.fullmatch(name):
        raise UsageError(f"{path}: name {name!r} cannot name images", "use small letters, digits and single - _ .")
    seen: set[str] = set()
    for variant in variants:
        if not _TAG.fullmatch(variant.name):
            raise UsageError(f"{path}: {variant.name!r} can be no tag", "use letters, digits, - _ . and at most 128")
        if variant.name in seen:
            raise UsageError(f"{path}: two variants are named {variant.name}", "rename or exclude one")
        seen.add(variant.name)


def _repository(name: str) -> str:
    """The name of a directory as the name of an image."""
    return "-".join(re.findall("[a-z0-9]+", name.lower())) or "lab"


def _expecting(path: Path, expect: Mapping[str, str], variants: Sequence[Variant]) -> Iterator[Variant]:
    """The variants with what is expected of them: the last pattern that matches says it."""
    said = {glob: _expectation(path, glob, text) for glob, text in expect.items()}
    for glob in said:
        if not any(fnmatchcase(variant.name, glob) for variant in variants):
            raise UsageError(f"{path}: expect: {glob!r} is no variant", _names(variants, glob))
    for variant in variants:
        given = [expectation for glob, expectation in said.items() if fnmatchcase(variant.name, glob)]
        yield replace(variant, expected=given[-1] if given else variant.expected)


def _expectation(path: Path, glob: str, text: str) -> Expectation:
    outcome, colon, cause = text.partition(":")
    where = f"{path}: expect.{glob!r}"
    if outcome not in _OUTCOMES or (colon and outcome != "run-fails"):
        hint = toml_reader.nearest(text, list(_OUTCOMES), "expected ok, build-fails, run-fails or run-fails:CAUSE")
        raise UsageError(f"{where}: {text!r} is nothing to expect", hint)
    if colon and cause not in CAUSES:
        raise UsageError(f"{where}: {cause!r} is no cause", toml_reader.nearest(cause, list(CAUSES), "docs/causes.md"))
    named: Any = cause or None
    checked: Any = outcome
    return Expectation(checked, named)


def _ordered(path: Path, variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """Each behind what it is built on, else as they were."""
    by_name = {variant.name: variant for variant in variants}
    for variant in variants:
        if variant.base:
            _known(path, f"{variant.name}: from", variant.base, variants)
    try:
        order = TopologicalSorter({each.name: [each.base] if each.base else [] for each in variants}).static_order()
        return tuple(by_name[name] for name in order)
    except CycleError as error:
        circle = ", which is built on ".join(reversed(error.args[1])).replace(", which", "", 1)
        raise UsageError(f"{path}: {circle}", "build one of them on something else") from None


def _known(path: Path, key: str, name: str, variants: Iterable[Variant]) -> None:
    if all(variant.name != name for variant in variants):
        raise UsageError(f"{path}: {key}: {name!r} is no variant", _names(variants, name))


def _names(variants: Iterable[Variant], near: str) -> str:
    names = [variant.name for variant in variants]
    return toml_reader.nearest(near, names, f"there are: {', '.join(names[:8])}{' …' * (len(names) > 8)}")
