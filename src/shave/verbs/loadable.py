"""Whether the dynamic loader of an image could load a program: itself, every library, every version of symbols.

Source: ld.so(8); glibc, elf/dl-load.c and elf/dl-version.c; musl, ldso/dynlink.c.
"""

import re
from collections import deque
from collections.abc import Iterator
from posixpath import basename, dirname

from msgspec import Struct

from shave.elf import Elf, parse
from shave.elf_versions import Versions, versions
from shave.needs import Files
from shave.needs.elf import Elf as Needs

# e_machine and bits of what runs on an architecture, its own first; a 64-bit kernel runs the 32-bit programs too
MACHINES: dict[str, tuple[tuple[int, int], ...]] = {
    "amd64": ((62, 64), (3, 32), (62, 32)),
    "386": ((3, 32),),
    "arm64": ((183, 64), (40, 32)),
    "arm": ((40, 32),),
    "loong64": ((258, 64),),
    "mips64le": ((8, 64), (8, 32)),
    "ppc64le": ((21, 64),),
    "riscv64": ((243, 64),),
    "s390x": ((22, 64), (22, 32)),
}
_NAMES = {machines[0][0]: name for name, machines in reversed(MACHINES.items())}
_CACHE = "/etc/ld.so.cache"
_MOST_CACHE, _MOST_FILES = 16 << 20, 4096
# What musl's loader is itself, whatever it is asked for by (load_library)
_MUSL = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\..*")
_NUMBERED = re.compile(r"(.*?_)(\d+(?:\.\d+)*)")


def unloadable(files: Files, environment: dict[str, str], path: str, architecture: str) -> Iterator[str]:
    """Why the loader would refuse the ELF file at ``path``, in sentences; none if it would not."""
    elf = _parsed(files, path)
    if elf is None:
        yield f"/{path} is a broken ELF file"
    elif (elf.machine, elf.bits) not in MACHINES[architecture]:
        yield f"/{path} is for {_NAMES.get(elf.machine, 'another machine')}, the image for {architecture}"
    elif elf.interpreter and files.tree.resolve(elf.interpreter).path is None:
        family = "musl (Alpine)" if "ld-musl" in elf.interpreter else "glibc (Debian, Fedora)"
        yield f"/{path} is loaded by {elf.interpreter}, which is not there: it was built for {family}"
    else:
        loading = _Loading(files, environment, path, elf)
        yield from loading.missing()
        yield from loading.outdated()


def loaded(files: Files, environment: dict[str, str], path: str) -> tuple[str, ...]:
    """The ELF file at ``path`` and what is loaded with it: real paths."""
    elf = _parsed(files, path)
    return tuple(_Loading(files, environment, path, elf).loaded) if elf else ()


def _parsed(files: Files, path: str) -> Elf | None:
    return parse(lambda offset, length: files.read(path, offset, length))


class _Loaded(Struct, frozen=True):
    path: str
    elf: Elf
    versions: Versions


class _Loading:
    """One program and what is loaded with it, breadth first as the loader does."""

    def __init__(self, files: Files, environment: dict[str, str], path: str, program: Elf) -> None:
        self.files = files
        self.needs = Needs(files, environment)
        self.is_musl = "ld-musl" in program.interpreter
        self.cached = _cached(files)
        self.cached_paths = {files.tree.resolve(path).path for path in self.cached.values()}
        self.loaded: dict[str, _Loaded] = {}
        self.names: dict[str, str] = {}
        self.lost: dict[str, str] = {}
        if program.interpreter and (loader := files.tree.resolve(program.interpreter).path):
            self._add(loader, basename(program.interpreter))
        self._load(path)

    def _load(self, path: str) -> None:
        todo = deque([self._add(path, "")])
        while todo and len(self.loaded) < _MOST_FILES:
            each = todo.popleft()
            if each is None:
                continue
            list(self.needs.links(each.path, self.files.read(each.path, 0, 4)))  # its RPATH serves those it loads
            for name in each.elf.needed:
                if name in self.names or (self.is_musl and _MUSL.fullmatch(name)):
                    continue
                found = self._found(name, each.path)
                if found is None:
                    self.lost.setdefault(name, each.path)
                else:
                    todo.append(self._add(found, name))

    def _add(self, path: str, name: str) -> _Loaded | None:
        """Note what is loaded, by the names that others may ask for it; None if it was before."""
        if name:
            self.names.setdefault(name, path)
        if path in self.loaded or not (elf := _parsed(self.files, path)):
            return None
        found = _Loaded(path, elf, versions(lambda offset, length: self.files.read(path, offset, length)))
        self.loaded[path] = found
        if elf.soname:
            self.names.setdefault(elf.soname, path)
        return found

    def _found(self, name: str, path: str) -> str | None:
        """The real path of what a file asks for by a name; None if the loader would not find it."""
        for target in self.needs.named(path, name):
            found = self.files.tree.resolve(target).path
            if found and not self._is_overlooked(found, target, path):
                return found
        cached = self.cached.get(name)
        return self.files.tree.resolve(cached).path if cached else None

    def _is_overlooked(self, found: str, target: str, path: str) -> bool:
        """Whether nothing but ld.so.conf leads to a library: ldconfig reads that, the loader what ldconfig wrote.
        Of all directories that are searched without it, /usr/local/lib is musl's alone.
        """
        place, directories = dirname(target), [*self.needs.directories(path)]
        by_cache = self.needs.configured.count(place) + (place == "/usr/local/lib")
        return not self.is_musl and directories.count(place) == by_cache and found not in self.cached_paths

    def missing(self) -> Iterator[str]:
        """Libraries that are nowhere, but for those that came by another name after they were asked for."""
        for name, path in self.lost.items():
            if name not in self.names:
                unknown = next((each for each in self.needs.named(path, name)), "")
                why = f": {unknown} is not in {_CACHE}" if unknown else ""
                yield f"/{path} needs {name}, which the loader would not find{why}"

    def outdated(self) -> Iterator[str]:
        """Versions of symbols that the libraries have not; of a library without any the loader believes all."""
        for each in self.loaded.values():
            wanted: dict[str, list[str]] = {}
            for want in each.versions.wanted:
                provider = self.loaded.get(self.names.get(want.soname, ""))
                if provider and provider.versions.defined and want.version not in provider.versions.defined:
                    wanted.setdefault(want.soname, []).append(want.version)
            for soname, lacking in wanted.items():
                most = max(lacking, key=_order)
                yield f"/{each.path} needs {most} of {soname}, which has {self._newest(soname, most)}"

    def _newest(self, soname: str, like: str) -> str:
        """The newest version that a library has in the series of another."""
        defined = self.loaded[self.names[soname]].versions.defined
        series = [version for version in defined if _order(version)[0] == _order(like)[0]]
        return max(series, key=_order) if series else "none of that name"


def _order(version: str) -> tuple[str, tuple[int, ...]]:
    found = _NUMBERED.fullmatch(version)
    return (found[1], tuple(map(int, found[2].split(".")))) if found else (version, ())


def _cached(files: Files) -> dict[str, str]:
    """The libraries by name that ldconfig found, as far as they are there. Its strings end in NUL (dl-cache.h)."""
    place = files.tree.resolve(_CACHE).path
    entry = files.tree.get(place) if place else None
    data = files.read(place, 0, _MOST_CACHE) if place and entry and entry.kind == "file" else b""
    paths = (text.decode("utf-8", "surrogateescape") for text in data.split(b"\0") if text.startswith(b"/"))
    return {basename(path): path for path in paths if files.tree.resolve(path).path}
