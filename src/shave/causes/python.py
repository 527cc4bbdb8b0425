"""A Python interpreter must find all that its program imports, and be able to load it.

### python-module-missing

The program is there, but a module that it imports whenever it runs is not: a distribution that was not installed in
this stage, or for another interpreter. Known from the import statements that stand in no block of the script, of
`-m MODULE`, or of the module that gunicorn, uvicorn, Flask or Celery are told to serve, and of all modules that are
imported so in turn, up to the first that is nowhere; where a program changes `sys.path` itself, nothing is known. An
interpreter without its standard library misses `encodings` before anything else. Fix: `pip install` in the stage that
runs, or copy the whole virtual environment.

### python-incompatible

An extension module is there, but for another interpreter: another version (`cpython-311` beside Python 3.12), another
C library (musllinux wheels on glibc, manylinux on musl), another machine. It is said of modules that are surely
imported; a distribution that was merely installed so (`Tag` in its WHEEL file) gives a note. Fix: install with the
interpreter of the image that runs.

### library-missing

An extension module needs a shared library that is nowhere (`libstdc++.so.6`, `libgomp.so.1` on slim bases). Fix: the
package that has it.

Sources: the Python language reference, 5; the library reference, site and importlib; PEP 425, 427, 600, 656, 3149.
"""

import re
from collections.abc import Iterator
from itertools import islice, product
from posixpath import basename, dirname, join

from msgspec.structs import replace

from shave.causes.launches import Launch, final, placed, script_text
from shave.causes.loading import is_loader, load, parsed
from shave.causes.packages import package_of
from shave.causes.places import elsewhere
from shave.causes.protocol import Patient
from shave.causes.python_command import PythonCommand, application, python_command
from shave.causes.python_walk import Extension, Interpreter, Missing, Walk
from shave.diagnosis import Diagnosis
from shave.elf import Elf
from shave.needs.python_places import Place, Places

_PROGRAM = re.compile(r"python(\d+\.\d+)(t?)")
_TAG = re.compile(r"Tag: *(\S+)-(\S+)-(\S+)")
_MOST_BYTES, _MOST, _MOST_EXTENSIONS = 1 << 20, 3, 1000
_MACHINES = {62: "x86_64", 183: "aarch64", 40: "arm", 3: "i386", 21: "powerpc64le", 22: "s390x", 243: "riscv64"}
_LIBC = re.compile(r"(?:libc\.|ld-)musl-.*|libc\.so\.6|ld-linux.*")
_INSTALL = "pip install it in the last stage, by the interpreter that runs it, or copy its whole virtual environment"
_UNCERTAIN = re.compile(r"__editable__|sys\.path|addsitedir")
"""What a .pth file may do beside naming directories."""


def look(patient: Patient) -> Iterator[Diagnosis]:
    """What each start of an interpreter will not find, or not load."""
    for start in _starts(patient):
        yield from (replace(each, stops=each.stops and start.launch.sure) for each in start.look())


def imported(patient: Patient) -> frozenset[str]:
    """The real paths of the modules that the starts surely import."""
    return frozenset(path for start in _starts(patient) for path in start.imported())


def _starts(patient: Patient) -> Iterator["_Start"]:
    """The starts of interpreters of which it is known where modules come from."""
    launches = final(patient)
    for launch in launches:
        found = _PROGRAM.fullmatch(basename(launch.program))
        elf = parsed(patient.files, launch.program) if found else None
        if not found or not elf or launch.directory is None or _is_told(patient, launches, "PYTHONPATH", "PYTHONHOME"):
            continue
        yield _Start(placed(patient, launch.directory), launch, elf, found[1], found[2])


def _is_told(patient: Patient, launches: tuple[Launch, ...], *variables: str) -> bool:
    """Whether a shell sets a variable on the way to the program, to what only a run knows."""
    scripts = (script_text(patient, launch.script) or b"" for launch in launches if launch.script)
    texts = [
        *(word or "" for launch in launches for word in launch.words),
        *(text.decode("latin1") for text in scripts),
    ]
    return any(f"{name}=" in text for text, name in product(texts, variables)) or "PYTHONHOME" in patient.environment


class _Start:
    """One start of an interpreter."""

    def __init__(self, patient: Patient, launch: Launch, elf: Elf, version: str, threads: str) -> None:
        self.patient, self.files, self.launch, self.elf = patient, patient.files, launch, elf
        self.version, self.number = version, version.replace(".", "") + threads
        self.libc = "musl" if "musl" in elf.interpreter else "gnu"
        self.walks: list[Walk] = []
        called = join("/", patient.directory, launch.words[0] or "")
        self.place = next(iter(Places(self.files, patient.environment).executable(called)), Place())

    def look(self) -> Iterator[Diagnosis]:
        command = python_command(self.launch.words[1:])
        if not self.place.library:
            yield from self._without_library()
        elif not self._has_encodings():
            text = f"/{self.launch.program} has no encodings in /{self.place.library[0]}, which it imports first"
            yield Diagnosis("python-module-missing", text, (), "install the whole package of the interpreter")
        elif command and not any(_UNCERTAIN.search(line) for line in self._code_of_sites()):
            yield from self._of_imports(command)
        yield from self._of_wheels()

    def imported(self) -> Iterator[str]:
        if command := python_command(self.launch.words[1:]):
            list(self._imports(command))
            yield from (path for walk in self.walks for path in walk.seen)

    def _without_library(self) -> Iterator[Diagnosis]:
        """It may also be an archive, or where a file beside the program says."""
        program, prefix = self.launch.program, dirname(dirname(self.launch.program))
        libraries = [f"{prefix}/{lib}/python{self.version}" for lib in ("lib", "lib64")]
        others = (
            f"{prefix}/lib/python{self.number}.zip",
            f"{dirname(program)}/python{self.number}.zip",
            f"{program}._pth",
        )
        known = (*others, *(f"{library}/{name}" for library in libraries for name in ("os.py", "os.pyc")))
        if not any(self.files.tree.resolve(path).path for path in known):
            text = f"/{program} has no standard library: /{libraries[0]} has no os.py"
            fix = f"copy /{libraries[0]} too, or install the whole package of the interpreter"
            yield Diagnosis("python-module-missing", text, (), fix)

    def _has_encodings(self) -> bool:
        below = (f"/{library}/encodings/__init__" for library in self.place.library)
        return any(self.files.tree.resolve(f"{path}.{ending}").path for path in below for ending in ("py", "pyc"))

    def _code_of_sites(self) -> Iterator[str]:
        """The lines of .pth files that are run."""
        for site in self.place.sites:
            for path in self.files.tree.children.get(site, ()):
                lines = self._text(path).splitlines() if path.endswith(".pth") else ()
                yield from (line for line in lines if line.startswith("import"))

    def _of_imports(self, command: PythonCommand) -> Iterator[Diagnosis]:
        """The first import that fails; behind it nothing runs. If none does, what is imported may do so later."""
        present = {basename(path) for path in load(self.files, self.patient.environment, self.launch.program).paths}
        for each in self._imports(command):
            found = self._missing(each) if isinstance(each, Missing) else self._unloadable(each, present)
            if found:
                yield found
                return
        yield from self._of_packages()

    def _imports(self, command: PythonCommand) -> Iterator[Missing | Extension]:
        script = self.patient.resolve(command.script) if command.script else None
        directory = dirname(script) if script is not None else self.patient.directory
        safe = command.isolated or self.patient.environment.get("PYTHONSAFEPATH")
        walk = self._walk(() if safe else (directory,), command)
        if script is not None:
            text = self._text(script)
            yield from walk.source(script, text.encode()) if "\0" not in text else ()
        elif command.text:
            yield from walk.source("-c", command.text.encode("utf-8", "surrogateescape"))
        elif command.module:
            yield from _run(walk, command.module)
        name = command.module.partition(".")[0] or command.script
        if served := application(name, command.arguments, self.patient.environment):
            yield from self._walk((self.patient.directory,), command).module(served, f"{basename(name)} {served}")

    def _of_packages(self) -> Iterator[Diagnosis]:
        """Libraries of the other extension modules of the packages that are imported: such as are nowhere."""
        tops = dict.fromkeys(top for walk in self.walks for path in walk.seen for top in self._tops(path))
        known = {basename(path) for path in self.files.tree.nodes}
        below = (path for top in tops for path in self._below(top) if path.endswith(".so") or ".so." in path)
        for path in islice(below, _MOST_EXTENSIONS):
            elf = parsed(self.files, path)
            for soname in elf.needed if elf and elf.abi == self.elf.abi else ():
                if soname not in known and not _LIBC.fullmatch(soname):
                    known.add(soname)
                    text = f"/{path} needs {soname}, which is nowhere: what loads it will fail"
                    fix = f"install {package_of(soname, self.files)}"
                    yield Diagnosis("library-missing", text, (f"NEEDED {soname}",), fix, stops=False)

    def _tops(self, path: str) -> Iterator[str]:
        """The package of a distribution that a file is of."""
        for site in self.place.sites:
            if path.startswith(f"{site}/") and "/" in path[len(site) + 1 :]:
                yield f"{site}/{path[len(site) + 1 :].partition('/')[0]}"

    def _below(self, directory: str) -> Iterator[str]:
        todo = [directory]
        while todo:
            path = todo.pop()
            yield path
            todo += self.files.tree.children.get(path, ())

    def _walk(self, first: tuple[str, ...], command: PythonCommand) -> Walk:
        said = self.patient.environment.get("PYTHONPATH", "") if command.environment else ""
        named = [self.patient.resolve(each) for each in said.split(":") if each]
        users = [
            path for path in self.files.tree.children if path.endswith(f".local/lib/python{self.version}/site-packages")
        ]
        installed = (*self.place.library, *users, *self.place.sites)
        search = (*first, *(each for each in named if each is not None), *installed)
        walk = Walk(self.files, Interpreter(tuple(dict.fromkeys(search)), self._endings(), frozenset(installed)))
        self.walks.append(walk)
        return walk

    def _endings(self) -> tuple[str, ...]:
        """Of the extension modules that the interpreter takes: as its own have them, else as they are usually."""
        own = [path for library in self.place.library for path in self.files.tree.children.get(library, ())]
        tagged = dict.fromkeys(
            f".{basename(path).partition('.')[2]}" for path in own if f".cpython-{self.number}" in path
        )
        usual = f".cpython-{self.number}-{_MACHINES.get(self.elf.machine, '')}-linux-{self.libc}.so"
        return (*(each for each in tagged if each.endswith(".so")), usual, ".abi3.so", ".so")

    def _missing(self, found: Missing) -> Diagnosis:
        by = f"/{found.by}" if found.by in self.files.tree else found.by
        if found.other:
            text = f"{by} imports {found.name}, which is there for another interpreter than this Python {self.version}"
            evidence = tuple(f"/{path}" for path in found.other[:_MOST])
            return Diagnosis("python-incompatible", text, (*evidence, self._takes()), _INSTALL)
        text = f"{by} imports {found.name}, which /{self.launch.program} finds nowhere"
        others = [f"/{path} is there" for path in self._elsewhere(found.name)]
        return Diagnosis("python-module-missing", text, tuple(others), _INSTALL)

    def _elsewhere(self, name: str) -> list[str]:
        """Where other interpreters have a module."""
        sites = (path for path in self.files.tree.children if path.endswith(("site-packages", "dist-packages")))
        named = (f"{site}/{name}{ending}" for site in sites for ending in ("", ".py"))
        return [path for path in named if path in self.files.tree][:_MOST]

    def _takes(self) -> str:
        return f"/{self.launch.program} takes {self._endings()[0]}"

    def _unloadable(self, found: Extension, present: set[str]) -> Diagnosis | None:
        """Why an extension module cannot be loaded; None if it can."""
        elf = parsed(self.files, found.path)
        if elf is None or elf.abi != self.elf.abi:
            text = f"/{found.by} imports /{found.path}, which is for another machine than /{self.launch.program}"
            return Diagnosis("python-incompatible", text, (), _INSTALL)
        loaded = load(self.files, self.patient.environment, found.path)
        for lost in loaded.lost:
            if lost.soname in present or is_loader(self.elf, lost.soname):
                continue
            text = f"/{found.by} imports /{found.path}, which needs {lost.soname}, and that is nowhere"
            if _LIBC.fullmatch(lost.soname):
                return Diagnosis("python-incompatible", f"{text}: it was built for another C library", (), _INSTALL)
            others = elsewhere(self.patient, lost.soname)
            fix = f"install {package_of(lost.soname, self.files)}"
            return Diagnosis("library-missing", text, tuple(f"/{path} is there" for path in others), fix, not others)
        for old in loaded.outdated:
            text = f"/{found.by} imports /{found.path}, for which /{old.provider} is too old: it has no {old.version}"
            return Diagnosis("symbol-version-missing", text, (f"the newest is {old.newest}",), _INSTALL)
        return None

    def _of_wheels(self) -> Iterator[Diagnosis]:
        """Distributions that were installed for another interpreter."""
        for site in self.place.sites:
            for path in self.files.tree.children.get(site, ()):
                tags = _TAG.findall(self._text(f"{path}/WHEEL")) if path.endswith(".dist-info") else []
                single = (each for tag in tags for each in product(*(part.split(".") for part in tag)))
                if tags and not any(self._is_for(*each) for each in single):
                    name, tag = basename(path).removesuffix(".dist-info"), "-".join(tags[0])
                    text = f"{name} was installed for {tag}, and /{self.launch.program} is Python {self.version}"
                    yield Diagnosis("python-incompatible", text, (f"/{path}/WHEEL",), _INSTALL, stops=False)

    def _is_for(self, python: str, abi: str, platform: str) -> bool:
        """Whether a tag fits; whether the C library is new enough, only the loader knows."""
        major, minor = self.version.split(".")
        stable = re.fullmatch(rf"cp{major}(\d+)", python) if abi == "abi3" else None
        fits = python.startswith("py") or python == f"cp{major}{minor}" or (stable and int(stable[1]) <= int(minor))
        family = {"musl": "manylinux", "gnu": "musllinux"}[self.libc]
        machine = _MACHINES.get(self.elf.machine, "")
        return bool(fits) and (platform == "any" or (platform.endswith(machine) and not platform.startswith(family)))

    def _text(self, path: str) -> str:
        real = self.files.tree.resolve(f"/{path}").path
        entry = self.files.tree.get(real) if real else None
        known = entry is not None and entry.kind == "file"
        return self.files.read(real, 0, _MOST_BYTES).decode("utf-8", "replace") if real and known else ""


def _run(walk: Walk, module: str) -> Iterator[Missing | Extension]:
    """``python -m``: a package is run by its ``__main__``."""
    yield from walk.module(module, f"python -m {module}")
    found = walk.find(module)
    if found and found[1]:
        yield from walk.module(f"{module}.__main__", f"python -m {module}")
        if not walk.find(f"{module}.__main__"):
            yield Missing(f"{module}.__main__", f"python -m {module}")
    elif not found and walk.find(module.rpartition(".")[0] or "os"):
        yield Missing(module, f"python -m {module}")
