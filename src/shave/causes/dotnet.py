"""A .NET application must find its runtime, and the libraries that this loads by name.

### dotnet-runtime-missing

The application was published without a runtime and asks for a shared framework (`Microsoft.AspNetCore.App` 8.0) that is
not there, is older than asked, or newer than it may roll forward to; or parts of the runtime are missing. Known from
the `runtimeconfig.json` beside the application or bundled with it, and from `shared/` below the `dotnet` directory, by
the host's own rules (`rollForward`, DOTNET_ROLL_FORWARD). Fix: a base with that framework (`aspnet` where `runtime` is
not enough), or `dotnet publish --self-contained`.

### dotnet-library-missing

The runtime ends at once where it finds no ICU, unless globalization is invariant (`InvariantGlobalization` in the
project, `DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1`). OpenSSL is loaded by the first TLS connection or key: that is a
note, of an application that names what uses it; before .NET 6 it must be OpenSSL 1.1. Fix: the package, or the
variable.

Sources: .NET's docs/design/features/framework-version-resolution.md, host-components.md and
globalization-invariant-mode.md; src/native/libs/System.Globalization.Native/pal_icushim.c and
System.Security.Cryptography.Native/opensslshim.c.
"""

import re
from collections.abc import Iterator
from posixpath import basename, dirname

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shave import dotnet_bundle, elf
from shave.catalog.dotnet import Config, Framework, Options
from shave.causes.contents import holds
from shave.causes.dotnet_frameworks import Version, accepts, available, has_host, nearest, roots, setting, version
from shave.causes.launches import Launch, final, placed
from shave.causes.loading import load, parsed
from shave.causes.packages import package_of, package_with
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis
from shave.elf import Reader
from shave.errors import BadImageError

_CONFIG = ".runtimeconfig.json"
_MOST_JSON, _MOST_FRAMEWORKS = 4 << 20, 16
_CORE = "Microsoft.NETCore.App"
_PARTS = ("libhostpolicy.so", "libcoreclr.so", "System.Private.CoreLib.dll")
_LOADED = (
    "libhostfxr.so",
    "libhostpolicy.so",
    "libcoreclr.so",
    "libclrjit.so",
    "System.Native.so",
    "libSystem.Native.so",
)
_VALUED = (
    "--additionalprobingpath",
    "--additional-deps",
    "--depsfile",
    "--runtimeconfig",
    "--fx-version",
    "--roll-forward",
)
_LIBRARIES = r"(?:usr/(?:local/)?)?lib(?:64)?/(?:[^/]+/)?"
_ICU = re.compile(_LIBRARIES + r"libicuuc\.so[.\d]*")
_SSL = {
    True: re.compile(_LIBRARIES + r"libssl\.so\.(?:3|1\.1)"),
    False: re.compile(_LIBRARIES + r"libssl\.so\.1[.\d]*"),
}
_TLS = (b"System.Net.Http", b"System.Net.Security", b"System.Security.Cryptography")
_INVARIANT = "System.Globalization.Invariant"
_ICU_LOADED, _AOT = (b"libicuuc",), "__managedcode"
_OPENSSL_3_SINCE = 6
_VARIABLE = "ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1"


class _Application(Struct, frozen=True):
    """What a host is to run: its ``name`` and real ``directory``; ``places`` are where its frameworks are looked for.

    ``assembly`` is the real path of its own code, "" of one that is bundled.
    """

    name: str
    directory: str
    options: Options
    places: tuple[str, ...]
    assembly: str = ""
    roll: str = ""


def look(patient: Patient) -> Iterator[Diagnosis]:
    """What each start of .NET will not find."""
    for launch in final(patient):
        if launch.directory is not None:
            found = _Start(placed(patient, launch.directory), launch).look()
            yield from (replace(each, stops=each.stops and launch.sure) for each in found)


class _Start:
    """One start of a host."""

    def __init__(self, patient: Patient, launch: Launch) -> None:
        self.patient, self.files, self.launch = patient, patient.files, launch

    def look(self) -> Iterator[Diagnosis]:
        program = self.launch.program
        itself = parsed(self.files, program)
        if itself and itself.interpreter and self.files.tree.resolve(itself.interpreter).path is None:
            return  # as every program's loader: elf
        if basename(program) == "dotnet" and f"{dirname(program)}/host" in self.files.tree:
            yield from self._muxer()
        elif config := self._json(f"{program}{_CONFIG}"):
            found = tuple(roots(self.files, self.patient.environment))
            yield from self._application(self._beside(program, config, found))
        elif self._is_ahead_of_time():
            if holds(self.files, program, _ICU_LOADED):
                yield from self._icu(Options())
            yield from self._openssl(program, None)
        elif (bundled := self._bundled()) is not None:
            yield from self._application(bundled)

    def _muxer(self) -> Iterator[Diagnosis]:
        """``dotnet``, which runs an assembly, or else a command of the SDK."""
        words, roll = list(self.launch.words[1:]), ""
        while words and words[0] in (*_VALUED, "exec"):
            option = words.pop(0)
            value = words.pop(0) if option != "exec" and words else ""
            roll = value or "" if option == "--roll-forward" else "disable" if option == "--fx-version" else roll
        name, root = words[0] if words else None, dirname(self.launch.program)
        path = self.patient.resolve(name) if name else None
        if not name or name.startswith("-") or "--runtimeconfig" in self.launch.words or roll == "disable":
            return
        if name.endswith((".dll", ".exe")) and path is None:
            fix = "copy the published application to WORKDIR, or name it as the image has it"
            yield Diagnosis("program-file-missing", f"{name}, which dotnet is to run, is not there", (), fix)
        elif path is not None and name.endswith((".dll", ".exe")):
            stem = path.rpartition(".")[0]
            config = self._json(f"{stem}{_CONFIG}")
            if config is None:
                text = f"/{path} has no /{stem}{_CONFIG} beside it, by which dotnet finds its runtime"
                yield Diagnosis("program-file-missing", text, (), "copy the whole directory that dotnet publish made")
            else:
                yield from self._application(replace(self._beside(stem, config, (root,)), roll=roll))
        elif path is None and not any("dotnet.dll" in basename(each) for each in self._of_sdk(root)):
            text = f"dotnet {name} is a command of the SDK, and /{root} has none"
            yield Diagnosis("dotnet-runtime-missing", text, (), "use a base with the SDK, or run the published .dll")

    def _of_sdk(self, root: str) -> Iterator[str]:
        children = self.files.tree.children
        yield from (path for version in children.get(f"{root}/sdk", ()) for path in children.get(version, ()))

    def _beside(self, stem: str, config: Config, places: tuple[str, ...]) -> _Application:
        return _Application(basename(stem), dirname(stem), config.runtime_options, places, f"{stem}.dll")

    def _bundled(self) -> _Application | None:
        """The application that is in the program itself, a single file."""
        read, size = self._reader(), self._size()
        try:
            bundled = {file.path: file for file in dotnet_bundle.files(read, size)}
        except BadImageError:
            return None
        name = next((name.removesuffix(_CONFIG) for name in bundled if name.endswith(_CONFIG)), "")
        file = bundled.get(f"{name}{_CONFIG}")
        if file is None or file.packed or file.size > _MOST_JSON:
            return None
        config = _decoded(read(file.offset, file.size)) or Config()
        found = tuple(roots(self.files, self.patient.environment))
        return _Application(name, dirname(self.launch.program), config.runtime_options, found)

    def _is_ahead_of_time(self) -> bool:
        return elf.section(self._reader(), _AOT) is not None

    def _application(self, found: _Application) -> Iterator[Diagnosis]:
        if found.assembly and self.files.tree.resolve(f"/{found.assembly}").path is None:
            text = f"/{found.assembly}, which /{self.launch.program} is to run, is not there"
            yield Diagnosis("program-file-missing", text, (), "copy the whole directory that dotnet publish made")
            return
        core: Version | None = None
        if found.options.asked:
            chosen: dict[str, str] = {}
            for each in self._frameworks(found, chosen):
                yield each
                return
            core = version(basename(chosen[_CORE])) if _CORE in chosen else None
            yield from self._parts(found, chosen.get(_CORE, ""))
        elif found.assembly:
            yield from self._parts(found, found.directory)
        yield from self._icu(found.options)
        yield from self._openssl(found.assembly, core)

    def _frameworks(self, found: _Application, chosen: dict[str, str]) -> Iterator[Diagnosis]:
        """What is asked for and cannot be had; ``chosen`` get the directories of what can. One may ask for others."""
        place = next((each for each in found.places if has_host(self.files, each)), None)
        todo = [(framework, found.options) for framework in found.options.asked]
        while todo and len(chosen) < _MOST_FRAMEWORKS:
            framework, options = todo.pop(0)
            wanted = version(framework.version)
            roll = setting(framework, options, self.patient.environment, found.roll)
            there = available(self.files, place, framework.name) if place is not None else {}
            fitting = [path for path in there if wanted is None or accepts(wanted, there[path], roll)]
            if not fitting:
                yield self._lacking(found, framework, roll, place, tuple(there))
                return
            chosen[framework.name] = nearest(fitting)
            inner = self._json(f"{chosen[framework.name]}/{framework.name}{_CONFIG}")
            asked = [(each, inner.runtime_options) for each in inner.runtime_options.asked] if inner else []
            todo += [each for each in asked if each[0].name not in chosen]

    def _lacking(
        self, found: _Application, framework: Framework, roll: str, place: str | None, there: tuple[str, ...]
    ) -> Diagnosis:
        asked, have = f"{framework.name} {framework.version}", ", ".join(sorted(map(basename, there)))
        text = f"{found.name} asks for {asked}, and no .NET is where its host looks for one"
        if place is not None:
            text = f"{found.name} asks for {asked}, and /{place} has {have or 'none'}"
        kind = "aspnet" if "AspNetCore" in framework.name else "runtime"
        base = f"mcr.microsoft.com/dotnet/{kind}:{'.'.join(framework.version.split('.')[:2])}"
        evidence = (f"rollForward {roll}", *(f"/{path}" for path in sorted(there)))
        return Diagnosis("dotnet-runtime-missing", text, evidence, f"FROM {base}, or dotnet publish --self-contained")

    def _parts(self, found: _Application, directory: str) -> Iterator[Diagnosis]:
        """What a runtime cannot do without: its own files, and the libraries of the system that these need."""
        paths = {name: self.files.tree.resolve(f"/{directory}/{name}").path for name in (*_PARTS, *_LOADED)}
        lacking = [name for name in _PARTS if paths[name] is None]
        if lacking:
            text = f"{found.name} runs on the .NET runtime in /{directory}, which has no {lacking[0]}"
            fix = "copy the whole runtime, or publish with --self-contained"
            yield Diagnosis("dotnet-runtime-missing", text, (), fix)
            return
        known = {lost.soname for lost in load(self.files, self.patient.environment, self.launch.program).lost}
        for path in (each for name in _LOADED if (each := paths[name])):
            for lost in load(self.files, self.patient.environment, path).lost:
                if lost.soname not in known:
                    known.add(lost.soname)
                    text = f"/{lost.path} needs {lost.soname}, which the loader would not find"
                    package = package_of(lost.soname, self.files)
                    yield Diagnosis("library-missing", text, (f"NEEDED {lost.soname}",), f"install {package}")

    def _icu(self, options: Options) -> Iterator[Diagnosis]:
        if not self._is_invariant(options) and not any(map(_ICU.fullmatch, self.files.tree.nodes)):
            text = "no libicuuc.so is there, which .NET loads unless globalization is invariant"
            package = package_with("libicuuc", self.files)
            fix = f"{f'install {package}, or ' if package else ''}{_VARIABLE} (without cultures)"
            yield Diagnosis("dotnet-library-missing", text, (), fix)

    def _openssl(self, path: str, core: Version | None) -> Iterator[Diagnosis]:
        """What the application's own code names may never run."""
        takes_3 = core is None or core.major >= _OPENSSL_3_SINCE
        found = any(map(_SSL[takes_3].fullmatch, self.files.tree.nodes))
        real = self.files.tree.resolve(f"/{path}").path if path and not found else None
        if real and holds(self.files, real, _TLS):
            wanted = "libssl" if takes_3 else "libssl.so.1.1, the newest that this .NET knows"
            text = f"/{real} names what uses TLS or cryptography, and there is no {wanted}"
            package = package_with("libssl", self.files) if takes_3 else package_of("libssl.so.1.1", self.files)
            yield Diagnosis("dotnet-library-missing", text, (), f"install {package}", stops=False)

    def _is_invariant(self, options: Options) -> bool:
        said = str(options.config_properties.get(_INVARIANT, "")).lower()
        variable = self.patient.environment.get("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "").lower()
        local = options.config_properties.get("System.Globalization.AppLocalIcu")
        return said == "true" or variable in ("1", "true") or local is not None

    def _json(self, path: str) -> Config | None:
        real = self.files.tree.resolve(f"/{path}").path
        entry = self.files.tree.get(real) if real else None
        known = entry is not None and entry.kind == "file"
        return _decoded(self.files.read(real, 0, _MOST_JSON)) if real and known else None

    def _reader(self) -> Reader:
        return lambda offset, length: self.files.read(self.launch.program, offset, length)

    def _size(self) -> int:
        entry = self.files.tree.get(self.launch.program)
        return entry.size if entry else 0


def _decoded(data: bytes) -> Config | None:
    """None for what is no such document."""
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=Config)
    except (msgspec.MsgspecError, RecursionError):
        return None
