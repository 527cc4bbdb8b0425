"""What an application's lock file says it runs with: gems of Bundler, packages of Composer; not those for development.
Where there is no lock, the gems that somebody installed, for nobody says which of them a program will require.

Autoloaders load a class when its name is first met, and ``Bundler.require`` all of a group. Sources: Bundler's
documentation, gemfile(5) (groups) and the format of Gemfile.lock (Bundler::LockfileParser); Composer's documentation,
"composer.lock" and, for what is installed, InstalledVersions (``dev-package-names``).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from shave.closure import Root
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.tightening import spared
from shave.widening.units import whole

_LOCKS = ("Gemfile.lock", "gems.locked")
_GEMFILES = {"Gemfile.lock": "Gemfile", "gems.locked": "gems.rb"}
_RUBY = re.compile(r"(?:.*/)?(?:bin/ruby[\d.]*|libruby[^/]*\.so[^/]*)")
_INSTALLED = "vendor/composer/installed.json"
_DEVELOPMENT = frozenset({"development", "test"})
_MOST = 4 << 20
_SPEC = re.compile(r"^    ([\w.-]+) \(([^)]+)\)$")
_NEEDED = re.compile(r"^      ([\w.-]+)")
_ASKED = re.compile(r"^  ([\w.-]+)")
_GROUP = re.compile(r"^[ \t]*group[ \t(]+(.*?)\)?[ \t]+do\b")
_GEM = re.compile(r"""^[ \t]*gem[ \t(]+["']([\w.-]+)["'](.*)""")
_INLINE = re.compile(r"\bgroups?(?::|\s*=>)\s*(\[[^\]]*\]|:\w+|[\"']\w+[\"'])")
_OPENS = re.compile(r"^[ \t]*(?:if|unless|case|begin)\b|\bdo\b(?:[ \t]*\|[^|]*\|)?$")
_NAME = re.compile(r"\w+")


class Installed(Struct, frozen=True, rename="kebab"):
    """What Composer 2 writes of a vendor directory."""

    packages: list[Any] = []
    dev_package_names: list[Any] = []


class Bundled:
    """Keeps what lock files name, as soon as they stay."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.spared = scene.once(spared)
        self.gems: defaultdict[str, list[Package]] = defaultdict(list)
        for package in scene.catalog.packages:
            if package.manager == "gem":
                self.gems[package.name].append(package)
        self.unlocked = not any(path.endswith(_LOCKS) and path not in scene.owners for path in scene.tree.nodes)

    def roots(self) -> Iterable[Root]:
        """Nothing by itself."""
        return ()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """All packages that a lock of the application names."""
        above, _, name = path.rpartition("/")
        if path in self.scene.imports:
            return
        if name in _LOCKS:
            asked = frozenset(_development(self._text(f"{above}/{_GEMFILES[name]}".lstrip("/"))))
            for package in self._locked(self._text(path), asked):
                yield from whole(self.scene, package, self.spared, Reason("need", f"{name} names it", path))
        elif f"/{path}".endswith(f"/{_INSTALLED}"):
            yield from self._installed(path)
        elif self.unlocked and _RUBY.fullmatch(path):
            for package in (package for found in self.gems.values() for package in found if self._is_chosen(package)):
                yield from whole(self.scene, package, self.spared, Reason("unit", "somebody installed it", path))

    def _is_chosen(self, package: Package) -> bool:
        """Whether a gem came neither with Ruby, beside whose default gems its record lies in one layer, nor with the
        system's packages.
        """
        record = next((path for path in package.paths if "/specifications/" in path), "")
        owner, nodes = self.scene.owners.get(record), self.scene.tree.nodes
        if not record or package.kind == "default" or (owner and owner.manager != "gem"):
            return False
        defaults = self.scene.tree.children.get(f"{record.rpartition('/')[0]}/default", ())
        return not defaults or nodes[record].layer != nodes[defaults[0]].layer

    def _text(self, path: str) -> str:
        entry = self.scene.entry(path)
        data = self.scene.files.read(entry.path, 0, _MOST) if entry and entry.kind == "file" else b""
        return data.decode("utf-8", "surrogateescape")

    def _locked(self, text: str, development: frozenset[str]) -> Iterator[Package]:
        """The gems that a lock leads to from what was asked for, except for what is for development alone."""
        versions, needs, asked = _lock(text)
        todo, seen = [name for name in asked if name not in development], set[str]()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += needs.get(name, ())
                found = self.gems.get(name, [])
                same = [package for package in found if package.version in versions.get(name, ())]
                yield from same or found

    def _installed(self, path: str) -> Iterator[Link]:
        """The packages of a vendor directory, by the record of Composer, which says which are for development."""
        try:
            names = msgspec.json.decode(self._text(path).encode("utf-8", "surrogateescape"), type=Installed)
        except (msgspec.MsgspecError, RecursionError):
            names = Installed()
        home = path.removesuffix("composer/installed.json")
        development = {name for name in names.dev_package_names if isinstance(name, str)}
        for package in self.scene.catalog.packages:
            if package.manager == "composer" and package.name not in development and _lies_in(package, home):
                yield from whole(self.scene, package, self.spared, Reason("need", "Composer autoloads it", path))


def _lies_in(package: Package, home: str) -> bool:
    return bool(package.paths) and package.paths[0].startswith(home)


def _lock(text: str) -> tuple[dict[str, set[str]], dict[str, list[str]], list[str]]:
    """Of a Gemfile.lock each gem's versions, what each gem needs, and what the Gemfile asks for."""
    versions: defaultdict[str, set[str]] = defaultdict(set)
    needs: defaultdict[str, list[str]] = defaultdict(list)
    asked: list[str] = []
    section = last = ""
    for line in text.splitlines():
        if line[:1].isalpha():
            section = line.strip()
        elif found := _SPEC.match(line):
            last = found[1]
            versions[last].add(found[2])
        elif found := _NEEDED.match(line):
            needs[last].append(found[1])
        elif section == "DEPENDENCIES" and (found := _ASKED.match(line)):
            asked.append(found[1])
    return versions, needs, asked


def _development(text: str) -> Iterator[str]:
    """The gems that a Gemfile has for development and tests alone; one that it has elsewhere too is not among them."""
    blocks: list[frozenset[str]] = []
    only: dict[str, bool] = {}
    for line in text.splitlines():
        bare = line.partition("#")[0].rstrip()
        if found := _GROUP.match(bare):
            blocks.append(frozenset(_NAME.findall(found[1])))
        elif gem := _GEM.match(bare):
            inline = _INLINE.search(gem[2])
            around = next((groups for groups in reversed(blocks) if groups), frozenset())
            groups = frozenset(_NAME.findall(inline[1])) if inline else around
            only[gem[1]] = only.get(gem[1], True) and bool(groups) and groups <= _DEVELOPMENT
        elif _OPENS.search(bare):
            blocks.append(frozenset())
        elif bare.strip() == "end" and blocks:
            blocks.pop()
    return (name for name, alone in only.items() if alone)
