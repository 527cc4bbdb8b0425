"""The Java runtime that a launcher belongs to: its release, and which modules it has.

Sources: JEP 220 (``release``, ``lib/modules``); OpenJDK, src/java.base/share/native/libjli/java.c and
src/java.base/unix/native/libjli/java_md.c (what the launcher reads before any class); JDK 8's layout ``jre/lib/amd64``.
"""

import re
from functools import cached_property

from msgspec import Struct

from shave import class_file, jimage
from shave.elf import parse
from shave.needs import Files

_LAUNCHER = re.compile(r"(.*)/bin/java")
_VERSION = re.compile(r"^JAVA_VERSION=\"?(?:1\.)?(\d{1,5})", re.MULTILINE)
_JVM = re.compile(r".*/(?:server|client|minimal|zero)/libjvm\.so")
_MOST = 1 << 20


class Runtime(Struct, frozen=True, dict=True):
    """A runtime by its ``home``: no leading slash."""

    files: Files
    home: str

    @cached_property
    def modules(self) -> jimage.Modules | None:
        """The modules that were linked into it; None before Java 9, and where they are missing."""
        path = f"{self.home}/lib/modules"
        entry = self.files.tree.get(path)
        known = entry is not None and entry.kind == "file"
        return jimage.parse(lambda offset, length: self.files.read(path, offset, length)) if known else None

    @cached_property
    def release(self) -> int | None:
        """The feature release: 8, 17; by what it says of itself, or by the version of its own classes."""
        path = self.files.tree.resolve(f"{self.home}/release").path
        entry = self.files.tree.get(path) if path else None
        text = self.files.read(path, 0, _MOST) if path and entry and entry.kind == "file" else b""
        if said := _VERSION.search(text.decode("utf-8", "replace")):
            return int(said[1])
        own = self.modules.beginning("/java.base/java/lang/Object.class", _MOST) if self.modules else None
        found = class_file.parse(own) if own else None
        return found.release if found else None

    @property
    def lacks(self) -> str:
        """What the launcher would not find of the runtime itself, "" if it is whole."""
        if self._has("lib/rt.jar"):
            return "" if self._has_machine() else "lib/amd64/server/libjvm.so"
        if not self._has("lib/jvm.cfg"):
            return "lib/jvm.cfg"
        if not self._has_machine():
            return "lib/server/libjvm.so"
        return next((name for name in ("lib/libjava.so", "lib/modules") if not self._has(name)), "")

    def _has(self, name: str) -> bool:
        return self.files.tree.resolve(f"{self.home}/{name}").path is not None

    def _has_machine(self) -> bool:
        children = self.files.tree.children
        near = children.get(f"{self.home}/lib", ())
        below = [each for path in near for each in (path, *children.get(path, ()))]
        return any(_JVM.fullmatch(name) for path in below for name in (path, *children.get(path, ())))


def runtime(files: Files, program: str) -> Runtime | None:
    """The runtime of the launcher at ``program``; None for another program."""
    found = _LAUNCHER.fullmatch(program)
    elf = parse(lambda offset, length: files.read(program, offset, length)) if found else None
    return Runtime(files, found[1]) if found and elf and "libjli.so" in elf.needed else None
