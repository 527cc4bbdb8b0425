"""What stays although no run used it. A rule is one file here; this list is the whole family."""

from collections.abc import Callable, Collection, Iterable

from shave.closure import Links
from shave.reason import Link
from shave.scene import Scene
from shave.tightening import spared
from shave.widening.alternatives import Alternatives
from shave.widening.application import Application
from shave.widening.bundled import Bundled
from shave.widening.classpath import ClassPath
from shave.widening.configuration import Configuration
from shave.widening.configured import Configured
from shave.widening.declared import Declared
from shave.widening.dependencies import Dependencies
from shave.widening.elf_strings import ElfStrings
from shave.widening.generated import Generated
from shave.widening.habits import Habits
from shave.widening.locales import Locales
from shave.widening.prefixes import Prefixes, prefix
from shave.widening.protocol import Widening
from shave.widening.records import Records
from shave.widening.scripts import Scripts
from shave.widening.siblings import Siblings
from shave.widening.tools import Tools
from shave.widening.units import Units, UsedUnits

LIVE: tuple[type[Widening], ...] = (
    Application,
    UsedUnits,
    Prefixes,
    Generated,
    Dependencies,
    Declared,
    Bundled,
    ClassPath,
    Siblings,
    Tools,
    Scripts,
    ElfStrings,
    Configured,
    Habits,
    Locales,
)
"""What programs of the image may come to on other ways. What these rules keep is read for what it names in turn."""
AROUND: tuple[type[Widening], ...] = (
    Units,
    Prefixes,
    Generated,
    Alternatives,
    Dependencies,
    Habits,
    Configuration,
    Records,
)
"""What stands around all that. It stays, and what it cannot be loaded without, but it is not asked what it names:
a package's build scripts and pretty printers would bring what no program of the image ever starts.
"""
WIDENINGS: tuple[type[Widening], ...] = tuple(dict.fromkeys((*LIVE, *AROUND)))

__all__ = ["AROUND", "LIVE", "WIDENINGS", "Widening", "left_out", "linker"]


def linker(scene: Scene, rules: Iterable[Widening]) -> Links:
    """All rules as one function of a path. Directories bring nothing: whoever holds a file there holds them too."""
    asked: tuple[Callable[[str, bytes], Iterable[Link]], ...] = tuple(rule.links for rule in rules)

    def links(path: str) -> Iterable[Link]:
        entry = scene.tree.get(path)
        if entry is None or entry.kind == "directory":
            return
        head = scene.head(path)
        for ask in asked:
            yield from ask(path, head)

    return links


def left_out(scene: Scene, kept: Collection[str]) -> Callable[[str], str]:
    """Why a path that is not kept goes, in words."""
    goes = scene.once(spared)
    units = {id(scene.owners[path]) for path in kept if path in scene.owners}

    def why(path: str) -> str:
        owner = scene.owners.get(path)
        if owner is not None and id(owner) not in units:
            return f"a part of {owner.unit}, which nothing uses"
        if words := goes(path):
            return words
        if owner is None and (found := prefix(path)):
            return f"a part of /{found}, which nothing uses"
        return "not used"

    return why
