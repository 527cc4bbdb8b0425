"""What packages for development cost in the layer that installed them, as npm's and Composer's records tell them apart.

Sources: npm's documentation, package-lock.json, "Hidden Lockfiles" and ``dev``; Composer's InstallationManager and
FilesystemRepository, ``dev-package-names`` of installed.json (since version 2).
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from shave.catalog.reading import Reading
from shave.finding import Place
from shave.package import Unread
from shave.rules.known import BuiltImage
from shave.tree import parents
from shave.verbs.lint_places import Places

_NPM, _COMPOSER = "node_modules/.package-lock.json", "vendor/composer/installed.json"


class _Module(Struct, frozen=True):
    dev: bool = False


class _Modules(Struct, frozen=True):
    packages: dict[str, _Module] = {}


class _Package(Struct, frozen=True):
    name: str
    programs: tuple[str, ...] = field(name="bin", default=())


class _Installed(Struct, frozen=True):
    packages: tuple[_Package, ...] = ()
    development: frozenset[str] = field(name="dev-package-names", default=frozenset())


def is_development_known(image: BuiltImage, layers: Sequence[int]) -> bool:
    """Whether one of the layers has a record that says which packages only development needs."""
    return any(layer in layers for _, layer in _records(image))


def only_for_development(image: BuiltImage, layer: int, places: Places) -> Iterator[Place]:
    """What a layer has of such packages, and the names by which their programs are called."""
    records = [path for path, of in _records(image) if of == layer]
    reading = Reading(image.files)
    found = (each for _, each in reading.each(records, lambda path: _paths(reading, path)))
    gone = {path for each in found if not isinstance(each, Unread) for path in each}
    for path, place in places.layer(layer).items():
        real = reading.tree.resolve(path).path if "/.bin/" in path else path
        if real and not gone.isdisjoint((real, *parents(real))):
            yield place


def _records(image: BuiltImage) -> Iterator[tuple[str, int]]:
    """The records that are visible, each with its layer."""
    for path, node in image.explained.survey.tree.nodes.items():
        if path.endswith((_NPM, _COMPOSER)) and node.entry.kind == "file":
            yield path, node.layer


def _paths(reading: Reading, record: str) -> tuple[str, ...]:
    """Where the packages are that only development needs, and what Composer makes to call their programs."""
    if record.endswith(_NPM):
        modules = reading.json(record, _Modules).packages
        return reading.listed(f"{record.removesuffix(_NPM)}{path}" for path, each in modules.items() if each.dev)
    found, vendor = reading.json(record, _Installed), record.removesuffix("/composer/installed.json")
    gone = [each for each in found.packages if each.name in found.development]
    programs = (f"bin/{program.rpartition('/')[2]}" for each in gone for program in each.programs)
    return reading.listed(f"{vendor}/{path}" for path in (*(each.name for each in gone), *programs))
