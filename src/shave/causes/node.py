"""Node must find the packages that its program loads, and be able to load their addons.

### node-module-missing

A package or a file that the program loads whenever it runs is in no `node_modules` on the way up: `npm ci` did not run
in this stage, the package is a development dependency, or `node_modules` was copied to another place. Known from the
`require` and `import` statements that begin a line of the main script, and of all that is loaded so in turn. Fix:
`npm ci --omit=dev` in the last stage, or `COPY --from=build /app/node_modules ./node_modules`.

### node-incompatible

A package that the program loads has addons (`*.node`), none of which fits: built for another machine, another C library
(glibc or musl), or another version of Node's ABI (`NODE_MODULE_VERSION`; addons of Node-API fit all). Or of its
optional packages for platforms (`@img/sharp-linuxmusl-x64`) only those for others were installed. Known from the ELF
header and the symbols of the addon, and from `os`, `cpu` and `libc` of package.json. What only a package loads gives a
note. Fix: `npm ci` in an image with the same libc and Node, or `npm rebuild`.

### command-missing

`npm start` and `npm run` need a package.json with that script, and what the script starts.

Sources: Node's documentation, "Modules", "Packages", "C++ addons"; its doc/abi_version_registry.json; npm's
documentation, package.json, npm-run-script; node-gyp-build (names of prebuilt addons).
"""

import re
from collections.abc import Iterator
from functools import cached_property
from posixpath import basename, dirname, join

from msgspec.structs import replace

from shave.causes import program_file
from shave.causes.launches import Launch, final, launches, placed
from shave.causes.loading import is_loader, load, parsed
from shave.causes.node_walk import Lost, Walk
from shave.causes.packages import package_of
from shave.causes.places import elsewhere
from shave.causes.program_file import told
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis
from shave.elf import dynamic
from shave.facts import load as facts
from shave.needs import Files
from shave.tree import parents

_PROGRAM = re.compile(r"node(?:js)?|node-?v?\d+")
_HOOKS = ("-r", "--require", "--import", "--loader", "--experimental-loader")
"""With these other code decides what is found."""
_OF_ABI = re.compile(rb"node_register_module_v(\d{1,4})\0")
_VERSION = re.compile(rb"node-v(\d{1,3})\.\d+\.\d+")
_CPUS = {62: "x64", 183: "arm64", 40: "arm", 3: "ia32", 21: "ppc64", 22: "s390x", 243: "riscv64"}
_FOREIGN = "its addon is for another machine"
_OVERLAP = 64
_CHUNK, _MOST_ADDONS, _MOST, _DEEPEST = 1 << 24, 64, 3, 4
_NPM, _NPX = "npm/bin/npm-cli.js", "npm/bin/npx-cli.js"
_LIBC = re.compile(r"(?:libc\.|ld-)musl-.*|libc\.so\.6|ld-linux.*")
_INSTALL = "npm ci --omit=dev in the last stage, or COPY --from the stage that did, to beside the program"
_REBUILD = "npm ci in an image with the libc and the Node of the last stage, or npm rebuild there"


def look(patient: Patient) -> Iterator[Diagnosis]:
    """What each start of Node will not find, or not load."""
    for launch in final(patient):
        yield from _looked(patient, launch, _DEEPEST)


def _looked(patient: Patient, launch: Launch, depth: int) -> Iterator[Diagnosis]:
    name, variable = told(launch), patient.environment.get("NODE_OPTIONS", "")
    hooked = any((word or "").partition("=")[0] in _HOOKS for word in (*launch.words, *variable.split()))
    if launch.directory is None or name is None or hooked or not _PROGRAM.fullmatch(basename(launch.program)):
        return
    there = placed(patient, launch.directory)
    script = Walk(there.files, there.environment).resolved(join("/", there.directory, name))
    if script is None:
        return  # as every interpreter's file: program_file
    arguments = launch.words[launch.words.index(name) + 1 :]
    if script.endswith(_NPM):
        found = _of_npm(there, arguments, depth)
    elif script.endswith(_NPX):
        found = _started(there, arguments, depth) if arguments and (arguments[0] or "-")[0] != "-" else iter(())
    else:
        found = _Start(there, launch, script).look()
    yield from (replace(each, stops=each.stops and launch.sure) for each in found)


def _of_npm(patient: Patient, arguments: tuple[str | None, ...], depth: int) -> Iterator[Diagnosis]:
    """The text of a script of package.json, as ``npm run`` has a shell run it."""
    command, *names = [word for word in arguments if word and not word.startswith("-")] or [""]
    name = names[0] if command in ("run", "run-script") and names else command if command == "start" else ""
    walk = Walk(patient.files, patient.environment)
    above = [up for up in (patient.directory, *parents(patient.directory), "") if walk.manifest(up)]
    if not name or None in arguments:
        return
    if not above:
        text = f"npm {command} reads package.json in /{patient.directory}, and it is not there"
        yield Diagnosis("program-file-missing", text, (), "copy package.json to WORKDIR, or start node itself")
        return
    scripts = walk.manifest(above[0]).get("scripts")
    script = scripts.get(name) if isinstance(scripts, dict) else None
    if not script and name == "start" and walk.resolved(f"/{above[0]}/server.js"):
        script = "node server.js"
    if isinstance(script, str) and script:
        yield from _started(placed(patient, above[0]), ("/bin/sh", "-c", script), depth)
    else:
        yield Diagnosis("command-missing", f"/{above[0]}/package.json has no script {name}, which npm is to run")


def _started(patient: Patient, words: tuple[str | None, ...], depth: int) -> Iterator[Diagnosis]:
    """What comes to run with the programs of packages on PATH."""
    above = (patient.directory, *parents(patient.directory), "")
    path = ":".join((*(join("/", up, "node_modules/.bin") for up in above), *patient.path))
    variables = tuple(f"{name}={value}" for name, value in {**patient.environment, "PATH": path}.items())
    config = replace(patient.config, config=replace(patient.config.run, env=variables))
    inner = Patient(patient.files, config, tuple(word for word in words if word is not None))
    for launch in launches(inner) if depth and None not in words else ():
        if launch.cause:
            text = f"{launch.subject}, which a script of package.json starts, is not there"
            yield Diagnosis(launch.cause, text, (), _INSTALL, launch.sure)
        else:
            yield from _looked(inner, launch, depth - 1)
    yield from program_file.look(inner) if depth and None not in words else ()


class _Start:
    """One start of a script."""

    def __init__(self, patient: Patient, launch: Launch, script: str) -> None:
        self.patient, self.files, self.launch, self.script = patient, patient.files, launch, script
        self.walk = Walk(patient.files, patient.environment)
        self.elf = parsed(patient.files, launch.program)

    def look(self) -> Iterator[Diagnosis]:
        if self._is_elsewhere():
            return
        lost = next(self.walk.file(self.script), None)
        if lost:
            yield self._lost(lost)
        for path, by in self.walk.addons.items():
            yield from self._addons((path,), f"/{by} loads /{path}", True)
        for directory, by in self.walk.packages.items():
            yield from self._package(directory, by)

    def _is_elsewhere(self) -> bool:
        """Whether packages come out of archives, which Yarn's loader reads."""
        above = (dirname(self.script), *parents(dirname(self.script)), "")
        return any(f"{up}/.pnp.cjs".lstrip("/") in self.files.tree for up in above)

    def _lost(self, lost: Lost) -> Diagnosis:
        if lost.name.startswith((".", "/")):
            text = f"/{lost.by} loads {lost.name}, which is no file of the image"
            return Diagnosis("node-module-missing", text, (), "copy it too; .dockerignore may leave it out")
        text = f"/{lost.by} loads {lost.name}, which is in no node_modules on the way up"
        suffix = f"/node_modules/{lost.name}"
        others = [path for path in self.files.tree.children if f"/{path}".endswith(suffix)][:_MOST]
        return Diagnosis("node-module-missing", text, tuple(f"/{path} is there" for path in others), _INSTALL)

    def _package(self, directory: str, by: str) -> Iterator[Diagnosis]:
        """Its addons and its packages for platforms: certain if the application itself loads it."""
        is_direct = "node_modules/" not in by
        what = f"/{by} loads {directory.rpartition('node_modules/')[2]}"
        optional = self.walk.manifest(directory).get("optionalDependencies")
        names = list(optional)[:_MOST_ADDONS] if isinstance(optional, dict) else []
        installed = [path for name in names if (path := self.walk.package(str(name), f"{directory}/package.json"))]
        limited = [path for path in installed if "cpu" in (said := self.walk.manifest(path)) or "libc" in said]
        if limited and not any(self._is_for(self.walk.manifest(path)) for path in limited):
            text = f"{what}, of which only {', '.join(basename(path) for path in limited[:_MOST])} are installed"
            yield Diagnosis("node-incompatible", f"{text}: none is for {self._platform()}", (), _REBUILD, is_direct)
        own = [path for path in _below(self.files, directory) if path.endswith(".node")][:_MOST_ADDONS]
        fitting = [path for path in limited if self._is_for(self.walk.manifest(path))]
        yield from self._addons(tuple(own), what, is_direct)
        for path in fitting:
            addons = [each for each in _below(self.files, path) if each.endswith(".node")]
            yield from self._addons(tuple(addons[:_MOST_ADDONS]), what, is_direct)

    def _is_for(self, manifest: dict[str, object]) -> bool:
        """Whether a package may be installed here, by its ``os``, ``cpu`` and ``libc``."""
        machine = _CPUS.get(self.elf.machine, "") if self.elf else ""
        here = {"os": "linux", "cpu": machine, "libc": self._libc()}
        return all(_allows(manifest.get(key), value) for key, value in here.items())

    def _libc(self) -> str:
        return "musl" if self.elf and "musl" in self.elf.interpreter else "glibc"

    def _platform(self) -> str:
        return f"linux, {_CPUS.get(self.elf.machine, 'this machine') if self.elf else ''}, {self._libc()}"

    def _addons(self, paths: tuple[str, ...], what: str, is_direct: bool) -> Iterator[Diagnosis]:
        """Why none of several addons can be loaded, by the one that is nearest to it; nothing if one can."""
        found = [self._unloadable(path, what, is_direct) for path in paths]
        broken = [each for each in found if each is not None]
        if broken and len(broken) == len(found):
            yield min(broken, key=lambda each: _FOREIGN in each.text)

    def _unloadable(self, path: str, what: str, is_direct: bool) -> Diagnosis | None:
        elf = parsed(self.files, path)
        if self.elf is None or elf is None or elf.abi != self.elf.abi:
            return Diagnosis(
                "node-incompatible", f"{what}: {_FOREIGN} than /{self.launch.program}: /{path}", (), _REBUILD, is_direct
            )
        built = dynamic(lambda offset, length: self.files.read(path, offset, length))
        wanted = _OF_ABI.search(built.strings) if built else None
        if wanted and self.abi and int(wanted[1]) != self.abi:
            text = f"{what}: /{path} was built for another version of Node"
            evidence = f"NODE_MODULE_VERSION {int(wanted[1])}, and /{self.launch.program} has {self.abi}"
            return Diagnosis("node-incompatible", text, (evidence,), _REBUILD, is_direct)
        loaded = load(self.files, self.patient.environment, path)
        for lost in loaded.lost:
            if is_loader(self.elf, lost.soname):
                continue
            if _LIBC.fullmatch(lost.soname):
                text = f"{what}: /{path} was built for another C library than {self._libc()}"
                return Diagnosis("node-incompatible", text, (f"it needs {lost.soname}",), _REBUILD, is_direct)
            others = tuple(f"/{each} is there" for each in elsewhere(self.patient, lost.soname))
            text, fix = (
                f"{what}: /{lost.path} needs {lost.soname}, which is nowhere",
                package_of(lost.soname, self.files),
            )
            return Diagnosis("library-missing", text, others, f"install {fix}", is_direct and not others)
        for old in loaded.outdated:
            text = f"{what}: for /{path} /{old.provider} is too old: it has no {old.version}"
            return Diagnosis("symbol-version-missing", text, (f"the newest is {old.newest}",), _REBUILD, is_direct)
        return None

    @cached_property
    def abi(self) -> int | None:
        """NODE_MODULE_VERSION: of its library's name, else by its version, which stands in the program."""
        of_library = [re.fullmatch(r"libnode\.so\.(\d+)", name) for name in self.elf.needed] if self.elf else []
        if named := next(filter(None, of_library), None):
            return int(named[1])
        entry = self.files.tree.get(self.launch.program)
        for at in range(0, entry.size if entry else 0, _CHUNK):
            if found := _VERSION.search(self.files.read(self.launch.program, at, _CHUNK + _OVERLAP)):
                known: dict[str, int] = facts("node")["abi"]
                return known.get(found[1].decode())
        return None


def _allows(listed: object, value: str) -> bool:
    if not isinstance(listed, list) or not listed:
        return True
    refused = [each for each in listed if isinstance(each, str) and each.startswith("!")]
    return f"!{value}" not in refused and (value in listed or len(refused) == len(listed))


def _below(files: Files, directory: str) -> Iterator[str]:
    """The paths below a package, without those of packages in it."""
    todo = [directory]
    while todo:
        path = todo.pop()
        yield path
        todo += (each for each in files.tree.children.get(path, ()) if not each.endswith("/node_modules"))
