"""What a script needs: the interpreter that its first line names, and the program that ``env`` looks up for it.

Source: execve(2): the first line is read to at most 255 bytes; one optional argument. ``env -S`` splits its argument.
"""

from collections.abc import Iterator
from posixpath import join

from shave.needs.protocol import Files
from shave.oci import DEFAULT_PATH
from shave.reason import Link, Reason


def runs(files: Files, path: str, head: bytes, interpreter: bytes) -> bool:
    """Whether the first line of an executable names an interpreter: one that is not executable is a sample of it."""
    entry = files.tree.get(path)
    return head[:2] == b"#!" and entry is not None and bool(entry.mode & 0o111) and interpreter in head.split(b"\n")[0]


class Script:
    """The interpreter of a ``#!`` line."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files
        self.path = tuple(environment.get("PATH", DEFAULT_PATH).split(":"))

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The interpreter, and for ``#!/usr/bin/env NAME`` also NAME by PATH. Only executable files can be scripts."""
        entry = self.files.tree.get(path)
        if head[:2] != b"#!" or entry is None or not entry.mode & 0o111:
            return
        line = head[2:].split(b"\n", 1)[0].decode("utf-8", "surrogateescape")
        words = line.split()
        if not words:
            return
        yield Link(words[0], Reason("need", f"#! {line.strip()}", path))
        if words[0].rpartition("/")[2] == "env":
            name = next((word for word in words[1:] if not word.startswith("-") and "=" not in word), "")
            yield from self._by_path(name, Reason("need", f"#! {line.strip()}", path))

    def _by_path(self, name: str, reason: Reason) -> Iterator[Link]:
        for directory in self.path if name else ():
            if self.files.tree.resolve(join(directory, name)).path:
                yield Link(join(directory, name), reason)
                return
