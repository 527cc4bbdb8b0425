"""What a Java archive names: the class path of its manifest.

Source: JAR file specification, "Class-Path attribute": URLs separated by spaces, relative to the archive; a directory
ends with a slash. What stands on a command's class path is the business of ``widening/classpath.py``.
"""

import re
from collections.abc import Iterator
from itertools import takewhile
from urllib.parse import unquote

from shave import zip_reader
from shave.errors import BadImageError
from shave.needs.places import below
from shave.needs.protocol import Files
from shave.reason import Link, Reason

ARCHIVES = (".jar", ".war", ".ear")
_MANIFEST = "META-INF/MANIFEST.MF"
_MAX_DIRECTORY, _MAX_MANIFEST = 8 << 20, 256 << 10
_FOLDED = re.compile(r"(?:\r\n|\r|\n) ")


class Java:
    """Archives that an archive's manifest names."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """Each entry of the class path. An archive that cannot be read names nothing, to the JVM neither."""
        if path.endswith(ARCHIVES):
            for url in self._class_path(path):
                name = unquote(url.removeprefix("file:"))
                yield Link(below(path.rpartition("/")[0], name), Reason("need", f"Class-Path {url}", path))

    def _class_path(self, path: str) -> list[str]:
        try:
            return manifest(self.files, path).get("class-path", "").split()
        except BadImageError:
            return []


def manifest(files: Files, path: str) -> dict[str, str]:
    """The main attributes of an archive's manifest, by their names in small letters; none where there is no manifest.

    Raises BadImageError for what is no archive.
    """

    def read(offset: int, length: int) -> bytes:
        return files.read(path, offset, length)

    entry = files.tree.get(path)
    for member in zip_reader.members(read, entry.size if entry else 0, (_MANIFEST.encode(),), _MAX_DIRECTORY):
        if member.name == _MANIFEST:
            text = zip_reader.beginning(read, member, _MAX_MANIFEST).decode("utf-8", "replace")
            lines = _FOLDED.sub("", text).splitlines()
            return {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in takewhile(bool, lines))
            }
    return {}
