import pytest

from shave.needs.script import Script
from shave.tree import Entry, Node, Tree


class Files:
    def __init__(self, mode: int = 0o755) -> None:
        entries = [
            Entry("", "directory"),
            Entry("run", "file", mode=mode),
            Entry("usr", "directory"),
            Entry("usr/bin", "directory"),
            Entry("usr/bin/env", "file", mode=0o755),
            Entry("usr/bin/python3", "file", mode=0o755),
        ]
        self.tree = Tree({entry.path: Node(entry, 0, (0, entry.path)) for entry in entries})

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        return b""


@pytest.mark.parametrize(
    ("line", "targets"),
    [
        (b"#!/bin/sh\n", ["/bin/sh"]),
        (b"#! /bin/bash -e\n", ["/bin/bash"]),
        (b"#!/usr/bin/env python3\n", ["/usr/bin/env", "/usr/bin/python3"]),
        (b"#!/usr/bin/env -S FOO=1 python3 -u\n", ["/usr/bin/env", "/usr/bin/python3"]),
        (b"#!/usr/bin/env nothing\n", ["/usr/bin/env"]),
        (b"#!\n", []),
        (b"\x7fELF", []),
        (b"# not\n", []),
    ],
)
def test_interpreters(line: bytes, targets: list[str]) -> None:
    need = Script(Files(), {"PATH": "/usr/local/bin:/usr/bin"})
    assert [link.target for link in need.links("run", line)] == targets


def test_what_is_not_executable_is_no_script() -> None:
    assert not list(Script(Files(mode=0o644), {}).links("run", b"#!/bin/sh\n"))
