"""What the rules of grain ``unit`` know: the image, what runs showed of it, and what its records say."""

from collections.abc import Callable, Mapping
from functools import cached_property
from posixpath import join
from typing import Any, TypeVar

from msgspec import Struct

from shave.catalog import Catalog
from shave.elf import MAGIC
from shave.evidence import Evidence, How
from shave.history import base_layers, instruction, layer_instructions
from shave.needs.protocol import Files
from shave.oci import DEFAULT_PATH, Config, environment
from shave.package import Package, Unread
from shave.tree import Entry, Tree, parents

T = TypeVar("T")
PREFIX = "prefix"
"""The manager of what no package manager installed: a runtime below /usr/local or a directory of /opt."""
LANGUAGES = frozenset({"python", "node", "gem", "composer", "conda"})
"""Managers whose packages name what they import: their dependencies are kept with them."""
_RPM = ("var/lib/rpm", "usr/lib/sysimage/rpm")
_RECORDS = ("var/lib/dpkg/status", "var/lib/dpkg/status.d", "lib/apk/db/installed", *_RPM)
_SYSTEMS = ("var/lib/dpkg", "lib/apk", "usr/lib/apk", *_RPM, "usr/share/rpm")
_USED: frozenset[How] = frozenset({"opened", "executed", "listed", "stat", "link", "created"})


class Scene(Struct, frozen=True, dict=True):
    """One image and its evidence. ``narrow`` are the paths that grain ``file`` keeps, ``ended`` says that the start
    ended by itself and nothing else was asked. What is derived is found once.
    """

    files: Files
    config: Config
    evidence: Evidence
    catalog: Catalog
    narrow: frozenset[str] = frozenset()
    ended: bool = False

    def once(self, find: Callable[["Scene"], T]) -> T:
        """What ``find`` finds of this scene, found when it is first asked for: so rules share what is dear."""
        if find not in self._found:
            self._found[find] = find(self)
        found: T = self._found[find]
        return found

    @cached_property
    def _found(self) -> dict[Callable[["Scene"], Any], Any]:
        return {}

    @property
    def tree(self) -> Tree:
        """The visible paths."""
        return self.files.tree

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables that the image's programs see."""
        return environment(self.config)

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The directories where commands are looked for."""
        return tuple(self.environment.get("PATH", DEFAULT_PATH).split(":"))

    @cached_property
    def instructions(self) -> tuple[str, ...]:
        """The instruction that made each layer, "" where history is silent."""
        return layer_instructions(self.config)

    @cached_property
    def base_layers(self) -> int:
        """How many of the lowest layers are the distribution's root file system, and nobody's application.

        History tells by the first CMD; else it is the lowest layer if that has a package database. An image of nothing
        else was flattened, as is one that begins with a COPY of a whole system, and what is in it cannot be told apart;
        nor can it where a system's record could not be read.
        """
        if self.unread:
            return 0
        is_flat = self.instructions[0].startswith("COPY") if self.instructions else True
        known = first_base(self.config) or int(self.begins_with_system and not is_flat)
        return known if known < len(self.config.rootfs.diff_ids) else 0

    @cached_property
    def begins_with_system(self) -> bool:
        """Whether the lowest layer brought the database of a system's package manager."""
        return any(self._lowest(path) for path in _RECORDS)

    @cached_property
    def unread(self) -> Unread | None:
        """A record of the system's packages that could not be read: what has no owner may be any package's."""
        places = tuple(f"{real}/" for place in _SYSTEMS if (real := self.tree.resolve(place).path))
        return next((each for each in self.catalog.unread if f"{each.path}/".startswith(places)), None)

    def _lowest(self, path: str) -> bool:
        """Whether something at ``path`` came with the lowest layer, even if a later one wrote it anew."""
        below = self.tree.children.get(path.rpartition("/")[0], ())
        return path in self.tree and any(self.tree.nodes[each].layer == 0 for each in (path, *below))

    @cached_property
    def used(self) -> Mapping[str, frozenset[How]]:
        """How each real path was used, symlinks on the way included; what was only looked for is not there."""
        found: dict[str, set[How]] = {}
        for access in self.evidence.accesses:
            if how := _USED.intersection(access.how):
                resolved = self.tree.resolve(access.path)
                for path in (*resolved.links, *([resolved.path] if resolved.path else [])):
                    found.setdefault(path, set()).update(how)
        return {path: frozenset(how) for path, how in found.items()}

    @cached_property
    def owners(self) -> Mapping[str, Package]:
        """The package of each path that has one: of two managers' the first manager's, of two of one manager's none."""
        found: dict[str, Package] = {}
        shared: set[str] = set()
        for package in self.catalog.packages:
            for path in package.paths:
                before = found.setdefault(path, package)
                if before is not package and before.manager == package.manager:
                    shared.add(path)
        for path in shared:
            del found[path]
        return found

    @cached_property
    def directories(self) -> Mapping[str, tuple[Package, ...]]:
        """The packages that list each directory."""
        found: dict[str, list[Package]] = {}
        for package in self.catalog.packages:
            for path in package.paths:
                if (entry := self.tree.get(path)) and entry.kind == "directory":
                    found.setdefault(path, []).append(package)
        return {path: tuple(packages) for path, packages in found.items()}

    @cached_property
    def imports(self) -> Mapping[str, Package]:
        """The language's package of each path, even where the system's package manager installed it."""
        return {
            path: package for package in self.catalog.packages if package.manager in LANGUAGES for path in package.paths
        }

    def unit(self, path: str) -> str:
        """The unit that a path is of; "" if of none."""
        owner = self.owners.get(path)
        return owner.unit if owner else ""

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Package, ...]]:
        """The packages by unit, architectures left out, as dependencies name them (``dpkg:libc6``)."""
        found: dict[str, list[Package]] = {}
        for package in self.catalog.packages:
            found.setdefault(f"{package.manager}:{package.name.partition(':')[0]}", []).append(package)
        return {name: tuple(packages) for name, packages in found.items()}

    def depends(self, *packages: Package) -> tuple[Package, ...]:
        """Packages and all that they depend on, and so on."""
        found = {id(package): package for package in packages}
        todo = list(packages)
        while todo:
            for unit in todo.pop().requires:
                for other in self.by_name.get(unit, ()):
                    if id(other) not in found:
                        found[id(other)] = other
                        todo.append(other)
        return tuple(found.values())

    def depends_on(self, package: Package) -> tuple[Package, ...]:
        """What a package says that it needs itself."""
        return tuple(other for unit in package.requires for other in self.by_name.get(unit, ()))

    def of_base(self, package: Package) -> bool:
        """Whether a package came with the distribution, even if a later layer wrote it anew."""
        return any(path in self.tree and self.in_base(path) for path in package.paths if path not in self.tree.children)

    @cached_property
    def housing(self) -> frozenset[str]:
        """The directories above files of a language's packages: they stay for what stays in them, and not empty, for a
        dist-info without metadata is a broken distribution.
        """
        return frozenset(above for path in self.imports for above in parents(path))

    @cached_property
    def used_packages(self) -> frozenset[int]:
        """The packages (by id) of which a run used a file, or loaded one with what it used."""
        return frozenset(id(self.owners[path]) for path in self.narrow if path in self.owners)

    def is_used(self, path: str) -> bool:
        """Whether a path is of a used package, or of none but the application."""
        owner = self.owners.get(path)
        return owner is None or id(owner) in self.used_packages

    @cached_property
    def is_compiled_job(self) -> bool:
        """Whether the image runs a program that its author compiled, and that ended by itself: what it is able to do,
        its own code says. Another argument of a script imports other modules; of a compiled program nothing.
        """
        run = self.config.run
        words = (*(run.entrypoint or ()), *(run.cmd or ()))
        path = (
            self.tree.resolve(self.command(words[0]) or words[0], (run.working_dir or "").strip("/")).path
            if words
            else None
        )
        if not self.ended or path is None or path not in self.tree or self.in_base(path):
            return False
        owner = self.owners.get(path)
        return self.head(path).startswith(MAGIC) and (owner is None or owner.manager in ("go", "rust"))

    @cached_property
    def tool(self) -> Package | None:
        """The package of the image's program, if that ended by itself, was installed, and got nothing to work on."""
        run = self.config.run
        words = (*(run.entrypoint or ()), *(run.cmd or ()))
        if not self.ended or not words or any(self._is_unowned(word) for word in words[1:]):
            return None
        place = self.command(words[0])
        path = self.tree.resolve(place).path if place else None
        return self.owners.get(path) if path and not self.in_base(path) else None

    def _is_unowned(self, word: str) -> bool:
        """Whether a word of the command names a file that no package owns."""
        path = self.tree.resolve(word, (self.config.run.working_dir or "").strip("/")).path
        entry = self.tree.get(path) if path else None
        return entry is not None and entry.kind == "file" and path not in self.owners

    def head(self, path: str) -> bytes:
        """The first 256 bytes of a file, read once; none of what is no file."""
        known = self._heads.get(path)
        if known is None:
            entry = self.tree.get(path)
            is_file = entry is not None and entry.kind == "file" and entry.size > 0
            known = self._heads[path] = self.files.read(path, 0, 256) if is_file else b""
        return known

    @cached_property
    def _heads(self) -> dict[str, bytes]:
        return {}

    def in_base(self, path: str) -> bool:
        """Whether a path of the tree came with the distribution."""
        return self.tree.nodes[path].layer < self.base_layers

    @cached_property
    def commands(self) -> Mapping[str, str]:
        """Where each command is that PATH leads to, by its name."""
        found: dict[str, str] = {}
        for directory in self.path:
            real = self.tree.resolve(directory).path
            for path in self.tree.children.get(real, ()) if real is not None else ():
                entry = self.entry(path)
                if entry and is_program(entry):
                    found.setdefault(path.rpartition("/")[2], join(directory, path.rpartition("/")[2]))
        return found

    def command(self, name: str) -> str | None:
        """Where a command is: a path, or found by PATH; None if it is not there or cannot be executed."""
        if "/" not in name:
            return self.commands.get(name)
        return name if (entry := self.entry(name)) and is_program(entry) else None

    def entry(self, path: str) -> Entry | None:
        """The entry that a path leads to, symlinks followed."""
        resolved = self.tree.resolve(path).path
        return self.tree.get(resolved) if resolved is not None else None


def is_program(entry: Entry) -> bool:
    """Whether an entry is a file that may be executed."""
    return entry.kind == "file" and bool(entry.mode & 0o111)


def first_base(config: Config) -> int:
    """How many layers came before the first CMD or ENTRYPOINT that has a layer above it; 0 where none has."""
    history = config.history or ()
    first = next((number for number, entry in enumerate(history) if _starts(entry.empty_layer, entry.created_by)), None)
    if first is None or not base_layers(config):
        return 0
    return sum(not entry.empty_layer for entry in history[:first])


def _starts(empty: bool, created_by: str) -> bool:
    return empty and instruction(created_by).startswith(("CMD", "ENTRYPOINT"))
