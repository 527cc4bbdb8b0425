"""Which package owns each path. A catalogue reads one package manager's records; this list is the whole family.

The order matters where two managers claim a path: the first has it. Records of the system's packages come before those
of languages, for a system package may hold a language's.
"""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from shave.catalog import apk, composer, conda, dotnet, dpkg, gem, go, java, node, python, rpm, rust
from shave.catalog.protocol import Catalogue
from shave.globs import matcher
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.records import Glance, Interest

CATALOGUES: tuple[Catalogue, ...] = (
    Catalogue("dpkg", dpkg.packages, dpkg.RECORDS),
    Catalogue("apk", apk.packages, apk.RECORDS),
    Catalogue("rpm", rpm.packages, rpm.RECORDS),
    Catalogue("conda", conda.packages, conda.RECORDS),
    Catalogue("python", python.packages, python.RECORDS),
    Catalogue("node", node.packages, node.RECORDS),
    Catalogue("gem", gem.packages, gem.RECORDS),
    Catalogue("composer", composer.packages, composer.RECORDS),
    Catalogue("java", java.packages, java.RECORDS, java.GLANCES),
    Catalogue("dotnet", dotnet.packages, dotnet.RECORDS, dotnet.GLANCES),
    Catalogue("go", go.packages, glances=go.GLANCES),
    Catalogue("rust", rust.packages, glances=rust.GLANCES),
)

VERSION = "1"
"""Of what is kept of a layer's bodies: another number where any catalogue begins to read something else."""

__all__ = ["CATALOGUES", "Catalog", "Catalogue", "catalog", "interest", "packages"]


class Catalog(Struct, frozen=True):
    """What an image's own records say: its packages by manager in the order of ``CATALOGUES``, each manager's sorted by
    unit; and the records that could not be read.
    """

    packages: tuple[Package, ...] = ()
    unread: tuple[Unread, ...] = ()


def catalog(files: Files) -> Catalog:
    """Read all records of an image."""
    found = [list(catalogue.read(files)) for catalogue in CATALOGUES]
    packages = [package for each in found for package in _sorted(each)]
    unread = {each for said in found for each in said if isinstance(each, Unread)}
    return Catalog(tuple(packages), tuple(sorted(unread, key=lambda each: (each.path, each.why))))


def _sorted(found: list[Package | Unread]) -> list[Package]:
    packages = (each for each in found if isinstance(each, Package))
    return sorted(packages, key=lambda package: (package.unit, package.version, package.paths))


def packages(files: Files) -> tuple[Package, ...]:
    """Every package that an image's own records name, in the order of ``Catalog``."""
    return catalog(files).packages


@cache
def interest() -> Interest:
    """What must be kept of passing layers so that every catalogue can read."""
    whole = matcher([glob for catalogue in CATALOGUES for glob in catalogue.records])
    return Interest(VERSION, whole, {magic: tuple(looks) for magic, looks in _glances()})


def _glances() -> Iterator[tuple[bytes, list[Glance]]]:
    magics = {magic for catalogue in CATALOGUES for magic in catalogue.glances}
    for magic in sorted(magics):
        yield magic, [catalogue.glances[magic] for catalogue in CATALOGUES if magic in catalogue.glances]
