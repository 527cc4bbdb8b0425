"""Where classes are looked for, and what they say: directories and archives of a class path.

Sources: JDK 25, "The java Command" (class paths); the JAR File Specification, "Class-Path attribute" and "Multi-release
JAR files"; Spring Boot's "The Executable Jar Format".
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from posixpath import join
from urllib.parse import unquote

from shave import class_file, zip_reader
from shave.causes.protocol import Patient
from shave.class_file import ClassFile
from shave.errors import BadImageError
from shave.needs import Files
from shave.needs.java import manifest
from shave.needs.places import below

_MAX_DIRECTORY, _MAX_CLASS = 64 << 20, 4 << 20
_MOST_PLACES, _MOST_CLASSES = 1024, 2000
_OLDEST_WITH_VERSIONS = 9
_NESTED = ("BOOT-INF/classes/", "WEB-INF/classes/")
"""Where loaders of Spring Boot look in their own archive."""


def places(patient: Patient, written: Iterable[str]) -> list[str]:
    """Real paths of the directories and archives of a class path, and of those that archives name in turn."""
    todo = [path for each in written for path in _named(patient, each)]
    found: dict[str, None] = {}
    while todo and len(found) < _MOST_PLACES:
        path = todo.pop(0)
        if path in found:
            continue
        found[path] = None
        if is_file(patient.files, path):
            with suppress(BadImageError):  # as for the JVM, it has no classes
                urls = manifest(patient.files, path).get("class-path", "").split()
                names = (below(path.rpartition("/")[0], unquote(url.removeprefix("file:"))) for url in urls)
                todo += [real for name in names if (real := patient.files.tree.resolve(name).path) is not None]
    return list(found)


def find(files: Files, places: Iterable[str], name: str, release: int) -> tuple[str, ClassFile] | None:
    """The class "a.b.Main" as a runtime of this release finds it, and in which place; None if it is nowhere."""
    path = f"{name.replace('.', '/')}.class"
    for place in places:
        data = _archived(files, place, path, release) if is_file(files, place) else _beside(files, place, path)
        if data and (found := class_file.parse(data)):
            return place, found
    return None


def classes(files: Files, place: str) -> Iterator[tuple[str, ClassFile]]:
    """The classes of a directory or archive with their paths in it, the first of them if it has very many."""
    bodies = _all_archived(files, place) if is_file(files, place) else _all_below(files, place)
    for name, data in islice(bodies, _MOST_CLASSES):
        if found := class_file.parse(data):
            yield name, found


def _all_archived(files: Files, place: str) -> Iterator[tuple[str, bytes]]:
    read = _reader(files, place)
    with suppress(BadImageError):
        for member in zip_reader.members(read, _size(files, place), (b".class",), _MAX_DIRECTORY):
            yield member.name, zip_reader.beginning(read, member, _MAX_CLASS)


def _all_below(files: Files, place: str) -> Iterator[tuple[str, bytes]]:
    todo = [place]
    while todo:
        path = todo.pop()
        todo += files.tree.children.get(path, ())
        if path.endswith(".class") and is_file(files, path):
            yield path.removeprefix(f"{place}/"), files.read(path, 0, _MAX_CLASS)


def is_file(files: Files, path: str) -> bool:
    """Whether a real path is a regular file's."""
    entry = files.tree.get(path)
    return entry is not None and entry.kind == "file"


def _named(patient: Patient, written: str) -> Iterator[str]:
    """What one part of a class path means: nothing if it is not there."""
    directory, _, last = written.rpartition("/")
    if last == "*":
        real = patient.resolve(directory or ".")
        inside = patient.files.tree.children.get(real, ()) if real is not None else ()
        named = [path for path in inside if path.endswith((".jar", ".JAR"))]
    else:
        named = [join("/", real) for real in [patient.resolve(written or ".")] if real is not None]
    yield from (real for path in named if (real := patient.files.tree.resolve(path).path) is not None)


def _beside(files: Files, directory: str, path: str) -> bytes:
    real = files.tree.resolve(f"/{directory}/{path}").path
    return files.read(real, 0, _MAX_CLASS) if real and is_file(files, real) else b""


def _archived(files: Files, place: str, path: str, release: int) -> bytes:
    """Of several versions the newest that the release may use."""
    versions = (f"META-INF/versions/{number}/{path}" for number in range(release, _OLDEST_WITH_VERSIONS - 1, -1))
    with suppress(BadImageError):
        found = zip_reader.members(_reader(files, place), _size(files, place), (path.encode(),), _MAX_DIRECTORY)
        members = {member.name: member for member in found}
        for name in (*versions, path, *(f"{above}{path}" for above in _NESTED)):
            if name in members:
                return zip_reader.beginning(_reader(files, place), members[name], _MAX_CLASS)
    return b""


def _reader(files: Files, path: str) -> zip_reader.Reader:
    return lambda offset, length: files.read(path, offset, length)


def _size(files: Files, path: str) -> int:
    entry = files.tree.get(path)
    return entry.size if entry else 0
