""".NET: shared frameworks and SDKs, applications with their deployment model, and the packages they came with.

Sources: .NET's documentation/specs/runtime-configuration-file.md (both JSON files), "Application publishing" and
"ReadyToRun" of its guide, docs/design/features/single-file; sections of Native AOT as ILCompiler names them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import MsgspecError, Struct

from shave import dotnet_bundle, elf, facts, pe
from shave.catalog.programs import programs, reader
from shave.catalog.reading import Reading
from shave.errors import BadImageError
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.records import Read
from shave.tree import parents

_CONFIG, _DEPS = ".runtimeconfig.json", ".deps.json"
RECORDS = (f"**/*{_CONFIG}", f"**/*{_DEPS}")
_HOST = re.compile(r"(.*/|)host/fxr/([^/]+)/libhostfxr\.so")
_SHARED, _OF_SDK = ("shared", "packs"), ("sdk", "sdk-manifests", "templates")
_BELOW_ROOT = (*_SHARED, *_OF_SDK, "host")
_OF_HOST = ("dotnet", "LICENSE.txt", "ThirdPartyNotices.txt")
_OWN = ("project", "reference")
_CORELIB = "System.Private.CoreLib.dll"
_AOT = "__managedcode"
_MANY_KNOBS = 3
"""A project that is not trimmed has one, MetadataUpdater.IsSupported."""
_MAX_JSON = 4 << 20
_PACKAGE = 512
"""What a package costs in memory."""
Find = Callable[[str], tuple[int, Read] | None]
"""Bytes and reader of a file beside the application, by its name; None if it is not there."""
T = TypeVar("T")


class Framework(Struct, frozen=True, rename="camel"):
    """A shared framework that an application asks for, or has included."""

    name: str
    version: str = ""
    roll_forward: str = ""


class Options(Struct, frozen=True, rename="camel"):
    """The ``runtimeOptions`` of a runtimeconfig.json."""

    framework: Framework | None = None
    frameworks: tuple[Framework, ...] = ()
    config_properties: dict[str, Any] = {}
    roll_forward: str = ""
    roll_forward_on_no_candidate_fx: int | None = None

    @property
    def asked(self) -> tuple[Framework, ...]:
        """The frameworks that must be there for the application to start."""
        return (self.framework, *self.frameworks) if self.framework else self.frameworks


class Config(Struct, frozen=True, rename="camel"):
    """A runtimeconfig.json."""

    runtime_options: Options = Options()


class Asset(Struct, frozen=True):
    """A file of a package; one with a ``locale`` lies in a directory of that name."""

    locale: str = ""


class Assets(Struct, frozen=True, rename="camel"):
    """What a library has for a target: its files by their paths in the package."""

    dependencies: dict[str, str] = {}
    runtime: dict[str, Asset] = {}
    native: dict[str, Asset] = {}
    resources: dict[str, Asset] = {}
    runtime_targets: dict[str, Asset] = {}

    def places(self) -> Iterator[str]:
        """Where its files lie beside the application: those for every platform keep their path."""
        yield from (_name(path) for path in (*self.runtime, *self.native))
        yield from (f"{asset.locale}/{_name(path)}" for path, asset in self.resources.items())
        yield from self.runtime_targets


class Library(Struct, frozen=True):
    """A library by ``type``: "project", "package", "runtimepack", "reference"."""

    type: str = ""


class Target(Struct, frozen=True):
    """The target that an application was published for."""

    name: str = ""


class Deps(Struct, frozen=True, rename="camel"):
    """A deps.json. Libraries are called ``name/version``."""

    runtime_target: Target | str = ""
    targets: dict[str, dict[str, Assets]] = {}
    libraries: dict[str, Library] = {}

    @property
    def assets(self) -> dict[str, Assets]:
        """What each library has for the application's own target."""
        target = self.runtime_target
        return self.targets.get(target if isinstance(target, str) else target.name, {})

    def version(self, name: str) -> str:
        """The version of a library, "" if it is not there."""
        return next((key.partition("/")[2] for key in self.assets if key.partition("/")[0] == name), "")


def packages(files: Files) -> Iterator[Package | Unread]:
    """Shared frameworks, SDKs and hosts, which own their directories; applications, and the packages beside them."""
    reading = Reading(files)
    hosts = (path for path in files.tree.nodes if path.endswith("/libhostfxr.so"))
    roots = {found[1] for path in hosts if (found := _HOST.fullmatch(path))}
    for _, installed in reading.each(sorted(roots), lambda root: tuple(_installed(reading, root))):
        yield from (installed,) if isinstance(installed, Unread) else installed
    inner = {f"{root}{name}" for root in roots for name in _BELOW_ROOT}
    named = (path for path in files.tree.nodes if path.endswith((_DEPS, _CONFIG)))
    records = {_stem(path): path for path in named if inner.isdisjoint(parents(path))}
    for _, application in reading.each(records.values(), lambda path: tuple(_application(reading, _stem(path)))):
        yield from (application,) if isinstance(application, Unread) else application
    yield from programs(files, _program)


def _program(path: str, size: int, read: Read) -> Iterator[Package]:
    """The application that a program is whole: compiled ahead of time, or bundled with its files."""
    if elf.section(read, _AOT):
        yield Package("dotnet", _name(path), "", (path,), kind="Native AOT")
        return
    bundled = {file.path: file for file in dotnet_bundle.files(read, size)}
    if not bundled:
        return

    def find(name: str) -> tuple[int, Read] | None:
        file = bundled.get(name)
        if file is None or file.packed:
            return None
        return file.size, lambda offset, length: read(file.offset + offset, min(length, max(0, file.size - offset)))

    name = next((name.removesuffix(_CONFIG) for name in bundled if name.endswith(_CONFIG)), _name(path))
    config, deps = _json(find, name + _CONFIG, Config), _json(find, name + _DEPS, Deps)
    version = deps.version(name) if deps else ""
    requires = _asked(config)
    yield Package("dotnet", name, version, (path,), requires, kind=_model(config, find, name, ("single-file",)))


def glance(path: str, size: int, read: Read) -> None:
    """Look at what ``packages`` reads of a program."""
    for _ in _program(path, size, read):
        pass


def glance_assembly(path: str, size: int, read: Read) -> None:
    """Look at how an assembly was compiled."""
    if path.endswith(".dll"):
        pe.parse(read)


GLANCES = {elf.MAGIC: glance, pe.MAGIC: glance_assembly}


def _installed(reading: Reading, root: str) -> Iterator[Package]:
    """What lies below a ``dotnet`` directory."""
    children = reading.tree.children
    for kind in _SHARED:
        for path in (each for above in children.get(f"{root}{kind}", ()) for each in children.get(above, ())):
            name, version = path.split("/")[-2:]
            compiled = _framework_kind(reading.files, children.get(path, ())) if kind == "shared" else "pack"
            yield Package("dotnet", name, version, reading.owned(reading.below(path)), kind=compiled)
    for name in _OF_SDK:
        for path in children.get(f"{root}{name}", ()):
            yield Package("dotnet", name, _name(path), reading.owned(reading.below(path)))
    beside = [path for path in (f"{root}{name}" for name in _OF_HOST) if path in reading.tree]
    for path in children.get(f"{root}host/fxr", ()):
        yield Package("dotnet", "host", _name(path), reading.owned((*reading.below(path), *beside)))


def _framework_kind(files: Files, paths: tuple[str, ...]) -> str:
    """How a shared framework was compiled, by the first of its assemblies that has native code: facades have none."""
    for path in paths:
        found = _compiled(reader(files, path)) if path.endswith(".dll") else None
        if found and found.ready_to_run:
            return ", ".join(("shared framework", "ReadyToRun", *(("composite",) if found.component else ())))
    return "shared framework"


def _application(reading: Reading, stem: str) -> Iterator[Package]:
    """An application or a library published with its packages, each of which owns its files beside it."""
    above, _, name = stem.rpartition("/")
    tree = reading.tree

    def path_of(name: str) -> str:
        return f"{above}/{name}".lstrip("/")

    def find(name: str) -> tuple[int, Read] | None:
        path = path_of(name)
        entry = tree.get(path)
        return (entry.size, _charged(reading, path)) if entry and entry.kind == "file" else None

    config, deps = _json(find, name + _CONFIG, Config), _json(find, name + _DEPS, Deps) or Deps()
    own = [f"{name}{suffix}" for suffix in ("", ".dll", ".exe", ".pdb", ".xml", _CONFIG, _DEPS)]
    for key, assets in deps.assets.items():
        places = tuple(path for place in assets.places() if (path := path_of(place)) in tree)
        if deps.libraries.get(key, Library()).type in _OWN:
            own += assets.places()
        elif places:
            reading.spend(_PACKAGE)
            library, _, version = key.partition("/")
            requires = tuple(sorted(f"dotnet:{needed}" for needed in assets.dependencies))
            yield Package("dotnet", library, version, reading.owned(places), requires)
    paths = reading.owned(path for place in own if (path := path_of(place)) in tree)
    yield Package("dotnet", name, deps.version(name), paths, _asked(config), kind=_model(config, find, name, ()))


def _charged(reading: Reading, path: str) -> Read:
    """What reads a file beside an application: a hard link may make one record many."""

    def read(offset: int, length: int) -> bytes:
        reading.spend(length)
        return reading.files.read(path, offset, length)

    return read


def _asked(config: Config | None) -> tuple[str, ...]:
    asked = config.runtime_options.asked if config else ()
    return tuple(sorted({f"dotnet:{framework.name}" for framework in asked}))


def _model(config: Config | None, find: Find, name: str, bundled: tuple[str, ...]) -> str:
    """The deployment model, as a comma list; "" for what is no application."""
    if config is None:
        return ", ".join(bundled)
    alone = not config.runtime_options.asked
    assembly = _assembly(find, f"{name}.dll")
    words = ["self-contained" if alone else "framework-dependent", *bundled]
    words += ["trimmed"] if alone and _trimmed(config, find) else []
    words += ["ReadyToRun"] if assembly and assembly.ready_to_run else []
    words += ["composite"] if assembly and assembly.component else []
    return ", ".join(words)


def _trimmed(config: Config, find: Find) -> bool:
    """By the features that were switched off, or by the core library: its parts of a composite are small anyway."""
    knobs = config.runtime_options.config_properties.items()
    if sum(value is False and name.endswith("IsSupported") for name, value in knobs) >= _MANY_KNOBS:
        return True
    found, compiled = find(_CORELIB), _assembly(find, _CORELIB)
    whole = facts.load("dotnet")["corelib"]["untrimmed_bytes"]
    return bool(found and compiled and not compiled.component and found[0] < whole / 2)


def _assembly(find: Find, name: str) -> pe.Assembly | None:
    found = find(name)
    return _compiled(found[1]) if found else None


def _compiled(read: Read) -> pe.Assembly | None:
    """How an assembly was compiled; None as well where no glance has seen one."""
    try:
        return pe.parse(read)
    except BadImageError:
        return None


def _json(find: Find, name: str, kind: type[T]) -> T | None:
    """A JSON document. Raises BadImageError if it is no such document, or too large."""
    found = find(name)
    if found is None:
        return None
    size, read = found
    if size > _MAX_JSON:
        raise BadImageError(f"{name} has {size} bytes, more than any of its kind")
    try:
        return msgspec.json.decode(read(0, size).removeprefix(b"\xef\xbb\xbf"), type=kind)
    except (MsgspecError, RecursionError) as error:
        raise BadImageError(f"{name} cannot be read: {error}") from error


def _stem(record: str) -> str:
    return record.removesuffix(_CONFIG).removesuffix(_DEPS)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
