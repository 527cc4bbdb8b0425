"""What packages that nobody needs cost in the layer that installed them: their files, what was made of these, records.

What comes of its own accord goes as apt takes it away: what neither the packages asked for by name nor those of other
layers need. Sources: apt-get(8), --no-install-recommends and autoremove; apt.conf(5), APT::AutoRemove.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache

from msgspec.structs import replace

from shave.catalog.explained import Explained
from shave.facts import load
from shave.finding import Place
from shave.globs import matcher
from shave.tree import parents
from shave.verbs.lint_places import Places
from shave.verbs.lint_units import Unit, Units, needed, units

_INFO = "var/lib/dpkg/info/"
_DEBCONF = "var/cache/debconf/"
_STATUSES = ("var/lib/dpkg/status", "var/lib/dpkg/status-old")
_LOGS = ("var/log/dpkg.log", "var/log/apt/term.log", "var/log/apt/history.log", "var/lib/apt/extended_states")


def is_asked_known(image: Explained, layer: int) -> bool:
    """Whether the records say who was asked for by name of what a layer installed: rpm's do not."""
    before, after, _ = _around(image, layer)
    new = (after[name].package for name in after.keys() - before.keys())
    return all(package.manager == "dpkg" or package.asked is not None for package in new)


def only_recommended(image: Explained, layer: int, places: Places) -> Iterator[Place]:
    """What a layer has of packages that came only since others recommend them."""
    before, after, last = _around(image, layer)
    new = after.keys() - before.keys()
    asked = {name for name in new if after[name].is_asked}
    kept = needed(asked | before.keys(), after, recommended=False)
    kept |= needed((last.keys() - new) | asked, last, recommended=False)
    return _places(image, layer, places, after, new - kept, len(new))


def only_for_tools(image: Explained, layer: int, places: Places) -> Iterator[Place]:
    """What a layer has of packages that serve builds only, and of what came for their sake."""
    is_tool = _is_tool()
    return _without(image, layer, places, lambda name, unit: is_tool(unit.package.unit))


def only_for(image: Explained, layer: int, places: Places, names: AbstractSet[str]) -> Iterator[Place]:
    """What a layer has of the packages of these names, and of what came for their sake."""
    return _without(image, layer, places, lambda name, unit: name in names)


def _without(image: Explained, layer: int, places: Places, is_meant: Callable[[str, Unit], bool]) -> Iterator[Place]:
    """What would not be in a layer if nobody had asked for the packages that are meant."""
    before, after, last = _around(image, layer)
    new = after.keys() - before.keys()
    asked = {name for name in new if after[name].is_asked and not is_meant(name, after[name])}
    kept = needed(asked | before.keys(), after, recommended=True)
    kept |= needed({name for name in last.keys() - new if not is_meant(name, last[name])}, last, recommended=True)
    gone = new - kept
    is_any = any(is_meant(name, after[name]) for name in gone)
    return _places(image, layer, places, after, gone if is_any else set(), len(new))


def _around(image: Explained, layer: int) -> tuple[Units, Units, Units]:
    """What is installed below a layer, with it, and at last."""
    known = image.once(_Known)
    return known(layer - 1), known(layer), known(len(image.survey.layers) - 1)


class _Known:
    """Units by layer: findings ask for the same ones."""

    def __init__(self, image: Explained) -> None:
        self.image = image
        self.layers: dict[int, Units] = {}

    def __call__(self, layer: int) -> Units:
        if layer not in self.layers:
            self.layers[layer] = units(self.image, layer)
        return self.layers[layer]


def _places(
    image: Explained, layer: int, places: Places, found: Units, gone: AbstractSet[str], new: int
) -> Iterator[Place]:
    """The entries of the layer that go with these units, of ``new`` that it installed."""
    if not gone:
        return
    others = {path for name in found.keys() - gone for path in found[name].package.paths}
    own = {path for name in gone for path in found[name].package.paths} - others
    names = frozenset(name for each in gone for name in (each, found[each].package.name))
    here = places.layer(layer)
    for path, place in here.items():
        if path in own or _is_record(path, names) or _is_made(path, own, others):
            yield place
    yield from _questions(here, names)
    record_bytes = sum(found[name].record_bytes for name in gone)
    for path in _STATUSES:
        yield from _share(here, path, record_bytes)
    for path in _LOGS:
        yield from _share(here, path, here[path].unpacked_bytes * len(gone) // new if path in here else 0)


def _questions(here: Mapping[str, Place], names: AbstractSet[str]) -> Iterator[Place]:
    """What debconf(7) keeps of what packages ask: all of it as it was before, too, if any that came asks something."""
    asking = {path: place for path, place in here.items() if path.startswith(_INFO) and path.endswith(".templates")}
    gone = {path: place for path, place in asking.items() if _is_record(path, names)}
    yield from _share(here, f"{_DEBCONF}templates.dat", sum(place.unpacked_bytes for place in gone.values()))
    if gone and gone == asking:
        yield from (
            here[path] for path in (f"{_DEBCONF}templates.dat-old", f"{_DEBCONF}config.dat-old") if path in here
        )


def _is_record(path: str, names: AbstractSet[str]) -> bool:
    return path.startswith(_INFO) and path.removeprefix(_INFO).rpartition(".")[0] in names


def _is_made(path: str, own: AbstractSet[str], others: AbstractSet[str]) -> bool:
    """Whether nobody owns a path, and the nearest directory above that somebody does is of these alone."""
    if path in others:
        return False
    nearest = next((above for above in parents(path) if above in own or above in others), "")
    return nearest in own


def _share(here: Mapping[str, Place], path: str, unpacked_bytes: int) -> Iterator[Place]:
    """A part of a file."""
    whole = here.get(path)
    if whole and whole.unpacked_bytes and unpacked_bytes:
        part = min(unpacked_bytes, whole.unpacked_bytes)
        packed = whole.packed_bytes * part / whole.unpacked_bytes
        yield replace(whole, unpacked_bytes=part, packed_bytes=packed)


@cache
def _is_tool() -> Callable[[str], bool]:
    return matcher(load("build_tools")["units"])
