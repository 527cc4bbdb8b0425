"""What a last stage needs, by the image that was built: the program, what it is linked to, and what the build made.

Own are files that no package of the system owns and that came with the Dockerfile, but for sources, objects and caches:
what of them a program reads only a run shows, so all are copied. What these need of packages is installed, not copied.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from posixpath import basename, dirname

from msgspec import Struct, convert

from shave import facts
from shave.closure import closure
from shave.deb822 import paragraphs
from shave.elf import MAGIC
from shave.globs import matcher
from shave.needs import linker
from shave.oci import DEFAULT_PATH
from shave.package import Package
from shave.reason import Link, Reason
from shave.release import release
from shave.scene import Scene
from shave.staging.packages import installed_by, is_build_tool, is_installer
from shave.staging.protocol import STARTS, Building, Refused
from shave.staging.second import kept
from shave.tree import Node, Tree
from shave.waste.facts import Classifier
from shave.waste.facts import facts as waste_facts
from shave.widening.application import installs

_MANAGERS = frozenset({"dpkg", "apk", "rpm"})
CACHES = frozenset({"caches", "logs", "temporary", "cores", "vcs", "downloads"})
SYSTEM = re.compile(r"(?:usr/(?!local/|src/)|var/(?!www/|opt/)|etc/|lib|bin|sbin|boot/).*")
_MADE_AGAIN = matcher(
    (
        "etc/{passwd,group,shadow,gshadow,subuid,subgid}{,-}",
        "etc/{hosts,hostname,resolv.conf,mtab,ld.so.cache,.pwd.lock}",
        "{dev,proc,sys,run,tmp}{,/**}",
    )
)
_CODENAME = re.compile(r"\((\w+)\)")
_STATUS, _PASSWD = "/var/lib/dpkg/status", "/etc/passwd"
_MOST_REMOVED, _LEAST_REMOVED = 8, 100_000
_MOST_COPIES, _MOST_STATUS, _MOST_PASSWD, _MOST_PROGRAM = 16, 64 << 20, 1 << 20, 256 << 20
ROOT = ("", "0", "root")
_ASKED = Reason("always", "is of the image's own")


class Data(Struct, frozen=True):
    """Files that programs read which have or name one of the ``symbols``, hold one of the ``words``, or need
    one of ``libraries``.
    """

    name: str
    source: str
    symbols: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    package: str = ""

    @property
    def marks(self) -> tuple[bytes, ...]:
        """What is looked for in code: symbols stand between NULs, as in tables of strings and in Go's of functions."""
        return (*(b"\0%s\0" % each.encode() for each in self.symbols), *(each.encode() for each in self.words))


class Built(Struct, frozen=True, dict=True):
    """An image, and what of it a last stage needs. ``leaves`` holds for what only the build needs."""

    building: Building
    scene: Scene
    leaves: Callable[[str], bool]

    @property
    def tree(self) -> Tree:
        """The visible paths."""
        return self.scene.tree

    @cached_property
    def programs(self) -> tuple[str | None, ...]:
        """The paths of what containers start, None for what is not there."""
        return tuple(self.program(call.words[0] or "") for step in self.building.started for call in step.calls[:1])

    def program(self, word: str) -> str | None:
        """The path of what a word starts, None for what is not there."""
        if "/" not in word:
            return self.tree.resolve(self.scene.command(word) or "", "").path or None
        return self.tree.resolve(word, self.working).path

    @cached_property
    def own(self) -> frozenset[str]:
        """The leaves of the tree that are the Dockerfile's own."""
        caches = Classifier(fact for fact in waste_facts() if fact.kind in CACHES)
        found = {path for path, node in self.tree.nodes.items() if self._is_own(path, node, caches)}
        return frozenset(
            found | {path for path in self.programs if path and self.is_new(path) and not self.owner(path)}
        )

    def _is_own(self, path: str, node: Node, caches: Classifier) -> bool:
        if not path or path in self.tree.children or not self.is_new(path) or self.owner(path):
            return False
        is_installed = installs(self.scene.instructions[node.layer])
        if node.entry.kind == "directory" and (
            path in self.scene.directories or (is_installed and path.startswith("usr/"))
        ):
            return False
        if _MADE_AGAIN(path) or self.leaves(path) or caches(path, node.entry.size):
            return False
        return not (is_installed and SYSTEM.fullmatch(path))

    def is_new(self, path: str) -> bool:
        """Whether a path came with the Dockerfile, not with its base."""
        return self.tree.nodes[path].layer >= self.building.base_layers

    def owner(self, path: str) -> Package | None:
        """The package of the system that brings a path."""
        found = self.scene.owners.get(path)
        return found if found and found.manager in _MANAGERS else None

    @cached_property
    def reached(self) -> tuple[str, ...]:
        """The programs, what is own, and what these need, up to what packages bring."""
        follow = linker(self.scene.files, self.scene.environment)

        def links(path: str) -> Iterable[Link]:
            return () if self.owner(path) else follow(path)

        roots = ((path, _ASKED) for path in sorted({*self.own, *filter(None, self.programs)}))
        return tuple(path for path in closure(self.tree, roots, links, lambda path: False) if self._is_leaf(path))

    def _is_leaf(self, path: str) -> bool:
        entry = self.tree.get(path)
        return entry is not None and entry.kind != "directory"

    @cached_property
    def foreign(self) -> frozenset[str]:
        """What is reached, of the base, and of no package: a runtime that somebody unpacked there."""
        return frozenset(
            path
            for path in self.reached
            if not self.is_new(path) and not self.owner(path) and self.tree.nodes[path].entry.kind == "file"
        )

    @cached_property
    def needed(self) -> tuple[Package, ...]:
        """The packages of which something is reached; what a symlink of /etc/alternatives leads to counts itself."""
        found = {id(owner): owner for path in self.reached if (owner := self.owner(path))}
        return tuple(found.values())

    @cached_property
    def asked(self) -> tuple[Package, ...]:
        """The packages that a RUN installs by name, but for those that serve builds."""
        names = {name for call in self.building.calls for name in installed_by(call)}
        return tuple(
            each
            for name in sorted(names)
            for manager in ("dpkg", "apk")
            for each in self.scene.by_name.get(f"{manager}:{name}", ())
            if not is_build_tool()(each.bare) and not is_installer()(each.bare)
        )

    @cached_property
    def minimal(self) -> frozenset[str]:
        """The units of the smallest image of the distribution: what is essential or required, apt, and what these need.

        Source: mmdebstrap(1), --variant=minbase, of which debian:SUITE-slim is made; Alpine's alpine-baselayout.
        """
        path = self.tree.resolve(_STATUS).path
        text = self.scene.files.read(path, 0, _MOST_STATUS).decode("utf-8", "replace") if path else ""
        names = {"apt", *(each.get("package", "") for each in paragraphs(text) if _is_required(each))}
        names |= {"musl", "busybox", "alpine-baselayout", "apk-tools", "ca-certificates-bundle"} if not path else set()
        first = [each for each in self.scene.catalog.packages if each.bare.partition(":")[2] in names]
        return frozenset(each.bare for each in self.scene.depends(*first))

    def packages(self, base: str, *more: Package) -> tuple[str, ...]:
        """The names of what is to be installed: not what the base has, nor what another of them brings."""
        wanted = (each for each in (*self.needed, *self.asked, *more) if each.bare not in self.minimal)
        found = {each.bare: each for each in wanted if base != self.building.base or self._is_added(each)}
        program = self.programs[0]
        if program and base != self.system and not self.is_new(program) and (owner := self.owner(program)):
            found.pop(owner.bare, None)  # an image of the language brings it
        brought = {
            other.bare
            for each in found.values()
            for other in self.scene.depends(each)
            if other.bare != each.bare and each not in self.scene.depends(other)
        }
        return tuple(sorted(bare.partition(":")[2] for bare in found if bare not in brought))

    def _is_added(self, package: Package) -> bool:
        """Whether a package came with the Dockerfile, not with its base."""
        return all(
            path not in self.tree or self.is_new(path) for path in package.paths if path not in self.tree.children
        )

    def named(self, *names: str) -> tuple[Package, ...]:
        """The packages of the image with these names."""
        return tuple(each for name in names for each in self.scene.by_name.get(f"dpkg:{name}", ())[:1])

    @cached_property
    def data(self) -> tuple[Data, ...]:
        """What own programs read at run time, as the table facts/staging.toml knows it."""
        rows = convert(facts.load("staging")["data"], tuple[Data, ...])
        programs = [path for path in self.own if self.scene.head(path).startswith(MAGIC)]
        texts = [self.scene.files.read(path, 0, _MOST_PROGRAM) for path in programs]
        brought = (path for each in self.scene.depends(*self.needed, *self.asked) for path in each.paths)
        libraries = {basename(path) for path in (*self.reached, *brought)}
        return tuple(
            row
            for row in rows
            if any(mark in text for text in texts for mark in row.marks)
            or any(name.startswith(row.libraries) for name in libraries if row.libraries)
            or any(name in self.scene.environment for name in row.variables)
        )

    @property
    def working(self) -> str:
        """The working directory."""
        return (self.scene.config.run.working_dir or "").strip("/")

    @cached_property
    def is_wrapped(self) -> bool:
        """Whether the base says what starts the command."""
        return bool(self.scene.config.run.entrypoint) and self.building.last("ENTRYPOINT") is None

    @cached_property
    def has_accounts(self) -> bool:
        """Whether somebody else than root runs it or owns what is copied."""
        owners = {self.tree.nodes[path].entry.uid for path in self.own}
        return self.scene.config.run.user.partition(":")[0] not in ROOT or bool(owners - {0})

    @cached_property
    def settings(self) -> tuple[str, ...]:
        """PATH where the program is found by it alone, and the working directory, if only the base says these."""
        return (*self._path(), *self._directory())

    def _path(self) -> Iterator[str]:
        known = self.building.steps[-1].variables.get("PATH", "").split(":")
        for step in self.building.started:
            word = step.calls[0].words[0] or "" if step.calls else ""
            found = self.scene.command(word) if word and "/" not in word else None
            is_new = self.programs[0] is not None and self.is_new(self.programs[0])
            if found and is_new and dirname(found) not in (*DEFAULT_PATH.split(":"), *known):
                yield f"ENV PATH={self.scene.environment['PATH']}"
                return

    def _directory(self) -> Iterator[str]:
        directory = self.scene.config.run.working_dir
        if directory not in ("", "/") and not any(step.keyword == "WORKDIR" for step in kept(self.building)):
            yield f"WORKDIR {directory}"

    @cached_property
    def system(self) -> str:
        """The small image of the distribution and release that the image is of; "" if that is not known."""
        found = release(self.scene.files)
        codename = _CODENAME.search(found.name)
        if found.id == "debian" and codename:
            return f"debian:{codename[1]}-slim"
        if found.id in ("ubuntu", "alpine") and found.version:
            return f"{found.id}:{'.'.join(found.version.split('.')[:2])}"
        return ""


def seen(building: Building, leaves: Iterable[str]) -> Built | Refused:
    """What the image says; why not, where it cannot be said."""
    if building.image is None:
        return Refused("what the program needs is not known without the image: give --image")
    built = Built(building, building.image, matcher((*leaves, *facts.load("staging")["leaves"])))
    if building.image.unread:
        return Refused(f"/{building.image.unread.path} of the image cannot be read")
    if (
        not building.started
        or building.started[0].keyword not in STARTS
        or not built.programs
        or None in built.programs
    ):
        return Refused("what the image starts is not known")
    return built


def _is_required(control: dict[str, str]) -> bool:
    return control.get("priority") == "required" or control.get("essential") == "yes"
