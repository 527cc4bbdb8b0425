"""Records that say what is in the result. A manager is one file here; this list is the whole family.

Not here, because their records need no rewriting: npm packages, gems, jars, conda and .NET packages, whose record goes
with them. Not here either, and so not true: rpm, whose database is read only and stays as it is.
"""

from collections.abc import Iterable

from shave.catalog import Catalog
from shave.needs.protocol import Files
from shave.plan import UnitFate
from shave.pruned import apk, dpkg, python
from shave.pruned.protocol import Prune, Remains

PRUNES: tuple[Prune, ...] = (dpkg.pruned, apk.pruned, python.pruned)

__all__ = ["PRUNES", "Prune", "Remains", "pruned"]


def pruned(files: Files, catalog: Catalog, kept: Iterable[str], units: Iterable[UnitFate]) -> dict[str, bytes]:
    """The new bodies of those ``kept`` records that would say something else of the result than is true.

    ``units`` say what becomes of each package of ``catalog``. Raises ValueError if they are of another one.
    """
    remains = Remains(files, frozenset(kept), tuple(zip(catalog.packages, units, strict=True)))
    bodies = (found for prune in PRUNES for found in prune(remains))
    return {path: body for path, body in bodies if body != files.read(path)}
