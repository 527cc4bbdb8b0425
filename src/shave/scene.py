"""What the rules of grain ``unit`` know: the image, what runs showed of it, and what its records say."""

from collections.abc import Callable, Mapping
from functools import cached_property
from posixpath import join
from typing import Any, TypeVar

from msgspec import Struct

from shave.catalog import Catalog
from shave.elf import MAGIC
from shave.evidence import USED, Evidence, How
from shave.history import base_layers, instruction, layer_instructions
from shave.needs.protocol import Files
from shave.oci import DEFAULT_PATH, Config, environment
from shave.package import Package, Unread, holders
from shave.tree import Entry, Tree, is_program, parents

T = TypeVar("T")
LANGUAGES = frozenset({"python", "node", "gem", "composer", "conda"})
"""Managers whose packages name what they import: their dependencies are kept with them."""
_RPM = ("var/lib/rpm", "usr/lib/sysimage/rpm")
_RECORDS = ("var/lib/dpkg/status", "var/lib/dpkg/status.d", "lib/apk/db/installed", *_RPM)
_SYSTEMS = ("var/lib/dpkg", "lib/apk", "usr/lib/apk", *_RPM, "usr/share/rpm")


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
        known = _first_base(self.config) or int(self.begins_with_system and not is_flat)
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
            if how := USED.intersection(access.how):
                resolved = self.tree.resolve(access.path)
                for path in (*resolved.links, *([resolved.path] if resolved.path else [])):
                    found.setdefault(path, set()).update(how)
        return {path: frozenset(how) for path, how in found.items()}

    @cached_property
    def owners(self) -> Mapping[str, Package]:
        """The package of each path that has one: of two managers' the first manager's, of two of one manager's none."""
        return holders(self.catalog.packages)

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
            found.setdefault(package.bare, []).append(package)
        return {name: tuple(packages) for name, packages in found.items()}

    def depends(self, *packages: Package) -> tuple[Package, ...]:
        """Packages and all that they depend on, and so on."""
        found = {id(package): package for package in packages}
        todo = list(packages)
        while todo:
            for other in self.depends_on(todo.pop()):
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
    def words(self) -> tuple[str, ...]:
        """What the image is started with: its entry point, and the command behind it."""
        run = self.config.run
        return (*(run.entrypoint or ()), *(run.cmd or ()))

    @cached_property
    def program(self) -> str | None:
        """The path of the program that the image starts; None if that came with the distribution, or is not there."""
        path = self._meant(self.command(self.words[0]) or self.words[0]) if self.words else None
        return path if path and path in self.tree and not self.in_base(path) else None

    @cached_property
    def is_compiled_job(self) -> bool:
        """Whether the image runs a program that its author compiled, and that ended by itself: what it is able to do,
        its own code says. Another argument of a script imports other modules; of a compiled program nothing.
        """
        if not self.ended or self.program is None or not self.head(self.program).startswith(MAGIC):
            return False
        owner = self.owners.get(self.program)
        return owner is None or owner.manager in ("go", "rust")

    @cached_property
    def tool(self) -> Package | None:
        """The package of the image's program, if that ended by itself, was installed, and got nothing to work on."""
        if not self.ended or self.program is None or any(map(self._is_unowned, self.words[1:])):
            return None
        return self.owners.get(self.program)

    def _is_unowned(self, word: str) -> bool:
        """Whether a word of the command names a file that no package owns."""
        path = self._meant(word)
        entry = self.tree.get(path) if path is not None else None
        return entry is not None and entry.kind == "file" and path not in self.owners

    def _meant(self, word: str) -> str | None:
        """The path that a word of the command leads to, from the working directory."""
        return self.tree.resolve(word, (self.config.run.working_dir or "").strip("/")).path

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
                if is_program(self.entry(path)):
                    found.setdefault(path.rpartition("/")[2], join(directory, path.rpartition("/")[2]))
        return found

    def command(self, name: str) -> str | None:
        """Where a command is: a path, or found by PATH; None if it is not there or cannot be executed."""
        if "/" not in name:
            return self.commands.get(name)
        return name if is_program(self.entry(name)) else None

    def entry(self, path: str) -> Entry | None:
        """The entry that a path leads to, symlinks followed."""
        resolved = self.tree.resolve(path).path
        return self.tree.get(resolved) if resolved is not None else None


def _first_base(config: Config) -> int:
    """How many layers came before the first CMD or ENTRYPOINT that has a layer above it; 0 where none has."""
    history = config.history or ()
    first = next((number for number, entry in enumerate(history) if _starts(entry.empty_layer, entry.created_by)), None)
    if first is None or not base_layers(config):
        return 0
    return sum(not entry.empty_layer for entry in history[:first])


def _starts(empty: bool, created_by: str) -> bool:
    return empty and instruction(created_by).startswith(("CMD", "ENTRYPOINT"))
