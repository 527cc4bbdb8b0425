"""Which packages an image uses: what a spec must name to have them, and what it may leave out.

Used is what a run used, the application, and what these need; what only stands beside them, or is there out of habit,
comes with the packages if they depend on it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property

from msgspec import Struct

from shave.package import Package
from shave.plan import Kept, Plan
from shave.reason import Because
from shave.scene import Scene
from shave.verbs.installers import installs_only

_FACTS: frozenset[Because] = frozenset({"trace", "application", "glob", "repair"})
# what venv puts into every environment; whatever needs one of them at run time requires it
_SEEDS = ("pip", "setuptools", "wheel")


class Uses(Struct, frozen=True, dict=True):
    """An image, and by its plan at grain ``unit`` what of it is used."""

    scene: Scene
    plan: Plan

    @cached_property
    def kept(self) -> dict[str, Kept]:
        return {kept.path: kept for kept in self.plan.kept}

    @cached_property
    def used(self) -> frozenset[str]:
        """The units of which a run used a file, or the application's, or a file that one of these needs; and of those
        that somebody asked for by name such as are there for these.
        """
        units = {self.kept[path].unit for path in self.reached}
        asked = (each for each in self.scene.catalog.packages if each.asked and not self.scene.of_base(each))
        wanted = {each.unit for each in asked if each.unit not in self._gone and self._leads_to(each, units)}
        return frozenset(units | wanted)

    def _leads_to(self, package: Package, units: Collection[str]) -> bool:
        return any(other.unit in units for other in self.scene.depends_on(package))

    @cached_property
    def reached(self) -> set[str]:
        """The paths that are used, or that something used needs: not what only stands beside it."""
        needed: defaultdict[str, list[str]] = defaultdict(list)
        for kept in self.plan.kept:
            for reason in kept.reasons:
                if reason.because in ("need", "symlink"):
                    needed[reason.source].append(kept.path)
        todo = [kept.path for kept in self.plan.kept if any(each.because in _FACTS for each in kept.reasons)]
        found = set(todo)
        while todo:
            more = set(needed[todo.pop()]) - found
            found |= more
            todo += more
        return found

    def of(self, manager: str) -> list[Package]:
        """The used packages of a manager."""
        return [each for each in self.scene.catalog.packages if each.manager == manager and each.unit in self.used]

    def tops(self, packages: Sequence[Package]) -> list[Package]:
        """Of these, those that none of the others brings; of such as require each other the asked one."""
        needs = {id(each): self._brought(each) for each in packages}
        first = sorted(packages, key=lambda each: (-len(needs[id(each)]), not each.asked, each.unit))
        found, covered = list[Package](), set[int]()
        for package in first:
            if id(package) not in covered:
                found.append(package)
                covered |= needs[id(package)]
        return sorted(found, key=lambda each: each.unit)

    def _brought(self, package: Package) -> set[int]:
        """What comes with a package into an image: nothing by way of what a build leaves out."""
        found, todo = {id(package)}, [package]
        while todo:
            each = todo.pop()
            for other in self.scene.depends_on(each):
                if id(other) not in found and not self._stays_out(each, other):
                    found.add(id(other))
                    todo.append(other)
        return found

    def _stays_out(self, package: Package, needed: Package) -> bool:
        if needed.manager != "dpkg":
            return False
        return needed.unit in self._gone or installs_only(_bare(package.unit), _bare(needed.unit))

    @cached_property
    def _gone(self) -> frozenset[str]:
        return frozenset(fate.unit for fate in self.plan.units if fate.fate == "gone")

    @cached_property
    def debian(self) -> list[Package]:
        return self.tops(self.of("dpkg"))

    @property
    def packages(self) -> tuple[str, ...]:
        """Debian's packages by the names that apt has for them."""
        return tuple(_bare(each.unit) for each in self.debian)

    @cached_property
    def without(self) -> tuple[str, ...]:
        """What these depend on, directly or by what comes with them, and is gone from the plan."""
        found = dict[str, bool]()
        todo = [*self.debian]
        while todo:
            for each in self.scene.depends_on(todo.pop()):
                if each.unit not in found:
                    found[each.unit] = each.unit in self._gone
                    todo += [] if each.unit in self._gone else [each]
        return tuple(sorted({_bare(unit) for unit, stays_out in found.items() if stays_out}))

    @cached_property
    def distributions(self) -> list[Package]:
        """Python's packages that PyPI has: not Debian's, not the author's own, not of a place that the start names."""
        if any(word.startswith(f"/{place}/") for place in self.environments for word in self.scene.words):
            return []
        return [
            each
            for each in self.of("python")
            if any(self.scene.owners.get(path) is each for path in each.paths)
            and not any(path.endswith(".dist-info/direct_url.json") for path in each.paths)
            and each.name not in _SEEDS
        ]

    @cached_property
    def requirements(self) -> tuple[str, ...]:
        return tuple({each.name: f"{each.name}=={each.version}" for each in self.tops(self.distributions)}.values())

    @cached_property
    def environments(self) -> frozenset[str]:
        """Virtual environments: pip makes what is in them. Source: PEP 405."""
        return frozenset(
            path.rpartition("/")[0]
            for path in self.scene.tree.nodes
            if path.endswith("/pyvenv.cfg") and path.count("/")
        )


def _bare(unit: str) -> str:
    """What apt calls it."""
    return unit.split(":")[1]
