"""What Ruby code names: files that it requires, loads or autoloads by constants, and gems that it activates.

They are looked for in Ruby's own directories, in those of RUBYLIB and in the libraries and compiled extensions of every
gem that is there. Source: Ruby's documentation, Kernel#require, #require_relative, #load and #autoload; RubyGems'
Gem.activate_bin_path, which the wrappers of a gem's programs call; Gem::BasicSpecification for where gems lie.
"""

import re
from collections.abc import Iterator

from shave.needs.places import MOST_BYTES, Places
from shave.needs.protocol import Files
from shave.needs.script import runs
from shave.reason import Link, Reason

_LOADED = re.compile(
    r"(?:.*/)?(?:lib|lib64|share)/(?:[^/]+-linux-[^/]+/)?ruby"
    r"(?:/(?:\d[\d.]*|(?:site|vendor)_ruby|[^/]*linux[^/]*)){0,3}"
    r"|(?:.*/)?gems/([^/]+)-\d[^/]*/lib(?:/\1)?|(?:.*/)?extensions/[^/]+/[^/]+/[^/]+"
)
_GEMS = re.compile(r"(?:.*/)?specifications(?:/default)?")
_RECORD = re.compile(r".*/([^/]+?)-\d[^/]*\.gemspec")
_SUFFIXES = (".rb", ".ru", ".rake", "/Rakefile", "/Guardfile", "/Capfile")
_CALL = rb"""(?:^|[;{(&|\s])%s[ \t(]*["']([\w./+-]{1,200})["']"""
_REQUIRED = re.compile(_CALL % rb"(?:require|load|require_dependency|autoload[ \t(]+:?\w+[ \t]*,)")
_RELATIVE = re.compile(_CALL % rb"require_relative")
_ACTIVATED = re.compile(_CALL % rb"(?:gem|Gem\.activate_bin_path|load[ \t]+Gem\.activate_bin_path)")
_ENDINGS = ("", ".rb", ".so")


class Ruby:
    """Files and gems that Ruby code names."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files
        self.places = Places(files.tree, _LOADED, environment.get("RUBYLIB", "").split(":"))
        self.linked: set[str] = set()
        self.gems: dict[str, list[str]] = {}
        for directory in files.tree.children:
            if _GEMS.fullmatch(directory):
                self._index(directory)

    def _index(self, directory: str) -> None:
        for path in self.files.tree.children[directory]:
            if found := _RECORD.fullmatch(path):
                self.gems.setdefault(found[1], []).append(path)

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """Each file and gem that is there."""
        if not path.endswith(_SUFFIXES) and not runs(self.files, path, head, b"ruby"):
            return
        code = self.files.read(path, 0, MOST_BYTES)
        for word in dict.fromkeys(_REQUIRED.findall(code)):
            yield from self._found(word.decode(), path)
        for word in dict.fromkeys(_RELATIVE.findall(code)):
            here = path.rpartition("/")[0]
            yield from self._found(f"/{here}/{word.decode()}", path)
        for word in dict.fromkeys(_ACTIVATED.findall(code)):
            for target in self.gems.get(word.decode(), ()):
                yield Link(target, Reason("need", f"activates the gem {word.decode()}", path))

    def _found(self, word: str, path: str) -> Iterator[Link]:
        for target in (target for ending in _ENDINGS for target in self.places.find(f"{word}{ending}")):
            if target not in self.linked:
                self.linked.add(target)
                yield Link(target, Reason("need", f"requires {word}", path))
