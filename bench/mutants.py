"""Ways of breaking an image that works, each with the cause that doctor must say first.

A mutant is a change of the virtual tree and of the config; nothing is copied but what is put in. Every way looks at the
image with its own eyes (which file is started, what it needs): it shares no code with the causes that it judges.
"""

import random
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from posixpath import basename, dirname, join

from msgspec import Struct
from msgspec.structs import replace

from shave.diagnosis import Cause
from shave.elf import Elf, parse
from shave.errors import BadImageError
from shave.oci import DEFAULT_PATH, Config, RunConfig, environment
from shave.stage import made
from shave.store import PlainLayer, Unpacked
from shave.tree import Entry, Node, Tree, is_program

_SCRIPTS = (".py", ".pl", ".js", ".jar", ".dll", ".sh", ".rb")


class Mutant(Struct, frozen=True):
    """A broken image: paths that are ``gone`` with all below them, files ``put`` in, another ``config`` if it changed.

    ``expected`` are the causes that are right, more than one only where both words say the same thing of it.
    """

    kind: str
    expected: tuple[Cause, ...]
    what: str
    gone: tuple[str, ...] = ()
    put: tuple[tuple[str, bytes, int], ...] = ()
    config: Config | None = None


class Bed(Struct, frozen=True, dict=True):
    """A working image, and what comes to run in it: ``chain`` are the real paths of scripts and, last, an ELF file.

    ``tools`` is a directory with what is put into images: an older libc, a runtime of Java with one module.
    """

    name: str
    unpacked: Unpacked
    chance: random.Random
    tools: Path

    @cached_property
    def config(self) -> Config:
        return self.unpacked.image.config

    @cached_property
    def run(self) -> RunConfig:
        return self.config.run

    @cached_property
    def words(self) -> tuple[str, ...]:
        return (*(self.run.entrypoint or ()), *(self.run.cmd or ()))

    @cached_property
    def tree(self) -> Tree:
        return self.unpacked.tree

    def real(self, name: str, workdir: str | None = None) -> str:
        """The regular file that a name means from the working directory; "" if it means none."""
        base = (self.run.working_dir if workdir is None else workdir).strip("/")
        path = self.tree.resolve(name, base).path
        entry = self.tree.get(path) if path else None
        return path if path and entry and entry.kind == "file" else ""

    def named(self, word: str) -> list[str]:
        """The names by which execvp(3) would try a word, as far as there is a program."""
        path = environment(self.config).get("PATH", DEFAULT_PATH).split(":")
        names = [word] if "/" in word else [join(directory, word) for directory in path]
        return [name for name in names if (real := self.real(name)) and is_program(self.tree.get(real))]

    def read(self, path: str) -> bytes:
        return self.unpacked.read(path)

    @cached_property
    def chain(self) -> tuple[str, ...]:
        found: list[str] = []
        names = self.named(self.words[0]) if self.words else []
        while names and len(found) < 5:
            found.append(self.real(names[0]))
            head = self.unpacked.read(found[-1], 0, 256)
            if not head.startswith(b"#!"):
                break
            words = head[2:].split(b"\n")[0].decode().split()
            names = self.named(words[1] if basename(words[0]) == "env" else words[0])
        return tuple(found)

    def elf(self, path: str) -> Elf | None:
        entry = self.tree.get(path)
        try:
            return parse(lambda offset, length: self.unpacked.read(path, offset, length)) if entry else None
        except BadImageError:
            return None

    @cached_property
    def program(self) -> str:
        """The ELF file that comes to run, "" if there is none."""
        last = self.chain[-1] if self.chain else ""
        return last if last and self.unpacked.read(last, 0, 4) == b"\x7fELF" else ""

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path, node in self.tree.nodes.items():
            if node.entry.kind in ("file", "symlink"):
                found.setdefault(basename(path), []).append(path)
        return found

    def needed(self, path: str) -> list[str]:
        """The sonames that an ELF file names, as far as the image has files of that name; not the loader's."""
        elf = self.elf(path)
        names = elf.needed if elf else ()
        return [name for name in names if name in self.by_name and not name.startswith("ld-")]

    @cached_property
    def libraries(self) -> tuple[list[str], list[str]]:
        """The sonames that the program needs, and those that only these need."""
        direct = self.needed(self.program) if self.program else []
        below = {name for each in direct if (path := self.library(each)) for name in self.needed(path)}
        return direct, sorted(below.difference(direct))

    def library(self, name: str) -> str:
        """The first file of this name, "" if its symlink leads nowhere."""
        return self.real("/" + self.by_name[name][0])

    def configured(self, **changed: object) -> Config:
        return replace(self.config, config=replace(self.run, **changed))

    @property
    def is_python(self) -> bool:
        return basename(self.program).startswith("python")

    @property
    def script(self) -> tuple[str, str]:
        """The word by which an interpreter is told what to run, and that file's path; "" for both if there is none."""
        for word in self.words[1:]:
            if word.endswith(_SCRIPTS) and (path := self.real(word)):
                return word, path
        return "", ""


Way = Callable[[Bed], Iterator[Mutant]]


def mutated(bed: Bed, mutant: Mutant, directory: Path) -> Unpacked:
    """The broken image; what is put in lies in a tar below ``directory``."""
    gone = set(mutant.gone)

    def stays(path: str) -> bool:
        while path:
            if path in gone:
                return False
            path = dirname(path)
        return True

    nodes = {path: node for path, node in bed.tree.nodes.items() if stays(path)}
    layers = list(bed.unpacked.layers)
    if mutant.put:
        layers.append(_laid(mutant, directory, nodes, len(layers)))
    image = bed.unpacked.image
    image = replace(image, config=mutant.config) if mutant.config else image
    return Unpacked(image, tuple(layers), Tree(dict(sorted(nodes.items()))))


def _laid(mutant: Mutant, directory: Path, nodes: dict[str, Node], number: int) -> PlainLayer:
    members = [(Entry(path, "file", mode, size=len(body)), body) for path, body, mode in mutant.put]
    above = {part for path, _, _ in mutant.put for part in _above(path) if part not in nodes}
    made_up = [(Entry(path, "directory", 0o755), b"") for path in sorted(above)]
    plain = made("mutant", "application", [*made_up, *members], directory / "mutant.tar").plain
    for entry in plain.index.entries:
        nodes[entry.path] = Node(entry, number, (number, entry.path))
    return plain


def _above(path: str) -> Iterator[str]:
    while path := dirname(path):
        yield path
