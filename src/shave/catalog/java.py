"""Java archives by what they say of themselves, those that lie in them, and Java runtimes.

Sources: Maven's archiver (META-INF/maven/GROUP/ARTIFACT/pom.properties); the JAR file specification and OSGi core 8,
chapter 3, for the manifest; Spring Boot's "The Executable Jar Format", whose nested jars are stored as they are and
which may begin with a launch script; JEP 220 for a runtime's ``release`` file.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from shave import zip_reader
from shave.catalog.programs import glanced
from shave.catalog.reading import Reading
from shave.errors import BadImageError
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.records import Read
from shave.tree import parents
from shave.zip_reader import Member

RECORDS = ("**/release",)
_ARCHIVES = (".jar", ".war", ".ear")
_BEGINNINGS = (zip_reader.MAGIC, b"#!/b")
_MANIFEST, _POM = "META-INF/MANIFEST.MF", "/pom.properties"
_ENDINGS = tuple(ending.encode() for ending in (*_ARCHIVES, _MANIFEST, _POM))
_MAX_DIRECTORY = 8 << 20
_MAX_SEEN = 15 << 20
"""Of one file and all that is nested in it; a look costs ``_LOOK`` at least. Of zipkin-server's jar of jars 7 % is
looked at: this does for 200 MB.
"""
_LOOK, _TIMES, _ALWAYS = 256, 8, 256 << 10
_MAX_TEXT = 64 << 10
_MAX_DEPTH = 3
_VERSIONED = re.compile(r"(.+?)-(\d[\w.+-]*)")


class _Identity(Struct, frozen=True):
    name: str
    version: str


class _Jar(Struct, frozen=True):
    """An archive: who it is, who else was shaded into it, which archives lie in it."""

    itself: _Identity
    kind: str
    shaded: tuple[_Identity, ...]
    nested: tuple[Member, ...]


class _Sight:
    """What may be looked at of one file in all, packed or not: time is bounded by its size, whatever it nests."""

    def __init__(self, read: Read, size: int) -> None:
        self.file, self.left = read, min(_MAX_SEEN, _TIMES * size + _ALWAYS)

    def read(self, offset: int, length: int) -> bytes:
        self.charge(max(_LOOK, length))
        return self.file(offset, length)

    def charge(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise BadImageError("its directory and those of the archives in it are more than are looked at")


def packages(files: Files) -> Iterator[Package | Unread]:
    """Each runtime, which owns what is below its home; each other archive, which owns itself, and those within it."""
    reading = Reading(files)
    homes = {path.rpartition("/")[0] for path in files.tree.nodes if _is_home(files, path)}
    for _, runtime in reading.each(sorted(homes), lambda home: _runtime(reading, home)):
        if runtime:
            yield runtime
    yield from glanced(
        files,
        _BEGINNINGS,
        lambda entry: entry.path.endswith(_ARCHIVES) and homes.isdisjoint(parents(entry.path)),
        archive,
    )


def glance(path: str, size: int, read: Read) -> None:
    """Look at what ``packages`` reads of an archive."""
    if path.endswith(_ARCHIVES) and read(0, 4):  # by which it is known again
        for _ in archive(path, size, read):
            pass


GLANCES = dict.fromkeys(_BEGINNINGS, glance)


def archive(path: str, size: int, read: Read) -> Iterator[Package | Unread]:
    """The package that an archive is, and those within. Raises BadImageError if it cannot be read."""
    sight = _Sight(read, size)
    jar = _jar(sight, sight.read, size, path)
    yield Package("java", jar.itself.name, jar.itself.version, (path,), kind=jar.kind)
    yield from _within(sight, sight.read, jar, path, 1)


def _within(sight: _Sight, read: Read, jar: _Jar, path: str, depth: int) -> Iterator[Package | Unread]:
    for shaded in jar.shaded:
        yield Package("java", shaded.name, shaded.version, within=path)
    for member in jar.nested:
        try:
            yield from _nested(sight, read, member, path, depth)
        except BadImageError as error:
            if sight.left < 0:
                raise
            yield Unread(path, f"{member.name!r} in it cannot be read: {error}")


def _nested(sight: _Sight, read: Read, member: Member, path: str, depth: int) -> Iterator[Package | Unread]:
    """An archive in an archive. One that is packed is known by its name alone: its directory comes last."""
    if depth > _MAX_DEPTH:
        raise BadImageError(f"it is nested more than {_MAX_DEPTH} deep")
    inner = zip_reader.within(read, member)
    jar = _jar(sight, inner, member.packed_bytes, member.name) if inner else _Jar(_named(member.name), "", (), ())
    yield Package("java", jar.itself.name, jar.itself.version, kind=jar.kind, within=path)
    if inner:
        yield from _within(sight, inner, jar, path, depth + 1)


def _jar(sight: _Sight, read: Read, size: int, path: str) -> _Jar:
    found = tuple(zip_reader.members(read, size, _ENDINGS, _MAX_DIRECTORY))
    texts = {each.name: _text(sight, read, each) for each in found if each.name == _MANIFEST}
    manifest = _attributes(texts.get(_MANIFEST, ""))
    poms = tuple(_pom(_text(sight, read, each)) for each in found if each.name.startswith("META-INF/maven/"))
    poms = tuple(pom for pom in poms if pom.version)
    itself = _own(poms, path) or _said(manifest, path)
    shaded = tuple(pom for pom in poms if pom != itself)
    nested = tuple(each for each in found if each.name.endswith(_ARCHIVES))
    return _Jar(itself, _kind(manifest, path, nested, shaded), shaded, nested)


def _text(sight: _Sight, read: Read, member: Member) -> str:
    data = zip_reader.beginning(read, member, _MAX_TEXT)
    sight.charge(len(data))
    return data.decode("utf-8", "replace")


def _attributes(manifest: str) -> dict[str, str]:
    """The main section: what stands before the first empty line, lines that begin with a space continued."""
    main = re.split(r"\r?\n\r?\n", manifest, maxsplit=1)[0]
    lines = re.sub(r"\r?\n ", "", main).splitlines()
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _pom(text: str) -> _Identity:
    lines = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    said = {name.strip(): value.strip() for name, _, value in lines}
    return _Identity(f"{said.get('groupId', '')}:{said.get('artifactId', '')}", said.get("version", ""))


def _own(poms: tuple[_Identity, ...], path: str) -> _Identity | None:
    """The one pom that is there, or of several the one whose artifact the file is called after."""
    if len(poms) == 1:
        return poms[0]
    stem = _stem(path)
    matching = [pom for pom in poms if f"{stem}-".startswith(pom.name.partition(":")[2] + "-")]
    return max(matching, key=lambda pom: len(pom.name.partition(":")[2]), default=None)


def _said(manifest: dict[str, str], path: str) -> _Identity:
    """What the manifest says, as far as it is a name and no prose. An artifact's file name is the better name of the
    two, and known for one by its version.
    """
    named = _named(path)
    version = manifest.get("Implementation-Version") or manifest.get("Bundle-Version") or named.version
    if named.version == version != "":
        return named
    symbolic = manifest.get("Bundle-SymbolicName", "").partition(";")[0].strip()
    names = (manifest.get("Implementation-Title", ""), symbolic, manifest.get("Automatic-Module-Name", ""))
    return _Identity(next((name for name in names if re.fullmatch(r"[\w.:-]+", name)), named.name), version)


def _named(path: str) -> _Identity:
    """Name and version as Maven's and Gradle's file names have them."""
    stem = _stem(path)
    found = _VERSIONED.fullmatch(stem)
    return _Identity(*found.groups()) if found else _Identity(stem, "")


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _kind(manifest: dict[str, str], path: str, nested: tuple[Member, ...], shaded: tuple[_Identity, ...]) -> str:
    if "Spring-Boot-Version" in manifest or any(each.name.startswith("BOOT-INF/lib/") for each in nested):
        return "spring-boot"
    suffix = path.rpartition(".")[2]
    return suffix if suffix != "jar" else "shaded" if shaded else ""


def _is_home(files: Files, path: str) -> bool:
    """Whether the file is the ``release`` file of a Java runtime, of JDK 8's layout or of later ones'."""
    home, _, name = path.rpartition("/")
    marks = ("lib/modules", "lib/rt.jar", "jre/lib/rt.jar")
    return name == "release" and home != "" and any(f"{home}/{mark}" in files.tree for mark in marks)


def _runtime(reading: Reading, home: str) -> Package | None:
    """The runtime. One whose modules do not make Java SE was cut down to an application's needs by jlink."""
    lines = (line.partition("=") for line in reading.text(f"{home}/release").splitlines())
    said = {name: value.strip('"') for name, _, value in lines}
    if not said.get("JAVA_VERSION"):
        return None
    linked = f"{home}/lib/modules" in reading.tree and "java.se" not in said.get("MODULES", "").split()
    name = "jdk" if f"{home}/bin/javac" in reading.tree else "jre"
    kind = "jlink" if linked else said.get("IMPLEMENTOR", "")
    return Package("java", name, said["JAVA_VERSION"], reading.owned(reading.below(home)), kind=kind)
