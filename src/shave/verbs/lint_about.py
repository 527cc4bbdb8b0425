"""Which entries of layers a finding about a Dockerfile is about: what ``lint.Kind`` says, read from the layers."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from shave.finding import Place
from shave.globs import matcher
from shave.lint import About, Kind
from shave.rules.known import BuiltImage, Context
from shave.rules.layer_files import symbols
from shave.tree import parents
from shave.verbs.lint_development import is_development_known, only_for_development
from shave.verbs.lint_installed import is_asked_known, only_for, only_for_tools, only_recommended
from shave.verbs.lint_places import Places
from shave.waste.lost import How, Lost, lost

_GONE: tuple[How, ...] = ("deleted", "hidden")
_REPLACED: tuple[How, ...] = ("overwritten", "rewritten")
_DEEPEST = 8
"""Directories of a context that a source of COPY may stand in."""


def places_of(about: About, image: BuiltImage, context: Context | None = None) -> Iterator[Place] | None:
    """What of the layers a fix saves, each entry once; None where the layers do not tell."""
    places = image.explained.once(Places)
    layers = sorted({image.layers[step] for step in about.steps if step in image.layers})
    wanted, excepted = matcher(about.globs or ("**",)), matcher(about.but)
    if about.kind == "context":
        files = {path for path in context.files if wanted(path) and not excepted(path)} if context else set()
        return _copied(files, layers, places)
    if not _is_known(about.kind, image, layers):
        return None
    found = _packages(about, image, layers, places) if about.names else _KINDS[about.kind](image, layers, places)
    meant = (each for each in found if wanted(each.path) and not excepted(each.path) and not _stays(about, image, each))
    if about.kind not in ("written", "new"):
        return meant
    stay = _linked(image, layers, lambda path: wanted(path) and not excepted(path))
    return (place for place in meant if (place.layer, place.path) not in stay)


def _is_known(kind: Kind, image: BuiltImage, layers: Sequence[int]) -> bool:
    """Whether the layers have the records that tell."""
    if kind in ("recommended", "packages"):
        return all(is_asked_known(image.explained, layer) for layer in layers)
    return kind != "development" or is_development_known(image, layers)


def _stays(about: About, image: BuiltImage, place: Place) -> bool:
    """Whether it is what is visible at a path that is kept."""
    node = image.explained.survey.tree.nodes.get(place.path) if place.path in about.kept else None
    return node is not None and node.layer == place.layer


def _linked(image: BuiltImage, layers: Sequence[int], wanted: Callable[[str], bool]) -> set[tuple[int, str]]:
    """Bodies that hard links from elsewhere keep, whoever deletes what is wanted: uv links what it installs."""
    entries = ((layer, each) for layer in layers for each in image.explained.survey.layers[layer].index.entries)
    return {(layer, each.link) for layer, each in entries if each.kind == "hardlink" and not wanted(each.path)}


def _written(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    return (place for layer in layers for place in places.layer(layer).values())


def _new(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    again = {(each.layer, each.path) for layer in layers for each in _again(image, (layer,), places)}
    return (place for place in _written(image, layers, places) if (place.layer, place.path) not in again)


def _everything(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    return _written(image, range(len(image.explained.survey.layers)), places)


def _deleted(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    """Of what earlier steps wrote: what the base brought no edit of the Dockerfile saves."""
    return (places.of(each.place) for each in _lost(image, layers, _GONE) if each.place.layer >= image.base_layers)


def _rewritten(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    """What stands in place of files of the base, too: a newer base brings it."""
    return _copies(image, layers, places, _REPLACED, range(len(image.explained.survey.layers)))


def _again(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    earlier = layers if len(layers) > 1 else range(len(image.explained.survey.layers))
    return _copies(image, layers, places, ("rewritten",), earlier)


def _copies(
    image: BuiltImage, layers: Sequence[int], places: Places, hows: Sequence[How], earlier: Collection[int]
) -> Iterator[Place]:
    """What layers have over files of earlier ones, and the directories above it."""
    for layer in layers:
        here = places.layer(layer)
        found = _lost(image, (layer,), hows)
        paths = {each.place.path for each in found if each.place.layer < layer and each.place.layer in earlier}
        above = {directory for path in paths for directory in parents(path)}
        yield from (here[path] for path in (*paths, *above) if path in here)


def _merged(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    """What a step made that a later one made again: in one layer, the last is enough."""
    found = _lost(image, layers, (*_GONE, *_REPLACED))
    return (places.of(each.place) for each in found if each.place.layer in layers and each.place.layer < each.culprit)


def _recommended(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    return (place for layer in layers for place in only_recommended(image.explained, layer, places))


def _build_tools(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    return (place for layer in layers for place in only_for_tools(image.explained, layer, places))


def _packages(about: About, image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    names = frozenset(about.names)
    return (place for layer in layers for place in only_for(image.explained, layer, places, names))


def _development(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    return (place for layer in layers for place in only_for_development(image, layer, places))


def _symbols(image: BuiltImage, layers: Sequence[int], places: Places) -> Iterator[Place]:
    return (place for layer in layers for place in symbols(image, layer))


def _lost(image: BuiltImage, layers: Sequence[int], hows: Sequence[How]) -> Iterator[Lost]:
    """Bodies that one of the layers took away."""
    return (each for each in image.explained.once(lost) if each.culprit in layers and each.how in hows)


def _copied(files: Collection[str], layers: Sequence[int], places: Places) -> Iterator[Place] | None:
    """Files of a context where COPY put them: below the directory that has most of them; a source directory's name is
    not in their paths there.
    """
    here = {path: place for layer in layers for path, place in places.layer(layer).items()}
    for depth in range(_DEEPEST):
        tails = {"/".join(path.split("/")[depth:]) for path in files if path.count("/") >= depth}
        found = Counter(above for path in here for above, below in _splits(path) if below in tails)
        target, count = max(found.items(), key=lambda each: (each[1], each[0]), default=("", 0))
        if count * 2 > len(files):
            return (here[path] for each in sorted(tails) if (path := f"{target}/{each}".lstrip("/")) in here)
    return None


def _splits(path: str) -> Iterator[tuple[str, str]]:
    """A path in two, a directory and what is below it, from the root on."""
    yield "", path
    for at, character in enumerate(path):
        if character == "/":
            yield path[:at], path[at + 1 :]


_KINDS: Mapping[Kind, Callable[[BuiltImage, Sequence[int], Places], Iterator[Place]]] = {
    "written": _written,
    "new": _new,
    "deleted": _deleted,
    "rewritten": _rewritten,
    "again": _again,
    "merged": _merged,
    "recommended": _recommended,
    "build tools": _build_tools,
    "development": _development,
    "symbols": _symbols,
    "everything": _everything,
    "each release": _written,
}
