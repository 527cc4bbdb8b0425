"""The packages of the system as they were when a layer was made, and which of them need which.

Sources: deb-control(5) for Depends, Pre-Depends, Recommends and Provides; apt's documentation, apt-mark(8), for what
was installed of its own accord.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from shave.catalog import apk, dpkg, rpm
from shave.catalog.explained import Explained
from shave.deb822 import paragraphs
from shave.overlay import overlay
from shave.package import Package
from shave.survey import Survey

_STATUS = "var/lib/dpkg/status"
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_RECORD = re.compile(rb"^Package: *(\S+).*\n(?:.+\n)*\n?", re.MULTILINE)

Clauses = tuple[tuple[str, ...], ...]
"""Of each at least one is needed: names of packages, the preferred first."""


class Unit(Struct, frozen=True):
    """An installed package, and the names of those that it depends on and recommends.

    ``record_bytes`` are those of its paragraph in dpkg's status, with the empty line behind it.
    """

    package: Package
    depends: Clauses = ()
    recommends: Clauses = ()
    record_bytes: int = 0

    @property
    def is_asked(self) -> bool:
        """Whether somebody asked for it, or nobody knows: apt says it of the others."""
        return self.package.asked is not False


Units = Mapping[str, Unit]
"""By the name that others need it by."""


def units(image: Explained, layer: int) -> Units:
    """What is installed in the image of the layers up to this one; of none for -1."""
    if layer < 0:
        return {}
    survey = _until(image.survey, layer)
    found = [each for read in (dpkg.packages, apk.packages, rpm.packages) for each in read(survey)]
    packages = {each.bare.partition(":")[2]: each for each in found if isinstance(each, Package)}
    if not any(each.manager == "dpkg" for each in packages.values()):
        return {name: _plain(each) for name, each in packages.items()}
    return _of_dpkg(survey, packages)


def needed(roots: Iterable[str], found: Units, *, recommended: bool) -> set[str]:
    """The roots and what they need: of alternatives one that is needed anyhow, else the first that is installed."""
    known = set(roots) & found.keys()
    todo = sorted(known)
    while todo:
        unit = found[todo.pop()]
        for clause in (*unit.depends, *(unit.recommends if recommended else ())):
            there = [name for name in clause if name in found]
            if there and known.isdisjoint(there):
                known.add(there[0])
                todo.append(there[0])
    return known


def _until(survey: Survey, layer: int) -> Survey:
    if layer == len(survey.layers) - 1:
        return survey
    layers = survey.layers[: layer + 1]
    return replace(survey, layers=layers, tree=overlay([each.index for each in layers]))


def _plain(package: Package) -> Unit:
    """Catalogues of apk and rpm say who provides what is required."""
    return Unit(package, tuple((unit.partition(":")[2],) for unit in package.requires))


def _of_dpkg(survey: Survey, packages: Mapping[str, Package]) -> Units:
    status = survey.read(_STATUS) if _STATUS in survey.recorded else b""
    text = status.decode("utf-8", "replace")
    controls = {each["package"]: each for each in paragraphs(text) if each.get("package") in packages}
    records = {found[1].decode("ascii", "replace"): len(found[0]) for found in _RECORD.finditer(status)}
    providers: dict[str, list[str]] = {}
    for name, control in controls.items():
        for provided in _names(control.get("provides", "")):
            providers.setdefault(provided, []).append(name)
    return {
        name: Unit(
            package,
            tuple(_clauses(controls.get(name, {}), ("pre-depends", "depends"), providers)),
            tuple(_clauses(controls.get(name, {}), ("recommends",), providers)),
            records.get(name, 0),
        )
        for name, package in packages.items()
    }


def _clauses(
    control: Mapping[str, str], fields: Collection[str], providers: Mapping[str, list[str]]
) -> Iterator[tuple[str, ...]]:
    for field in fields:
        for clause in control.get(field, "").split(","):
            names = [name for each in clause.split("|") for name in _names(each)]
            if names:
                yield tuple(each for name in names for each in (name, *providers.get(name, ())))


def _names(text: str) -> Iterator[str]:
    """The names in a list, without versions, architectures and conditions."""
    for each in text.split(","):
        found = _NAME.match(each.strip())
        if found:
            yield found[0]
