"""Images that are tools: what was installed for the program whose start ended by itself.

``gs --version`` shows next to nothing of Ghostscript. What somebody asked apt for, and what that depends on, is what
the tool works with; what came as a Recommends is not. A job (an interpreter that was given the application's script)
shows what it does, and a server stays up: for them this is no rule.

A language's package manager does not say who asked. What lies in the tool's own environment and nothing there requires
was put there by name: sphinx-build's themes and extensions, a linter's plugins. Not the package managers themselves.
"""

import re
from collections.abc import Iterable, Iterator

from shave.closure import Root
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import LANGUAGES, Scene
from shave.tightening import spared
from shave.widening.units import whole

_ROOT = re.compile(r"(.*?(?:/node_modules|/site-packages|/dist-packages|/specifications))/.*")
_MANAGERS = frozenset(
    {"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "virtualenv", "npm", "corepack", "yarn", "pnpm", "bundler"}
)


class Tools:
    """Keeps the packages that were asked for with the tool, and their dependencies."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.spared = scene.once(spared)

    def roots(self) -> Iterator[Root]:
        """All paths of these packages."""
        tool = self.scene.tool
        for package, asked in self._with(tool) if tool else ():
            for_whom = "" if package is asked else f", which {asked.unit} depends on"
            reason = Reason("habit", f"is of {package.unit}{for_whom}: a tool's start shows little of what it uses")
            yield from ((link.target, link.reason) for link in whole(self.scene, package, self.spared, reason))

    def links(self, path: str, head: bytes) -> Iterable[Link]:
        """Nothing more."""
        return ()

    def _with(self, tool: Package) -> Iterator[tuple[Package, Package]]:
        """Each package that is kept with the tool, and the asked one that it is there for."""
        seen: set[int] = set()
        asked = [package for package in self.scene.catalog.packages if package.asked] or [tool]
        for each in (*asked, *self._beside(tool)):
            closure = self.scene.depends(each)
            for package in closure if tool in closure or each.manager in LANGUAGES else ():
                if id(package) not in seen and not self.scene.of_base(package):
                    seen.add(id(package))
                    yield package, each

    def _beside(self, tool: Package) -> Iterator[Package]:
        """What was put by name into the environment of a tool that a language's package manager installed."""
        place = _environment(tool) if tool.manager in LANGUAGES else ""
        beside = [each for each in self.scene.catalog.packages if each.manager == tool.manager and place]
        beside = [each for each in beside if _environment(each) == place]
        required = {unit for each in beside for unit in each.requires if unit != each.unit}
        return (each for each in beside if each.unit not in required and each.name.lower() not in _MANAGERS)


def _environment(package: Package) -> str:
    """Where a package of a language lies among others; "" if that is not known."""
    return next((found[1] for path in package.paths if (found := _ROOT.fullmatch(path))), "")
