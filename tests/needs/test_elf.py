"""The dynamic loader's own answer (ldd) against ours, over programs and libraries of this machine."""

import os
import subprocess
from pathlib import Path

import pytest

from shave.events import silent
from shave.needs.elf import Elf
from shave.store import unpack
from shave.testing import image
from shave.tree import Entry, Node, Tree

ROOTS = ("/usr", "/lib", "/lib64", "/etc/ld.so.conf", "/etc/ld.so.conf.d")


class Machine:
    """This machine's own libraries as a tree."""

    def __init__(self) -> None:
        self.nodes = {"": Node(Entry("", "directory"), 0, (0, ""))}
        for top in ("/lib", "/lib64", "/bin", "/usr/lib", "/usr/bin", "/usr/local/lib", "/etc"):
            self._add(Path(top))
        self.tree = Tree(dict(sorted(self.nodes.items())))

    def _add(self, path: Path) -> None:
        name = str(path).lstrip("/")
        for above in path.parents:
            self.nodes.setdefault(str(above).strip("/"), Node(Entry(str(above).strip("/"), "directory"), 0, (0, "")))
        if path.is_symlink():
            self._put(Entry(name, "symlink", link=str(path.readlink())))
        elif path.is_dir():
            self._put(Entry(name, "directory"))
            for found in os.scandir(path):
                self._add(Path(found.path))
        elif path.is_file():
            self._put(Entry(name, "file", mode=path.stat().st_mode & 0o7777, size=path.stat().st_size))

    def _put(self, entry: Entry) -> None:
        self.nodes[entry.path] = Node(entry, 0, (0, entry.path))

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        with Path("/", path).open("rb") as file:
            file.seek(offset)
            return file.read(length)


def ldd(path: Path) -> set[str] | None:
    """The real paths ldd finds; None if the file is static or ldd refuses it."""
    done = subprocess.run(["ldd", path], capture_output=True, text=True, env={"LC_ALL": "C"}, check=False)
    if done.returncode or "statically" in done.stdout or "not found" in done.stdout:
        return None
    words = [word for line in done.stdout.splitlines() for word in line.split() if word.startswith("/")]
    return {os.path.realpath(word) for word in words}


def ours(machine: Machine, need: Elf, path: Path) -> set[str]:
    """The closure of our links, as real paths."""
    found: set[str] = set()
    todo = [os.path.realpath(path).lstrip("/")]
    while todo:
        here = todo.pop()
        for link in need.links(here, machine.read(here, 0, 256)):
            real = machine.tree.resolve(link.target).path
            if real and "glibc-hwcaps" not in real and real not in found:
                found.add(real)
                todo.append(real)
    return {"/" + path for path in found}


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine()


def test_agrees_with_ldd(machine: Machine) -> None:
    need = Elf(machine, {})
    programs = [path for path in sorted(Path("/usr/bin").glob("*")) if path.is_file() and not path.is_symlink()][:150]
    compared = 0
    for path in programs:
        if path.open("rb").read(4) != b"\x7fELF" or (expected := ldd(path)) is None:
            continue
        compared += 1
        assert ours(machine, need, path) == expected, path
    assert compared > 20


@pytest.mark.parametrize("library", ["/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libm.so.6"])
def test_libraries_too(machine: Machine, library: str) -> None:
    if not Path(library).exists():
        library = library.replace("x86_64", "aarch64")
    assert ours(machine, Elf(machine, {}), Path(library)) == (ldd(Path(library)) or set())


def configured(files: dict[str, bytes], tmp_path: Path) -> tuple[str, ...]:
    """The directories that an image's ld.so.conf names."""
    return Elf(unpack(image(files), tmp_path, silent), {}).configured


def test_configured_directories_in_order(tmp_path: Path) -> None:
    files = {
        "/etc/ld.so.conf": b"/first # comment\ninclude ld.so.conf.d/*.conf\ninclude /etc/ld.so.conf\n/last\n",
        "/etc/ld.so.conf.d/a.conf": b"/a\n",
        "/etc/ld.so.conf.d/b.conf": b"/b\n/b/b\n",
        "/etc/ld.so.conf.d/ignored": b"/ignored\n",
    }
    assert configured(files, tmp_path) == ("/first", "/a", "/b", "/b/b", "/last")


def test_hostile_configurations_end(tmp_path: Path) -> None:
    many = {f"/etc/d/{number}": b"include *\n" for number in range(300)}
    slow = b"include " + b"*a" * 25 + b"b\n/after\ninclude d/*\n"
    assert configured({"/etc/ld.so.conf": slow, "/etc/" + "a" * 200: b"/x\n", **many}, tmp_path) == ("/after",)
