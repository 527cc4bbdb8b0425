"""What the user asks to keep that the image has not: said before anything is run, for a name misspelt keeps nothing."""

from collections.abc import Iterator

from shave.catalog import Catalog
from shave.errors import UsageError
from shave.globs import matcher
from shave.tree import Tree
from shave.verbs.roots import Wish

_SHOWN = 3


def require_units(wish: Wish, catalog: Catalog) -> None:
    """Raises UsageError for ``--keep-unit`` of what is not installed."""
    known = {package.unit: package.name for package in catalog.packages}
    for unit in wish.keep_units:
        if unit not in known:
            alike = sorted(full for full, name in known.items() if _alike(name, unit))
            hint = f"say {' or '.join(alike[:_SHOWN])}" if alike else "shave inspect names the units of an image"
            raise UsageError(f"--keep-unit: the image has no unit {unit}", hint)


def _alike(name: str, unit: str) -> bool:
    """Whether a unit may mean this name, which lacks its manager, its architecture or its capitals."""
    said = {unit.casefold(), unit.partition(":")[2].casefold()}
    return not said.isdisjoint((name.casefold(), name.casefold().partition(":")[0]))


def matches_nothing(wish: Wish, tree: Tree) -> Iterator[str]:
    """The globs of ``--keep`` and ``--drop`` that no path matches: no error, for one command may serve many images.

    So too those of ``--keep`` that match nothing but what ``--drop`` takes.
    """
    goes = matcher(wish.drop)
    left = [path for path in tree.nodes if not goes(path)]
    for option, globs in (("--keep", wish.keep), ("--drop", wish.drop)):
        for glob in globs:
            if not any(map(matcher([glob]), tree.nodes)):
                yield f"{option} {glob} matches nothing in the image"
            elif option == "--keep" and not any(map(matcher([glob]), left)):
                yield f"--keep {glob} matches nothing that --drop leaves"
