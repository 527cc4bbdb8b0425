"""ldconfig: /etc/ld.so.cache, and the links from the name that programs ask for to the file of a library.

libc-bin's trigger runs it at the end of every installation; here the cache is made too where libc-bin is not in, as
soon as there is a loader to read it. Source: ldconfig(8); glibc 2.36 and 2.41, elf/ldconfig.c.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from shave.architectures import TRIPLETS
from shave.elf import MAGIC, parse
from shave.ld_cache import Library, cache, compare, flags
from shave.maintainer.draft import Draft
from shave.maintainer.protocol import Call, Effects
from shave.needs.elf import ld_so_conf
from shave.stage import Stage

_CONFIGURATION, _INCLUDED, _CACHE = "/etc/ld.so.conf", "etc/ld.so.conf.d", "/etc/ld.so.cache"
_HWCAPS = "glibc-hwcaps"
_LIBC = "libc.so.6"


class _Found(Struct, frozen=True):
    """A file or link in a directory of libraries, for one soname; ``link`` if it is a link that is named so itself."""

    name: str
    soname: str
    flags: int
    link: bool


class Ldconfig:
    """The trigger ldconfig, and calls of it: one run does for all."""

    names: tuple[str, ...] = ("ldconfig",)

    def effects(self, stage: Stage, calls: Sequence[Call]) -> Effects:
        draft = Draft(stage)
        places = _directories(stage)
        libc = next((f"/{path}/{_LIBC}" for path in places if f"{path}/{_LIBC}" in stage.tree), None)
        if libc is None:
            return Effects()
        libraries: list[Library] = []
        for real, named in places.items():
            for found in _searched(stage, real):
                if not found.link and found.name != found.soname:
                    _linked(draft, real, found)
                libraries.append(Library(found.soname, f"{named}/{found.soname}", found.flags))
            libraries.extend(_variants(stage, real, named))
        if libraries:
            draft.file(draft.owner("/sbin/ldconfig") or draft.owner(libc), _CACHE, cache(libraries))
        return draft.effects()


def _directories(stage: Stage) -> Mapping[str, str]:
    """Where libraries are looked for: the real directories, in order, each with the name by which it comes first."""
    tree = stage.tree
    included = [f"/{path}" for path in sorted(tree.children.get(_INCLUDED, ())) if path.endswith(".conf")]
    configurations = [_CONFIGURATION] if tree.resolve(_CONFIGURATION).path else included
    named = [path for name in configurations for path in ld_so_conf(stage, name)]
    triplets = [name for name in TRIPLETS.values() if f"usr/lib/{name}" in tree]
    own = [f"{place}/{name}" for name in triplets for place in ("/lib", "/usr/lib")]
    found: dict[str, str] = {}
    for path in (*named, *own, "/lib", "/usr/lib"):
        real = tree.resolve(path).path
        entry = tree.get(real) if real else None
        if real and entry and entry.kind == "directory":
            found.setdefault(real, path.rstrip("/"))
    return found


def _searched(stage: Stage, real: str) -> list[_Found]:
    """The best file for each soname of a directory: a file before a link, a later version before an earlier."""
    best: dict[str, _Found] = {}
    for path in stage.tree.children.get(real, ()):
        found = _library(stage, path)
        if found is None:
            continue
        before = best.get(found.soname)
        if (
            before is None
            or (before.link and not found.link)
            or (before.link == found.link and compare(before.name, found.name) < 0)
        ):
            best[found.soname] = found
    return list(best.values())


def _library(stage: Stage, path: str) -> _Found | None:
    name = path.rpartition("/")[2]
    if not name.startswith(("lib", "ld-")) or ".so" not in name or name.endswith(".dpkg-tmp"):
        return None
    target = stage.tree.resolve(path).path
    entry = stage.tree.get(target) if target else None
    if not target or entry is None or entry.kind not in ("file", "hardlink"):
        return None
    read = partial(stage.read, target)
    elf = parse(read) if read(0, 4) == MAGIC else None
    known = flags(elf.machine, elf.bits) if elf else None
    if elf is None or known is None:
        return None
    soname = elf.soname or name
    here = stage.tree.get(path)
    is_link = here is not None and here.kind == "symlink"
    # A link that is neither named as the soname nor for the linker (libx.so) counts as a file of its own.
    is_link = is_link and (name == soname or (name.endswith(".so") and soname.startswith(name)))
    return _Found(name, name if is_link else soname, known, is_link)


def _linked(draft: Draft, real: str, found: _Found) -> None:
    """The link by the soname, unless it leads to this file already, or a file stands in its place."""
    path = f"/{real}/{found.soname}"
    before = draft.entry(path, follow_last=False)
    if "/" in found.soname or (before is not None and before.kind != "symlink"):
        return
    if before is None or draft.real(path, follow_last=True) != draft.real(f"/{real}/{found.name}", follow_last=True):
        draft.symlink(draft.owner(f"/{real}/{found.name}"), path, found.name)


def _variants(stage: Stage, real: str, named: str) -> Iterator[Library]:
    """What is built for better processors, by its file's own name."""
    for directory in stage.tree.children.get(f"{real}/{_HWCAPS}", ()):
        level = directory.rpartition("/")[2]
        for found in _searched(stage, directory):
            path = f"{named}/{_HWCAPS}/{level}/{found.name}"
            yield Library(found.soname, path, found.flags, level)
