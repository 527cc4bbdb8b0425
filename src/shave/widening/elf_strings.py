"""What stands in the strings of kept programs and libraries: libraries for dlopen(3), paths, other programs.

Nobody chose what the base brought: its own files are not read. Of others only data is read, at most ``MAX_DATA_BYTES``
of each, and only whole strings that end in NUL count. So what Go and Rust programs name is not found, for their strings
do not end. Links:

- ``libNAME.so.N``, found as the loader finds it; with ``%`` or cut off behind ``.so.`` all of that name and any version
  below ``HEAVY_BYTES``;
- absolute paths of files; of directories that are their package's own, or nobody's, what they hold if that is little;
- names of helper programs that lie in a directory of their package (/usr/lib/PACKAGE, libexec);
- of what calls system(3) or popen(3) the first word of command lines, of what calls execvp(3) and the like names: of
  programs that somebody asked for, or that the package depends on.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from posixpath import basename

from shave.closure import Root
from shave.elf import MAGIC, named_sections
from shave.needs.elf import Elf
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tree import is_program
from shave.widening.small import below

MAX_DATA_BYTES = 64 << 20
HEAVY_BYTES = 20_000_000
_DATA, _SYMBOLS = re.compile(r"\.rodata.*|\.data(?:\.rel\.ro)?"), re.compile(r"\.dynstr")
_STRING = re.compile(rb"(?<=\0)[A-Za-z/_][\w.+/%@:-]{2,200}(?=\0)")
_LINE = re.compile(rb"(?<=\0)(/?[a-z][\w.+/-]{1,100}) +[-|<>&\"'%][ -~]{0,400}(?=\0)")
_SHARED = re.compile(rb"[\w+.%/-]*\.so(?:\.[\w.%]*)?")
_ANY = re.compile(r"%[-+ 0#]*\d*(?:\.\d+)?(?:hh|h|ll|l|z)?[a-zA-Z]")
_STARTS_LINES = frozenset(
    {b"system", b"popen", b"g_spawn_command_line_async", b"g_spawn_command_line_sync", b"wordexp"}
)
_STARTS_NAMES = frozenset(
    {b"execvp", b"execlp", b"execvpe", b"posix_spawnp", b"g_spawn_async", b"g_spawn_sync", b"g_find_program_in_path"}
)
_HELPERS = re.compile(r"usr/(?:local/)?(?:lib|libexec)/(?!(?:[^/]+-linux-[^/]+|systemd|apt|dpkg|udev|init)/).+")
_PRINTING = re.compile(r".*/libcups(?:image)?\.so\.\d+").fullmatch
"""The JVM's: a client of a print server, 15 MB with what it needs, that no run loaded."""
_PROGRAMS = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")


class ElfStrings:
    """Keeps what ELF files name."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.elf = Elf(scene.files, scene.environment)

    @cached_property
    def helpers(self) -> dict[bytes, list[str]]:
        """Programs in private directories by name."""
        found: dict[bytes, list[str]] = {}
        for path, node in self.scene.tree.nodes.items():
            if _HELPERS.fullmatch(path) and is_program(node.entry) and ".so" not in path:
                found.setdefault(basename(path).encode("utf-8", "surrogateescape"), []).append(path)
        return found

    def roots(self) -> Iterable[Root]:
        """Nothing by itself."""
        return ()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """What the strings of an ELF file lead to."""
        if not head.startswith(MAGIC) or self.scene.in_base(path):
            return
        data, symbols = self._sections(path, _DATA), self._sections(path, _SYMBOLS)
        names = dict.fromkeys(_STRING.findall(data))
        for name in names:
            word = name.decode("utf-8")
            reason = Reason("need", f"/{path} names {word}", path)
            yield from (Link(target, reason) for target in self._targets(path, name, word) if self._may(path, target))
        if any(b"\0%s\0" % symbol in symbols for symbol in _STARTS_NAMES):
            yield from self._programs(path, (name for name in names if b"/" not in name))
        if any(b"\0%s\0" % symbol in symbols for symbol in _STARTS_LINES):
            yield from self._programs(path, dict.fromkeys(_LINE.findall(data)))

    def _may(self, path: str, target: str) -> bool:
        """Whether a file that no run loaded may bring ``target``: what is of a package that is used, or that its own
        depends on. A word that happens to be a name elsewhere does not count.
        """
        real = self.scene.tree.resolve(target).path
        if path in self.scene.narrow or real is None or self.scene.is_used(real):
            return True
        owner = self.scene.owners.get(path)
        return owner is not None and not _PRINTING(real) and self.scene.owners[real] in self.scene.depends_on(owner)

    def _sections(self, path: str, wanted: re.Pattern[str]) -> bytes:
        """The wanted sections, with a NUL around each."""

        def read(offset: int, length: int) -> bytes:
            return self.scene.files.read(path, offset, length)

        pieces, left = [b"\0"], MAX_DATA_BYTES
        for name, section in named_sections(read):
            if wanted.fullmatch(name):
                pieces.append(read(section.offset, min(section.size, left)))
                left -= len(pieces[-1])
        return b"\0".join((*pieces, b""))

    def _targets(self, path: str, name: bytes, word: str) -> Iterator[str]:
        if name.startswith(b"/"):
            yield from self._absolute(path, word)
        elif _SHARED.fullmatch(name) and "/" not in word:
            yield from self.elf.named(path, word) if _is_exact(word) else self._versions(path, word)
        elif name in self.helpers:
            yield from (place for place in self.helpers[name] if self._is_helper(path, place))

    def _versions(self, path: str, word: str) -> Iterator[str]:
        """Libraries beside the system's whose names differ only in what a program puts in."""
        pattern = _ANY.sub("*", word) + ("*" if word.endswith(".") else "")
        if len(pattern.partition("*")[0].removeprefix("lib")) < 3:
            return
        for directory in self.elf.directories(path):
            real = self.scene.tree.resolve(directory).path
            for target in self.scene.tree.children.get(real, ()) if real else ():
                entry = self.scene.entry(target)
                if fnmatchcase(basename(target), pattern) and entry and entry.size < HEAVY_BYTES:
                    yield target

    def _absolute(self, path: str, word: str) -> Iterator[str]:
        resolved = self.scene.tree.resolve(word).path
        entry = self.scene.tree.get(resolved) if resolved else None
        if resolved is None or entry is None:
            return
        if entry.kind == "directory":
            yield from below(self.scene, resolved, self.scene.owners.get(path))
        else:
            yield word

    def _is_helper(self, path: str, place: str) -> bool:
        owner = self.scene.owners.get(path)
        return owner is not None and self.scene.owners.get(place) is owner

    def _programs(self, path: str, names: Iterable[bytes]) -> Iterator[Link]:
        for name in names:
            word = name.decode("utf-8", "surrogateescape")
            place = self.scene.command(word)
            real = self.scene.tree.resolve(place).path if place else None
            if place and real and self._is_meant(path, real):
                yield Link(place, Reason("need", f"/{path} starts {word}", path))

    def _is_meant(self, path: str, program: str) -> bool:
        """Whether a word that is a program's name is likely to be that: where somebody wanted the program."""
        owner, other = self.scene.owners.get(path), self.scene.owners.get(program)
        if self.scene.in_base(program):
            return False
        return owner is None or other is None or other.asked or other.unit in owner.requires


def _is_exact(word: str) -> bool:
    return "%" not in word and not word.endswith(".")
