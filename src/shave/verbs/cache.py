"""``shave cache``: what is kept between runs, its bounds, and its clearing."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from shave import cache
from shave.cache import SHELVES, Shelf, Usage
from shave.errors import CannotError


class Kept(Struct, frozen=True):
    """One shelf: how many files of how many bytes lie in ``path``, at most ``max_bytes``."""

    name: str
    files: int
    bytes: int
    max_bytes: int
    path: str


class Cached(Struct, frozen=True):
    """``shave.cache/v1``: all shelves as they are now, and what was deleted just before."""

    shelves: tuple[Kept, ...]
    deleted_files: int = 0
    deleted_bytes: int = 0


def show() -> Cached:
    """What is kept. Raises CannotError for a user without a home, who keeps nothing."""
    try:
        return Cached(tuple(_kept(shelf) for shelf in SHELVES))
    except OSError as error:
        raise CannotError(f"there is no place for a cache: {error}", "set XDG_CACHE_HOME") from error


def bound() -> Cached:
    """Delete what is above the bounds, the longest unused first, as every write does."""
    return _after(cache.bound, SHELVES)


def clear(name: str = "") -> Cached:
    """Delete what is on one shelf; without a name, all that can be made again, which plans cannot."""
    return _after(cache.clear, (shelf for shelf in SHELVES if name == shelf.name or (not name and _again(shelf))))


def _again(shelf: Shelf) -> bool:
    return shelf.home == "cache"


def _after(delete: Callable[[Shelf], Usage], shelves: Iterable[Shelf]) -> Cached:
    deleted = [delete(shelf) for shelf in shelves]
    return Cached(show().shelves, sum(usage.files for usage in deleted), sum(usage.bytes for usage in deleted))


def _kept(shelf: Shelf) -> Kept:
    usage = cache.used(shelf)
    return Kept(shelf.name, usage.files, usage.bytes, cache.max_bytes(shelf), str(cache.directory(shelf)))
