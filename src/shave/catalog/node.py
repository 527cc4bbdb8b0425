"""Node packages: every ``package.json`` that stands where Node looks for a package, at any depth, pnpm's store too.

Sources: Node's documentation, "Modules: Loading from node_modules folders"; npm's documentation, package.json;
pnpm's documentation, "Symlinked node_modules structure". An application's own package.json is no package here.
"""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from msgspec import Struct

from shave.catalog.reading import Reading, strings
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.tree import Tree

RECORDS = ("**/node_modules/[^@.]*/package.json", "**/node_modules/@*/*/package.json")
_NAME = re.compile(r"(?:@[^/@\s\x00-\x1f]+/)?[^/@.\s\x00-\x1f][^/@\s\x00-\x1f]*")
_MOST = 1 << 20
"""Bytes of one manifest."""
_DEPENDENCY = 512
"""What a dependency costs in memory."""
_ALIAS = re.compile(r"npm:(@?[^@]+)")


class _Manifest(Struct, frozen=True, rename="camel"):
    name: Any = None
    version: Any = None
    dependencies: Any = None
    optional_dependencies: Any = None


def packages(files: Files) -> Iterator[Package | Unread]:
    """Every package, named and versioned as its manifest says, with all below its directory but other packages."""
    reading = Reading(files)
    roots: dict[str, _Manifest] = {}
    for root, found in reading.each(_roots(files.tree), lambda root: _manifest(reading, root)):
        if isinstance(found, Unread):
            yield found
        else:
            roots[root] = found
    names = {manifest.name for manifest in roots.values()}
    for _, package in reading.each(roots, lambda root: _package(reading, root, roots, names)):
        yield package


def _roots(tree: Tree) -> Iterator[str]:
    for directory in tree.children:
        if f"/{directory}".endswith("/node_modules"):
            for child in tree.children[directory]:
                first = child[len(directory) + 1]
                candidates = tree.children.get(child, ()) if first == "@" else (child,) if first != "." else ()
                yield from (root for root in candidates if f"{root}/package.json" in tree)


def _manifest(reading: Reading, root: str) -> _Manifest | None:
    manifest = reading.json(f"{root}/package.json", _Manifest, _MOST)
    reading.spend(
        _DEPENDENCY * sum(len(strings(each)) for each in (manifest.dependencies, manifest.optional_dependencies))
    )
    named = isinstance(manifest.name, str) and isinstance(manifest.version, str) and _NAME.fullmatch(manifest.name)
    return manifest if named else None


def _package(reading: Reading, root: str, roots: Mapping[str, _Manifest], names: Container[str]) -> Package:
    manifest = roots[root]
    optional = strings(manifest.optional_dependencies)
    needed = {
        name
        for alias, wanted in (strings(manifest.dependencies) | optional).items()
        if (name := _real_name(alias, wanted)) in names or alias not in optional
    }
    requires = tuple(sorted(f"node:{name}" for name in needed if _NAME.fullmatch(name)))
    return Package("node", manifest.name, manifest.version, reading.owned(reading.below(root, roots)), requires)


def _real_name(alias: str, wanted: str) -> str:
    found = _ALIAS.match(wanted)
    return found[1] if found else alias
