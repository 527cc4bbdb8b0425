"""What a .NET application's two JSON files name: the assemblies it was published with, and its shared frameworks.

Assemblies are loaded when code that uses them first runs; globalization and TLS load ICU and OpenSSL by names with a
version put together (facts/habits.toml has what does not depend on the application). Sources: .NET's
documentation/specs/runtime-configuration-file.md and docs/design/features/framework-version-resolution.md, "Roll
forward"; "Globalization invariant mode", docs/design/features/globalization-invariant-mode.md.
"""

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from shave.needs.protocol import Files
from shave.reason import Link, Reason

_CONFIG, _DEPS = ".runtimeconfig.json", ".deps.json"
_MAX_JSON = 4 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ICU = re.compile(r"(?:usr/(?:local/)?)?lib(?:64)?/(?:[^/]+-linux-[^/]+/)?libicu(?:uc|i18n|data)\.so[.\d]*")
_FRAMEWORK = re.compile(r"(?:.*/)?shared/([^/]+)/(\d+)\.(\d+)\.(\d+)[^/]*")
_FOREIGN = re.compile(r"runtimes/(?:win|osx|browser|ios|android|maccatalyst|tvos)[^/]*/.*")
_INVARIANT = "System.Globalization.Invariant"
T = TypeVar("T")


class Framework(Struct, frozen=True):
    """A shared framework that an application asks for."""

    name: str = ""
    version: str = ""


class Options(Struct, frozen=True, rename="camel"):
    """What a runtimeconfig.json asks for."""

    framework: Framework = Framework()
    frameworks: tuple[Framework, ...] = ()
    config_properties: dict[str, Any] = {}


class Config(Struct, frozen=True, rename="camel"):
    """A runtimeconfig.json."""

    runtime_options: Options = Options()


class Asset(Struct, frozen=True):
    """A file of a library; one with a ``locale`` lies in a directory of that name."""

    locale: str = ""


class Assets(Struct, frozen=True, rename="camel"):
    """What a library has for a target."""

    runtime: dict[str, Asset] = {}
    native: dict[str, Asset] = {}
    resources: dict[str, Asset] = {}
    runtime_targets: dict[str, Asset] = {}


class Deps(Struct, frozen=True):
    """A deps.json."""

    targets: dict[str, dict[str, Assets]] = {}


class Dotnet:
    """Assemblies, frameworks and ICU of an application."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files
        invariant = environment.get("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "").lower()
        self.invariant = invariant in ("1", "true")
        self.frameworks = sorted(path for path in files.tree.children if _FRAMEWORK.fullmatch(path))

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """What a deps.json or a runtimeconfig.json names, as far as it is there."""
        if path.endswith(_DEPS) and (deps := self._json(path, Deps)):
            reason = Reason("need", "was published with it", path)
            yield from (Link(f"{path.rpartition('/')[0]}/{place}", reason) for place in _places(deps))
        elif path.endswith(_CONFIG) and (config := self._json(path, Config)):
            options = config.runtime_options
            for framework in (options.framework, *options.frameworks):
                yield from self._framework(framework, path)
            if not self.invariant and options.config_properties.get(_INVARIANT) is not True:
                reason = Reason("need", "its runtime loads ICU unless it is told to do without", path)
                yield from (Link(each, reason) for each in self.files.tree.nodes if _ICU.fullmatch(each))

    def _framework(self, framework: Framework, path: str) -> Iterator[Link]:
        """The version that is rolled forward to: the newest patch of the nearest minor, else major version."""
        wanted = _version(framework.version)
        found = [each for each in self.frameworks if each.split("/")[-2] == framework.name]
        later = [each for each in found if _version(each.rpartition("/")[2])[:2] >= wanted[:2]]
        nearest = min((_version(each.rpartition("/")[2])[:2] for each in later), default=())
        for each in later:
            if _version(each.rpartition("/")[2])[:2] == nearest:
                words = f"asks for {framework.name} {framework.version}"
                yield from (Link(file, Reason("need", words, path)) for file in self.files.tree.children[each])

    def _json(self, path: str, kind: type[T]) -> T | None:
        try:
            data = self.files.read(path, 0, _MAX_JSON).removeprefix(_BYTE_ORDER_MARK)
            return msgspec.json.decode(data, type=kind)
        except (msgspec.MsgspecError, RecursionError):
            return None


def _places(deps: Deps) -> Iterator[str]:
    """Where the files of all libraries lie beside the application: those for every platform keep their path."""
    for assets in (assets for target in deps.targets.values() for assets in target.values()):
        yield from (path.rpartition("/")[2] for path in (*assets.runtime, *assets.native))
        yield from (f"{asset.locale}/{path.rpartition('/')[2]}" for path, asset in assets.resources.items())
        yield from (path for path in assets.runtime_targets if not _FOREIGN.fullmatch(path))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", text.partition("-")[0]))
