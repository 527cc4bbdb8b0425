"""Static links from each kept file. A need is one file here; this list is the whole family."""

from shave.closure import Links
from shave.needs.dotnet import Dotnet
from shave.needs.elf import Elf
from shave.needs.java import Java
from shave.needs.node import Node
from shave.needs.perl import Perl
from shave.needs.php import Php
from shave.needs.protocol import Files, Need
from shave.needs.python import Python
from shave.needs.ruby import Ruby
from shave.needs.script import Script
from shave.reason import Link

NEEDS: tuple[type[Need], ...] = (Elf, Script)
"""What the kernel and the loader need: every grain follows these."""
LANGUAGE_NEEDS: tuple[type[Need], ...] = (
    Java,
    Dotnet,
    Ruby,
    Perl,
    Php,
    Python,
    Node,
)
"""What programs load by names that stand in their files: grain ``unit`` follows these too."""

__all__ = ["LANGUAGE_NEEDS", "NEEDS", "Files", "Need", "linker"]


def linker(files: Files, environment: dict[str, str], family: tuple[type[Need], ...] = NEEDS) -> Links:
    """The needs of one image as one function of a path; directories and the like need nothing."""
    needs = tuple(need(files, environment) for need in family)

    def links(path: str) -> tuple[Link, ...]:
        entry = files.tree.get(path)
        if entry is None or entry.kind != "file" or not entry.size:
            return ()
        head = files.read(path, 0, 256)
        return tuple(link for need in needs for link in need.links(path, head))

    return links
