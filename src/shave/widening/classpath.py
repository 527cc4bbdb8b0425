"""Archives on a class path: those beside a used one, and those that commands and launch scripts name.

The JVM opens an archive when a class is looked for in it, and a ServiceLoader finds its providers in any of them
(java.util.ServiceLoader, "Deploying service providers"). Debian's archives lie in one directory for all of its
packages, and there a package's dependencies say which belong together (Debian Java Policy, 2.3 and 2.4). Sources:
java(1), -classpath, -jar, -javaagent, JDK_JAVA_OPTIONS, @argfiles; java-wrappers(7), find_jars.
"""

import re
from collections.abc import Iterable, Iterator
from posixpath import dirname

from shave.closure import Root
from shave.needs.java import ARCHIVES
from shave.needs.places import below
from shave.reason import Link, Reason
from shave.scene import Scene

_SHARED = re.compile(r"usr/(?:local/)?share/(?:java|maven-repo)(?:/.*)?|(?:.*/)?\.(?:m2|gradle|ivy2)(?:/.*)?|")
"""Where archives lie that have nothing to do with each other; the root directory too."""
_SYSTEM = "usr/share/java"
_LIBRARY = re.compile(r"dpkg:(?:lib.+-(?:java|jni)|.+-java)(?::\w+)?")
_VARIABLES = ("CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "CATALINA_OPTS")
_WORD = re.compile(r"""[^\s"':;,=()<>|&]{1,500}?(?:\.(?:jar|war)(?![\w.])|/\*(?:\.jar)?)""")
_ARGUMENTS = re.compile(r"(?:^|\s)@([^\s\"']{1,500})")
_VARIABLE = re.compile(r"\$(?:\{?\w+[^}/]*\}?)/")
_FIND_JARS = re.compile(r"\bfind_jars[ \t]+([\w .+-]+)")
_MAX_SCRIPT = 64 << 10


class ClassPath:
    """Keeps what is on a class path with what of it is used."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.archives: dict[str, list[str]] = {}
        for path in scene.tree.nodes:
            if path.endswith(ARCHIVES):
                self.archives.setdefault(dirname(path), []).append(path)
        self.libraries = {p.unit.split(":")[1]: p for p in scene.catalog.packages if _LIBRARY.fullmatch(p.unit)}
        self.whole: set[str] = set()
        self.done: set[str] = set()

    def roots(self) -> Iterator[Root]:
        """What the image's command and its variables name."""
        run = self.scene.config.run
        words = self.scene.words
        text = "\n".join((*words, *(self.scene.environment.get(name, "") for name in _VARIABLES)))
        bases = (run.working_dir or "/",)
        if self.archives:
            yield from ((link.target, link.reason) for link in self._named(text, bases, ""))
            for name in _ARGUMENTS.findall(text):
                path = self.scene.tree.resolve(below(bases[0], name)).path
                if path and (entry := self.scene.tree.get(path)) and entry.kind == "file":
                    yield from ((link.target, link.reason) for link in self._named(self._text(path), bases, path))

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """What lies beside an archive, or its package depends on; what a launch script names."""
        if path.endswith(ARCHIVES):
            yield from self._beside(path)
        elif self.archives and head.startswith(b"#!") and b"sh" in head.partition(b"\n")[0]:
            text = self._text(path)
            here = dirname(path)
            if ".jar" in text or "/*" in text or "find_jars" in text:
                yield from self._named(text, (here, dirname(here)), path)

    def _text(self, path: str) -> str:
        return self.scene.files.read(path, 0, _MAX_SCRIPT).decode("utf-8", "surrogateescape")

    def _beside(self, path: str) -> Iterator[Link]:
        directory = dirname(path)
        if not _SHARED.fullmatch(directory):
            yield from self._all(directory, Reason("unit", f"lies in /{directory}, archives of which are used", path))
        owner = self.scene.owners.get(path)
        for unit in owner.requires if owner and owner.manager == "dpkg" else ():
            if (package := self.libraries.get(unit.split(":")[1])) and package.unit not in self.done:
                self.done.add(package.unit)
                reason = Reason("need", f"{owner.unit if owner else ''} depends on {package.unit}", path)
                yield from (Link(each, reason) for each in package.paths if each.endswith((".jar", ".so")))

    def _all(self, directory: str, reason: Reason) -> Iterator[Link]:
        if directory in self.archives and directory not in self.whole:
            self.whole.add(directory)
            yield from (Link(path, reason) for path in self.archives[directory])

    def _named(self, text: str, bases: Iterable[str], source: str) -> Iterator[Link]:
        """The archives whose names stand in a text. What a variable holds is one of the directories around."""
        reason = Reason("need", "names it for the class path", source)
        for word in dict.fromkeys(_WORD.findall(text.replace('"/', "/"))):
            name = _VARIABLE.sub("", word, count=1)
            for place in (below(base, name) for base in bases):
                if name.endswith(("/*", "/*.jar")):
                    yield from self._all(self.scene.tree.resolve(dirname(place)).path or "", reason)
                elif self.scene.tree.resolve(place).path is not None:
                    yield Link(place, reason)
        for name in (name for words in _FIND_JARS.findall(text) for name in words.split()):
            yield Link(f"{_SYSTEM}/{name.removesuffix('.jar')}.jar", reason)
