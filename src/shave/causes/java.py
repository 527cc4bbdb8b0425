"""A Java runtime must be able to run the class that ``java`` is asked for.

### java-too-old

A class file says for which release it was compiled, and an older runtime refuses it (UnsupportedClassVersionError).
Known from the main class (of Spring Boot's archives also the Start-Class) and from what the runtime says of itself in
its `release` file, or the version of its own classes. Fix: a base as new as the compiler, or `javac --release`.

### java-module-missing

A runtime made by jlink has some modules of the JDK only. A class that is named but not there ends the program when it
is first needed (NoClassDefFoundError), a module that is asked for at once. Known from `lib/modules` and from all
classes that the main class names; what other classes of its archive name may never be needed: that is a note. Fix:
`jlink --add-modules` with what `jdeps --print-module-deps --ignore-missing-deps` prints.

### java-class-missing

The main class is nowhere on the class path, the archive's manifest names none, or the archive cannot be read. Fix:
`java -cp` with the place of the class, or the archive built with its entry (`jar --main-class`).

Sources: Java Virtual Machine Specification, 4.1 and table 4.1-A; JAR File Specification; JDK 25, "The java Command",
"The jlink Command"; OpenJDK, sun/launcher/LauncherHelper.java; Spring Boot, "The Executable Jar Format".
"""

from collections.abc import Iterable, Iterator
from functools import cache

from msgspec.structs import replace

from shave.causes.java_classes import classes, find, is_file, places
from shave.causes.java_command import JavaCommand, java_command
from shave.causes.java_runtime import Runtime, runtime
from shave.causes.launches import final, placed
from shave.causes.protocol import Patient
from shave.diagnosis import Cause, Diagnosis
from shave.errors import BadImageError
from shave.facts import load
from shave.needs.java import manifest

_NEWEST = 99
"""Taken for a runtime of which the release is not known."""
_PLATFORM = ("java.", "javax.", "jdk.", "sun.", "com.sun.")
_MOST_NAMED = 3
_PARTS: dict[str, Cause] = {"lib/modules": "java-module-missing", "lib/jvm.cfg": "program-file-missing"}
_LINK = "jlink --add-modules with what jdeps --print-module-deps --ignore-missing-deps prints for the application"


def look(patient: Patient) -> Iterator[Diagnosis]:
    """What is wrong with each program that a Java launcher is to run."""
    for launch in final(patient):
        found = runtime(patient.files, launch.program)
        if found and launch.directory is not None:
            for each in _Start(placed(patient, launch.directory), found).look(launch.words[1:]):
                yield replace(each, stops=each.stops and launch.sure)


class _Start:
    """One start of a runtime."""

    def __init__(self, patient: Patient, found: Runtime) -> None:
        self.patient, self.files, self.runtime = patient, patient.files, found
        self.release = found.release or _NEWEST

    def look(self, arguments: tuple[str | None, ...]) -> Iterator[Diagnosis]:
        if lacking := self.runtime.lacks:
            text = f"the Java runtime in /{self.runtime.home} has no {lacking}, without which it runs nothing"
            fix = f"copy /{self.runtime.home} whole, or install its package"
            yield Diagnosis(_PARTS.get(lacking, "library-missing"), text, (f"/{self.runtime.home}/{lacking}",), fix)
            return
        command = java_command(self.patient, arguments)
        if command is None:
            return
        if not command.module_path:
            yield from (self._module(name, f"--add-modules {name}") for name in command.modules if self._lacks(name))
        match command.kind:
            case "jar":
                yield from self._jar(command)
            case "class":
                yield from self._main(command, command.target, places(self.patient, command.class_path))
            case "module":
                yield from self._of_module(command)
            case "source":
                yield from self._source(command)

    def _jar(self, command: JavaCommand) -> Iterator[Diagnosis]:
        path = self.patient.resolve(command.target)
        if path is None or not is_file(self.files, path):
            return  # as every interpreter's file: program_file
        try:
            said = manifest(self.files, path)
        except BadImageError as error:
            yield Diagnosis("java-class-missing", f"/{path} is no archive that Java can read: {error}", (f"/{path}",))
            return
        main = said.get("main-class", "")
        if not main:
            text = f"the manifest of /{path} has no Main-Class, which java -jar runs"
            fix = "build it with the entry (jar --main-class, Maven's manifest.mainClass), or run java -cp JAR CLASS"
            yield Diagnosis("java-class-missing", text, (f"/{path}",), fix)
        for name in dict.fromkeys(filter(None, (main, said.get("start-class", "") if main else ""))):
            yield from self._main(command, name, places(self.patient, command.class_path))

    def _main(self, command: JavaCommand, name: str, class_path: list[str]) -> Iterator[Diagnosis]:
        """A main class: that it is there, that the runtime takes it, that what it names is there; then the others."""
        found = find(self.files, class_path, name, self.release)
        if found is None:
            if not command.elsewhere and not name.startswith(_PLATFORM):
                where = ":".join(command.class_path)
                text = f"class {name}, which java is to run, is nowhere on its class path, {where}"
                yield Diagnosis("java-class-missing", text, tuple(f"/{each}" for each in class_path[:_MOST_NAMED]))
            return
        place, main = found
        if main.release > self.release:
            yield self._too_old(name, main.release)
            return
        lacking = dict(self._lacking(main.names, class_path))
        for module, named in lacking.items():
            yield self._module(module, f"class {name}", (named,))
        for module, (user, named) in self._others(place, class_path).items():
            if module not in lacking:
                yield replace(self._module(module, f"{user} of /{place}", (named,)), stops=False)

    def _others(self, place: str, class_path: list[str]) -> dict[str, tuple[str, str]]:
        """The modules that classes beside the main class name: the first such class, and what it names."""
        lacking: dict[str, tuple[str, str]] = {}
        for user, other in classes(self.files, place) if any(map(self._lacks, load("java")["modules"])) else ():
            for module, named in self._lacking(other.names, class_path):
                lacking.setdefault(module, (user, named))
        return lacking

    def _of_module(self, command: JavaCommand) -> Iterator[Diagnosis]:
        module, _, name = command.target.partition("/")
        modules = self.runtime.modules
        if modules is None or command.elsewhere:
            return
        if modules.has(module):
            if name and modules.beginning(f"/{module}/{name.replace('.', '/')}.class", 0) is None:
                yield Diagnosis("java-class-missing", f"module {module} of the runtime has no class {name}")
            return
        written = [each for path in command.module_path for each in (path, f"{path}/*")]
        if not written:
            yield self._module(module, "the command")
        else:
            yield from self._on_module_path(command, name, places(self.patient, written))

    def _on_module_path(self, command: JavaCommand, name: str, module_path: list[str]) -> Iterator[Diagnosis]:
        """Of a module whose class is known, by the archive or directory that it is in."""
        found = find(self.files, module_path, name, self.release) if name else None
        info = find(self.files, [found[0]], "module-info", self.release) if found else None
        for module in info[1].requires if info else ():
            if module.startswith(_PLATFORM) and self._lacks(module):
                yield self._module(module, f"module {command.target.partition('/')[0]}")
                return
        if found:
            yield from self._main(command, name, module_path)

    def _source(self, command: JavaCommand) -> Iterator[Diagnosis]:
        if self.patient.resolve(command.target) is None:
            text = f"{command.target}, which java is to compile and run, is not there"
            yield Diagnosis("program-file-missing", text, (), f"copy it to /{self.patient.directory}")
        elif self._lacks("jdk.compiler"):
            yield self._module("jdk.compiler", f"{command.target}, which is a source file,")

    def _lacking(self, names: Iterable[str], class_path: list[str]) -> Iterator[tuple[str, str]]:
        """The modules that have what is named and are not there, each with the first name; not what is elsewhere."""
        seen: set[str] = set()
        for name in names:
            module = _modules().get(name.rpartition("/")[0].replace("/", "."), "")
            plain = name.replace("/", ".")
            if module in seen or not module or not self._lacks(module):
                continue
            if name.startswith("java/") or not find(self.files, class_path, plain, self.release):
                seen.add(module)
                yield module, plain

    def _lacks(self, module: str) -> bool:
        modules = self.runtime.modules
        return module.islower() and modules is not None and not modules.has(module)

    def _module(self, module: str, user: str, named: tuple[str, ...] = ()) -> Diagnosis:
        what = f" ({', '.join(named)})" if named else ""
        text = f"{user} needs the module {module}{what}, which the Java runtime in /{self.runtime.home} has not"
        return Diagnosis("java-module-missing", text, (f"/{self.runtime.home}/lib/modules",), _LINK)

    def _too_old(self, name: str, release: int) -> Diagnosis:
        text = (
            f"class {name} was compiled for Java {release}, and the runtime in /{self.runtime.home} is {self.release}"
        )
        versions = f"class file version {release + 44}, where at most {self.release + 44} is taken"
        fix = f"use a base with Java {release} or later, or compile with javac --release {self.release}"
        return Diagnosis("java-too-old", text, (versions,), fix)


@cache
def _modules() -> dict[str, str]:
    """The module of each package that is exported."""
    return {package: module for module, packages in load("java")["modules"].items() for package in packages}
