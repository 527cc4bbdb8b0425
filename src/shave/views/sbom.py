"""Packages as CycloneDX: those of the original, and those that are left; those of an image that was built.

No clock and no chance is in them: the same plan gives the same bytes. Sources: CycloneDX 1.6; the purl specification,
"purl-types" (namespaces and qualifiers of each type).
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from msgspec.structs import replace
from packageurl import PackageURL

from shave.package import Package
from shave.plan import UnitFate
from shave.release import Release
from shave.verbs.slim import Slimmed
from shave.views.visible import one_line

FATE = "shave:fate"
_TYPES = {"dpkg": "deb", "python": "pypi", "node": "npm", "java": "maven", "dotnet": "nuget", "go": "golang"}
_TYPES |= {"rust": "cargo"}
"""Where the type of a purl is not the manager's name."""
_SYSTEM = ("deb", "apk", "rpm")
_SLASHED = ("npm", "golang", "composer")


def before(slimmed: Slimmed, reference: str, time: datetime) -> bytes:
    """All packages of the original, each with what became of it."""
    return _document(_units(slimmed), slimmed.release, reference, slimmed.plan.image, time)


def after(slimmed: Slimmed, digest: str, reference: str, time: datetime) -> bytes:
    """The packages of the result, whose config has ``digest``."""
    left = (unit for unit in _units(slimmed) if unit.fate != "gone")
    return _document(left, slimmed.release, reference, digest, time)


def built(units: Iterable[Package], release: Release, digest: str, reference: str, time: datetime) -> bytes:
    """The packages of an image that was made of them, whose config has ``digest``."""
    return _document(map(_whole, units), release, reference, digest, time)


def _whole(package: Package) -> UnitFate:
    architecture, source = package.architecture, package.source
    return UnitFate(package.unit, package.version, "whole", 0, 0, 0, 0, 0, 0, architecture, source)


def _units(slimmed: Slimmed) -> Iterable[UnitFate]:
    """Nothing became of the packages of an image that stays as it is."""
    units = slimmed.plan.units
    return (replace(unit, fate="whole") for unit in units) if slimmed.outcome == "unchanged" else units


def _document(units: Iterable[UnitFate], release: Release, reference: str, digest: str, time: datetime) -> bytes:
    image = Component(name=reference, version=digest, type=ComponentType.CONTAINER, bom_ref=digest)
    found = [_component(unit, release) for unit in units]
    if release.id:
        found.append(_distribution(release))
    components = {each.bom_ref.value: each for each in found}
    bom = Bom(
        components=components.values(),
        serial_number=uuid5(NAMESPACE_URL, digest),
        metadata=BomMetaData(component=image, timestamp=time),
    )
    bom.register_dependency(image, components.values())
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1).encode()


def _distribution(release: Release) -> Component:
    return Component(
        name=one_line(release.id),
        version=one_line(release.version),
        description=one_line(release.name),
        type=ComponentType.OPERATING_SYSTEM,
        bom_ref="os",
    )


def _component(unit: UnitFate, release: Release) -> Component:
    """One of two that are alike is enough: an image may hold the same wheel in two environments."""
    manager, _, name = one_line(unit.unit).partition(":")
    purl = _purl(manager, name, unit, release)
    return Component(
        name=purl.name if purl else name,
        group=purl.namespace if purl and purl.type not in _SYSTEM else None,
        version=one_line(unit.version),
        purl=purl,
        bom_ref=f"{purl or one_line(f'{unit.unit}@{unit.version}')}#{unit.fate}",
        properties=[Property(name=FATE, value=unit.fate)],
    )


def _purl(manager: str, name: str, unit: UnitFate, release: Release) -> PackageURL | None:
    """The package's URL; None for a name that can be none."""
    kind, version = _TYPES.get(manager, manager), one_line(unit.version)
    namespace, qualifiers = "", {}
    if kind in _SYSTEM:
        namespace, name = release.id, name.partition(":")[0] if kind == "deb" else name
        distro = f"{release.id}-{release.version}".strip("-")
        qualifiers = {"arch": unit.architecture, "distro": distro, "upstream": unit.source}
    if kind in _SLASHED:
        namespace, _, name = name.rpartition("/")
    if kind == "rpm" and ":" in version:
        qualifiers["epoch"], _, version = version.partition(":")
    if kind == "gem" and "-" in version:
        version, _, qualifiers["platform"] = version.partition("-")
    if kind == "maven":
        namespace, _, name = name.rpartition(":")
        kind = "maven" if namespace else "generic"
    try:
        given = {key: one_line(value) for key, value in qualifiers.items() if value}
        found = PackageURL(kind, one_line(namespace), name, version, given)
    except ValueError:
        return None
    return found if found.name else None  # of spaces alone it makes a name that is none
