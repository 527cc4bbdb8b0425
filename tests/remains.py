"""Results of a plan over a real directory: what scanners find in them."""

import tarfile
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from shave.catalog import Catalog, catalog
from shave.events import silent
from shave.evidence import Evidence
from shave.layering import build
from shave.oci import Config
from shave.plan import UnitFate
from shave.pruned import pruned
from shave.reference import parse
from shave.scene import Scene
from shave.sources import open_image
from shave.store import unpack
from shave.tree import parents
from shave.verbs.fates import fates


class Result(Struct, frozen=True):
    """A result unpacked below ``root``, what its own records say, what became of the original's packages."""

    root: Path
    catalog: Catalog
    units: tuple[UnitFate, ...]
    replaced: dict[str, bytes]

    @property
    def left(self) -> list[tuple[str, str]]:
        """Units and versions that are not gone."""
        return sorted((unit.unit, unit.version) for unit in self.units if unit.fate != "gone")

    @property
    def found(self) -> list[tuple[str, str]]:
        """Units and versions that the result's own records name."""
        return sorted((package.unit, package.version) for package in self.catalog.packages)


def result(directory: Path, work: Path, stays: Callable[[str], bool]) -> Result:
    """The result of a plan that keeps of ``directory`` the paths for which ``stays`` holds, and those above them."""
    for name in ("original", "layers", "plain", "root"):
        (work / name).mkdir(parents=True)
    with open_image(parse(f"rootfs:{directory}"), None, silent) as image:
        original = unpack(image, work / "original", silent)
        known = catalog(original)
        chosen = {path for path in original.tree.nodes if path and stays(path)}
        kept = chosen | {above for path in chosen for above in parents(path)}
        units = fates(Scene(original, Config(), Evidence("", ""), known), kept)
        replaced = pruned(original, known, kept, units)
        made = build(original, kept, work / "layers", flatten=False, annotations={}, sink=silent, replaced=replaced)
        after = unpack(made, work / "plain", silent)
    for layer in after.layers:
        with layer.path.open("rb") as file:
            file.seek(layer.start)
            with tarfile.open(fileobj=file, mode="r|") as archive:
                archive.extractall(work / "root", filter="fully_trusted")
    return Result(work / "root", catalog(after), units, replaced)
