"""What the dynamic loader of an image would load with a program: every library, every version of symbols.

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

CACHE = "/etc/ld.so.cache"
_MOST_CACHE, _MOST_FILES = 16 << 20, 4096
# What musl's loader is itself, whatever it is asked for by (load_library)
_MUSL = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\..*")
# and by the names that its own linkers know it, Alpine's and musl's
_OWN = re.compile(r"libc\.(musl-\w+\.so\.1|so)")
_NUMBERED = re.compile(r"(.*?_)(\d+(?:\.\d+)*)")


class Lost(Struct, frozen=True):
    """A library that the file at ``path`` needs and the loader would not find.

    ``overlooked`` is a name of one that is there, but not in the loader's cache; "" if there is none.
    """

    path: str
    soname: str
    overlooked: str = ""


class Outdated(Struct, frozen=True):
    """A version of symbols that the file at ``path`` wants of a library.

    ``provider`` is the real path of the library, ``newest`` the version nearest to it that this has, "" if it has none
    of that series.
    """

    path: str
    soname: str
    version: str
    provider: str
    newest: str


class Loaded(Struct, frozen=True):
    """What is loaded, in the order of the loader, and what of it fails."""

    paths: tuple[str, ...]
    lost: tuple[Lost, ...]
    outdated: tuple[Outdated, ...]


def load(files: Files, environment: dict[str, str], path: str) -> Loaded:
    """The ELF file at ``path`` and all that is loaded with it; nothing of a broken one."""
    elf = parsed(files, path)
    if elf is None:
        return Loaded((), (), ())
    loading = _Loading(files, environment, path, elf)
    return Loaded(tuple(loading.loaded), tuple(loading.missing()), tuple(loading.outdated()))


def is_loader(program: Elf, soname: str) -> bool:
    """Whether it is the loader of the program that a module asks for: musl's, which is the libc, and there already."""
    return "ld-musl" in program.interpreter and _OWN.fullmatch(soname) is not None


def parsed(files: Files, path: str) -> Elf | None:
    """An ELF file of the image; None if the kernel and the loader would refuse it."""
    return parse(lambda offset, length: files.read(path, offset, length))


class _Library(Struct, frozen=True):
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
        self.loaded: dict[str, _Library] = {}
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

    def _add(self, path: str, name: str) -> _Library | None:
        """Note what is loaded, by the names that others may ask for it; None if it was before."""
        if name:
            self.names.setdefault(name, path)
        if path in self.loaded or not (elf := parsed(self.files, path)):
            return None
        found = _Library(path, elf, versions(lambda offset, length: self.files.read(path, offset, length)))
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

    def missing(self) -> Iterator[Lost]:
        """Libraries that are nowhere, but for those that came by another name after they were asked for."""
        for name, path in self.lost.items():
            if name not in self.names:
                yield Lost(path, name, next((each for each in self.needs.named(path, name)), ""))

    def outdated(self) -> Iterator[Outdated]:
        """Versions of symbols that the libraries have not; of a library without any the loader believes all."""
        for each in self.loaded.values():
            wanted: dict[str, list[str]] = {}
            for want in each.versions.wanted:
                provider = self.loaded.get(self.names.get(want.soname, ""))
                if provider and provider.versions.defined and want.version not in provider.versions.defined:
                    wanted.setdefault(want.soname, []).append(want.version)
            for soname, lacking in wanted.items():
                most = max(lacking, key=_order)
                yield Outdated(each.path, soname, most, self.names[soname], self._newest(soname, most))

    def _newest(self, soname: str, like: str) -> str:
        """The newest version that a library has in the series of another."""
        defined = self.loaded[self.names[soname]].versions.defined
        series = [version for version in defined if _order(version)[0] == _order(like)[0]]
        return max(series, key=_order) if series else ""


def _order(version: str) -> tuple[str, tuple[int, ...]]:
    found = _NUMBERED.fullmatch(version)
    return (found[1], tuple(map(int, found[2].split(".")))) if found else (version, ())


def _cached(files: Files) -> dict[str, str]:
    """The libraries by name that ldconfig found, as far as they are there. Its strings end in NUL (dl-cache.h)."""
    place = files.tree.resolve(CACHE).path
    entry = files.tree.get(place) if place else None
    data = files.read(place, 0, _MOST_CACHE) if place and entry and entry.kind == "file" else b""
    paths = (text.decode("utf-8", "surrogateescape") for text in data.split(b"\0") if text.startswith(b"/"))
    return {basename(path): path for path in paths if files.tree.resolve(path).path}
