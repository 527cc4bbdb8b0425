"""What of the image that was built its last stage has, too: the rest is what a second stage saves.

Read from the image: the packages of the small system and those that are installed, with what their installation made,
and what is copied. Of an image of a language whose slim variant is taken, the language and what it is linked to. That
small system comes without documentation where its name says slim.
Source: dpkg.cfg.d/docker of debian:SUITE-slim, path-exclude.
"""

from collections.abc import Callable, Collection, Iterator
from functools import cache

from shave.closure import closure
from shave.needs import linker
from shave.package import Package
from shave.reason import Reason
from shave.scene import Scene
from shave.smaller_bases import smaller
from shave.staging.built import CACHES, SYSTEM, Built
from shave.staging.protocol import Building, Runtime
from shave.tree import parents
from shave.waste.facts import Classifier, facts

_DOCUMENTATION = frozenset({"docs", "man", "locales"})
_INFO = "var/lib/dpkg/info/"


def staying(building: Building, runtime: Runtime) -> frozenset[str] | None:
    """The paths that stay as they are, None where nobody knows what the last stage's base has.

    Of the base of the build itself nothing is said: all of it stays.
    """
    scene = building.image
    if scene is None:
        return None
    built = Built(building, scene, lambda path: False)
    copied = frozenset(path for path in _leaves(scene) if _is_copied(path, runtime))
    if runtime.base == "scratch":
        return _with_bodies(scene, copied)
    is_slim = runtime.base in _slim(building.base)
    if not is_slim and runtime.base not in (built.system, building.base):
        return None
    units = (f"{manager}:{name}" for name in runtime.packages for manager in ("dpkg", "apk"))
    named = (package for unit in units for package in scene.by_name.get(unit, ()))
    packages = {each.bare for each in scene.depends(*named)} | built.minimal
    if is_slim:
        copied |= _of_language(built)
        packages |= {each.bare for each in scene.depends(*_linked(built))}
    kinds = CACHES | _DOCUMENTATION if "slim" in runtime.base else CACHES
    system = (path for path in _leaves(scene) if _is_of(scene, path, packages) and not _is_left(kinds)(path, 0))
    return _with_bodies(scene, copied.union(system))


def _slim(base: str) -> frozenset[str]:
    """The variant of an image of a language that lacks no more than compilers and tools of buildpack-deps."""
    return frozenset(each.name for each in smaller(base) if not each.family and "mysql_config" in each.programs)


def _of_language(built: Built) -> frozenset[str]:
    """What somebody unpacked in the base: the language itself is in the slim variant, too."""
    return frozenset(
        path
        for path in _leaves(built.scene)
        if not built.is_new(path) and not built.owner(path) and not SYSTEM.fullmatch(path)
    )


def _linked(built: Built) -> Iterator[Package]:
    """The packages that the language is linked to, or comes from, and those that its slim variants install by name."""
    follow = linker(built.scene.files, built.scene.environment)
    roots = {*_of_language(built), *(path for path in built.programs if path)}
    found = closure(
        built.tree,
        ((path, Reason("always", "is of the language")) for path in sorted(roots)),
        lambda path: () if built.owner(path) else follow(path),
        lambda path: False,
    )
    yield from (owner for path in found if not built.is_new(path) and (owner := built.owner(path)))
    yield from built.named("ca-certificates", "netbase", "tzdata")


def _leaves(scene: Scene) -> Iterator[str]:
    return (path for path in scene.tree.nodes if path not in scene.tree.children)


def _is_copied(path: str, runtime: Runtime) -> bool:
    return _is_at(path, runtime.copies) and not _is_at(path, runtime.removed)


def _is_at(path: str, places: Collection[str]) -> bool:
    return f"/{path}" in places or any(f"/{above}" in places for above in parents(path))


def _is_of(scene: Scene, path: str, packages: set[str]) -> bool:
    """Whether a path is of these packages: their own, their record, or what somebody made in a directory of theirs."""
    if path.startswith(_INFO):
        return f"dpkg:{path.removeprefix(_INFO).rpartition('.')[0].partition(':')[0]}" in packages
    owner = scene.owners.get(path)
    if owner:
        return owner.bare in packages
    return bool(SYSTEM.fullmatch(path)) and any(each.bare in packages for each in _nearest(scene, path))


def _nearest(scene: Scene, path: str) -> tuple[Package, ...]:
    """The packages that have the nearest directory above that any has."""
    found = (scene.directories.get(above) for above in parents(path))
    return next((each for each in found if each), ())


def _with_bodies(scene: Scene, paths: frozenset[str]) -> frozenset[str]:
    """With the entries that hard links among them lead to."""
    links = (entry.link for path in paths if (entry := scene.tree.get(path)) and entry.kind == "hardlink")
    return paths.union(links)


@cache
def _is_left(kinds: frozenset[str]) -> Callable[[str, int], object]:
    return Classifier(fact for fact in facts() if fact.kind in kinds)
