"""Which package owns each path. A catalogue reads one package manager's records; this list is the whole family."""

from shave.catalog import dpkg
from shave.catalog.protocol import Catalogue
from shave.needs.protocol import Files
from shave.package import Package

CATALOGUES: tuple[Catalogue, ...] = (dpkg.packages,)

__all__ = ["CATALOGUES", "Catalogue", "packages"]


def packages(files: Files) -> tuple[Package, ...]:
    """Every package that an image's own records name, sorted by unit."""
    return tuple(sorted((found for read in CATALOGUES for found in read(files)), key=lambda package: package.unit))
