"""What an ELF file needs: its interpreter and its NEEDED libraries, found as the dynamic loader finds them.

The order is that of ld.so(8): RPATH (where there is no RUNPATH), LD_LIBRARY_PATH, RUNPATH, the directories of
ld.so.conf, the loader's own. A candidate of another class or machine is passed over, as the loader does. ``$ORIGIN``,
``$LIB`` and ``$PLATFORM`` are expanded. A library that only an RPATH further up the chain of loaders finds is looked
for in the RPATHs of the files seen before. Variants below ``glibc-hwcaps`` are kept beside the library: which one is
taken depends on the machine.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join

from shave.elf import Elf as ElfFile
from shave.elf import parse
from shave.needs.protocol import Files
from shave.reason import Link, Reason

_CONFIGURATIONS = 256
"""More files of ld.so.conf than any system has; they include each other by recursion."""

_X86_64, _I386, _ARM64 = 62, 3, 183
_TRIPLETS = {_X86_64: "x86_64-linux-gnu", _I386: "i386-linux-gnu", _ARM64: "aarch64-linux-gnu"}
_PLATFORMS = {_X86_64: "x86_64", _I386: "i686", _ARM64: "aarch64"}


class Elf:
    """Interpreter and libraries of an ELF file."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files
        self.library_path = tuple(part for part in environment.get("LD_LIBRARY_PATH", "").split(":") if part)
        self.configured = tuple(_configured(files))
        self.inherited: dict[str, None] = {}
        self.parsed: dict[str, ElfFile | None] = {}

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The interpreter (a root-relative path) and each NEEDED library that is there."""
        if head[:4] != b"\x7fELF" or not (elf := self._elf(path)):
            return
        if elf.interpreter:
            yield Link(elf.interpreter, Reason("need", f"ELF interpreter {elf.interpreter}", path))
        self.inherited.update(dict.fromkeys(_expand(elf.rpath, path, elf)))
        for name in elf.needed:
            for target in self._library(name, path, elf):
                yield Link(target, Reason("need", f"NEEDED {name}", path))

    def named(self, path: str, name: str) -> Iterator[str]:
        """Where a file that calls dlopen(3) with ``name`` finds it."""
        if elf := self._elf(path):
            yield from self._library(name, path, elf)

    def directories(self, path: str) -> Iterator[str]:
        """Where the loader looks for what a file names."""
        if elf := self._elf(path):
            yield from self._directories(path, elf)

    def _library(self, name: str, path: str, elf: ElfFile) -> Iterator[str]:
        if "/" in name:
            yield from _expand((name,), path, elf)
            return
        for directory in self._directories(path, elf):
            target = join(directory, name)
            if self._loadable(target, elf):
                yield target
                yield from self._hwcaps(directory, name)
                return

    def _directories(self, path: str, elf: ElfFile) -> Iterator[str]:
        if not elf.runpath:
            yield from _expand(elf.rpath, path, elf)
        yield from self.library_path
        yield from _expand(elf.runpath, path, elf)
        yield from self.configured
        yield from _defaults(elf)
        yield from self.inherited

    def _loadable(self, target: str, wanted_by: ElfFile) -> bool:
        resolved = self.files.tree.resolve(target).path
        if resolved is None:
            return False
        entry = self.files.tree.get(resolved)
        if entry is None or entry.kind != "file":
            return False
        elf = self._elf(resolved)
        return elf is not None and elf.abi == wanted_by.abi

    def _hwcaps(self, directory: str, name: str) -> Iterator[str]:
        base = self.files.tree.resolve(join(directory, "glibc-hwcaps")).path
        for level in self.files.tree.children.get(base, ()) if base else ():
            if join(level, name) in self.files.tree:
                yield join(level, name)

    def _elf(self, path: str) -> ElfFile | None:
        if path not in self.parsed:
            self.parsed[path] = parse(lambda offset, length: self.files.read(path, offset, length))
        return self.parsed[path]


def _expand(paths: Iterable[str], path: str, elf: ElfFile) -> Iterator[str]:
    words = {
        "ORIGIN": "/" + dirname(path),
        "LIB": "lib64" if elf.bits == 64 else "lib",
        "PLATFORM": _PLATFORMS.get(elf.machine, ""),
    }
    for text in paths:
        for name, value in words.items():
            text = text.replace("${" + name + "}", value).replace("$" + name, value)
        if text.startswith("/"):
            yield text


def _defaults(elf: ElfFile) -> Iterator[str]:
    triplet = _TRIPLETS.get(elf.machine)
    if triplet:
        yield from (f"/lib/{triplet}", f"/usr/lib/{triplet}")
    if elf.bits == 64:
        yield from ("/lib64", "/usr/lib64")
    else:
        yield from ("/lib32", "/usr/lib32", "/libx32")
    yield from ("/lib", "/usr/lib", "/usr/local/lib")


def _configured(files: Files) -> Iterator[str]:
    yield from _ld_so_conf(files, "/etc/ld.so.conf", [])
    for path in files.tree.children.get("etc", ()):
        if path.startswith("etc/ld-musl-") and path.endswith(".path"):
            yield from (part for part in _text(files, path).replace("\n", ":").split(":") if part.startswith("/"))


def ld_so_conf(files: Files, name: str) -> Iterator[str]:
    """The directories that a file as /etc/ld.so.conf names, in order; ldconfig(8)."""
    yield from _ld_so_conf(files, name, [])


def _ld_so_conf(files: Files, name: str, seen: list[str]) -> Iterator[str]:
    """The directories of a file and of those it includes, each file once: they may include each other."""
    resolved = files.tree.resolve(name).path
    if resolved is None or resolved in seen or len(seen) == _CONFIGURATIONS:
        return
    seen.append(resolved)
    for line in _text(files, resolved).splitlines():
        words = line.partition("#")[0].split()
        if words[:1] == ["include"] and len(words) > 1:
            for path in _included(files, join(dirname(name), words[1])):
                yield from _ld_so_conf(files, path, seen)
        elif words and words[0].startswith("/"):
            yield words[0]


def _included(files: Files, pattern: str) -> Iterator[str]:
    """The files that a pattern of glob(7) names, with wildcards in its last part, as all known ones have it."""
    directory = files.tree.resolve(dirname(pattern)).path
    for path in files.tree.children.get(directory, ()) if directory is not None else ():
        if fnmatchcase(basename(path), basename(pattern)):
            yield "/" + path


def _text(files: Files, path: str) -> str:
    entry = files.tree.get(path)
    if entry is None or entry.kind != "file":
        return ""
    return files.read(path, 0, 1 << 16).decode("utf-8", "surrogateescape")
