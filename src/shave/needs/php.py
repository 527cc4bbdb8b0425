"""What PHP names: files that code includes by constants, and the extensions of every SAPI's configuration.

Each SAPI (fpm, cli, apache2) scans its own directory of ini files, and a run shows one of them. Source: PHP's manual,
"The configuration file", "include" and "Core php.ini directives" (extension, zend_extension, include_path).
"""

import re
from collections.abc import Iterator

from shave.needs.places import MOST_BYTES, Places
from shave.needs.protocol import Files
from shave.needs.script import runs
from shave.reason import Link, Reason

_INCLUDED = re.compile(r"usr/share/(?:php\d*|pear)|usr/(?:local/)?lib/php|(?:.*/)?pear/share/pear")
_EXTENSIONS = re.compile(r"(?:.*/)?lib(?:64)?/php\d*/(?:\d{8}[^/]*|modules|extensions/[^/]+)")
_SCANNED = re.compile(r"(?:.*/)?(?:conf\.d/[^/]+|php[^/]*)\.ini")
_SUFFIXES = (".php", ".phtml", ".inc", ".module")
_CONSTANT = re.compile(
    rb"""\b(?:include|require)(?:_once)?[ \t(]+"""
    rb"""(__DIR__[ \t]*\.[ \t]*|dirname\(__FILE__\)[ \t]*\.[ \t]*|dirname\(__DIR__\)[ \t]*\.[ \t]*)?"""
    rb"""["']([^"'$\n]{1,300})["']"""
)
_LOADED = re.compile(rb"""^[ \t]*(?:zend_)?extension[ \t]*=[ \t]*"?([\w./-]+)""", re.MULTILINE)
_NAMED = re.compile(
    rb"""^[ \t]*(?:auto_(?:pre|ap)pend_file|opcache\.preload)[ \t]*=[ \t]*"?(/[\w./-]+)""", re.MULTILINE
)


class Php:
    """Files that PHP code includes, extensions that its configuration loads."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files
        self.included, self.extensions = Places(files.tree, _INCLUDED), Places(files.tree, _EXTENSIONS)
        # what is enabled is a symlink in conf.d, and what it leads to is what is kept
        self.scanned = {files.tree.resolve(path).path for path in files.tree.nodes if _SCANNED.fullmatch(path)}

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """Each file and extension that is there."""
        if path in self.scanned:
            yield from self._configured(path)
        elif path.endswith(_SUFFIXES) or runs(self.files, path, head, b"php"):
            yield from self._code(path)

    def _configured(self, path: str) -> Iterator[Link]:
        text = self.files.read(path, 0, MOST_BYTES)
        for word in _LOADED.findall(text):
            for target in (*self.extensions.find(word.decode()), *self.extensions.find(f"{word.decode()}.so")):
                yield Link(target, Reason("need", f"loads the extension {word.decode()}", path))
        yield from (Link(word.decode(), Reason("need", "names it", path)) for word in _NAMED.findall(text))

    def _code(self, path: str) -> Iterator[Link]:
        here = path.rpartition("/")[0]
        for base, word in dict.fromkeys(_CONSTANT.findall(self.files.read(path, 0, MOST_BYTES))):
            name = word.decode("utf-8", "surrogateescape")
            above = here.rpartition("/")[0] if base.startswith(b"dirname(__DIR__") else here
            found = () if base else self.included.find(name)
            for target in (*found, *self.included.beside(name.lstrip("/") if base else name, (above,))):
                yield Link(target, Reason("need", f"includes {name}", path))
