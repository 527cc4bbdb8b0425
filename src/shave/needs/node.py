"""What Node packages and applications need: the packages that their manifests declare, and those that their code names.

A package is kept whole by its unit, so of packages only ``package.json`` is read: ``dependencies``,
``optionalDependencies`` (native addons of one platform such as ``@img/sharp-linux-x64``) and ``peerDependencies``, each
resolved as Node resolves it from where that manifest really is. An optional peer that the application has for
development alone does not count, nor do ``devDependencies`` ever. Of an application's own code the constant names in
``require``, ``import`` and ``export … from`` count too.

Sources: Node's documentation, "Modules: CommonJS modules", "All together" and "Loading from the global folders"; npm's
documentation, package.json; Debian's nodejs package, README.Debian (directories below /usr/share/nodejs); Yarn's
documentation, "Plug'n'Play".
"""

import re
from collections.abc import Iterable, Iterator
from posixpath import join, normpath
from typing import Any

import msgspec
from msgspec import Struct

from shave.needs.protocol import Files
from shave.reason import Link, Reason
from shave.tree import parents

MOST_BYTES = 16 << 20
"""Of one source: bundles of whole applications are smaller."""
_MANIFEST_BYTES = 1 << 20
_NAMES = 4096
"""More names than any manifest or bundle has."""
_SOURCES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx", ".vue", ".svelte")
_SCRIPT = re.compile(rb"#![^\n]*\b(?:node|nodejs|bun|tsx|ts-node)\b")
_NAMED = re.compile(
    rb"(?:\brequire(?:\.resolve)?\s{0,8}\(|\bimport\s{0,8}\(?|\bfrom)\s{0,8}[\"'`]((?:@[\w.~-]+/)?[A-Za-z0-9_~-][\w.~-]*)(?:/[^\"'`\n]{0,200})?[\"'`]"
)
_NAME = re.compile(r"(?:@[\w.~-]+/)?[A-Za-z0-9_~-][\w.~-]*")
_ZIPPED = re.compile(rb"(?<=[\"'])[^\"'\n]{0,1024}?\.yarn/(?:berry/)?(?:cache|unplugged)/[^\"'/\n]{1,255}")
"""Of the project, or of the user: the latter is what ``enableGlobalCache`` says, which Yarn 4 has by default."""
_SYSTEM = ("usr/share/nodejs", "usr/lib/nodejs", "usr/lib/node_modules", "usr/local/lib/node")


class _Manifest(Struct, frozen=True, rename="camel"):
    name: Any = None
    bin: Any = None
    dependencies: Any = None
    optional_dependencies: Any = None
    peer_dependencies: Any = None
    peer_dependencies_meta: Any = None
    dev_dependencies: Any = None


class Node:
    """The packages that a manifest or a source of an application leads to."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files, self.tree = files, files.tree
        named = (part.strip("/") for part in environment.get("NODE_PATH", "").split(":"))
        self.everywhere = (*(part for part in named if part), *_SYSTEM)
        self.manifests: dict[str, _Manifest] = {}
        self.resolved: dict[tuple[str, str], str] = {}

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """The ``package.json`` of each package that is there."""
        if path.rpartition("/")[2] == "package.json":
            yield from self._packages(path, self._declared(path), "depends on")
            yield from self._commands(path)
        elif "node_modules/" not in path and (path.endswith(_SOURCES) or _SCRIPT.match(head)):
            source = self.files.read(path, 0, MOST_BYTES)
            names = dict.fromkeys(name.decode() for name in _NAMED.findall(source))
            yield from self._packages(path, names, "imports")
            if path.rpartition("/")[2].startswith(".pnp."):
                yield from self._zipped(path, source)

    def _packages(self, path: str, names: Iterable[str], verb: str) -> Iterator[Link]:
        directory = path.rpartition("/")[0]
        for name in list(names)[:_NAMES]:
            if target := self._resolve(directory, name):
                yield Link(target, Reason("need", f"{verb} {name}", path))

    def _declared(self, path: str) -> Iterator[str]:
        manifest = self._manifest(path)
        peers, optional = _names(manifest.peer_dependencies), _optional(manifest.peer_dependencies_meta)
        yield from dict.fromkeys((*_names(manifest.dependencies), *_names(manifest.optional_dependencies)))
        development = self._development(path) if optional else frozenset()
        yield from (name for name in (*peers, *optional) if name not in optional or name not in development)

    def _development(self, path: str) -> frozenset[str]:
        """What the application around a package has for its development alone."""
        application = f"{path.partition('node_modules/')[0]}package.json"
        manifest = self._manifest(application) if application != path else _Manifest()
        return frozenset(_names(manifest.dev_dependencies)) - frozenset(_names(manifest.dependencies))

    def _commands(self, path: str) -> Iterator[Link]:
        """Where npm made a package's programs known to shells. Source: npm's documentation, folders, "Executables"."""
        above, modules, _ = path.rpartition("node_modules/")
        manifest = self._manifest(path)
        names = manifest.bin if isinstance(manifest.bin, dict) else [manifest.name] if manifest.bin else ()
        for name in (str(name).rpartition("/")[2] for name in list(names)[:_NAMES] if modules):
            for place in (f"{above}{modules}.bin/{name}", f"{above.removesuffix('lib/')}bin/{name}"):
                if place in self.tree:
                    yield Link(place, Reason("need", f"starts by the name {name}", path))

    def _resolve(self, directory: str, name: str) -> str:
        """The file to keep of the package that ``name`` means in a directory; "" if there is none."""
        key = (directory, name)
        if key not in self.resolved:
            above = (up for up in (directory, *parents(directory), "") if not f"/{up}".endswith("/node_modules"))
            places = (*(f"{up}/node_modules".lstrip("/") for up in dict.fromkeys(above)), *self.everywhere)
            files = (f"{place}/{name}{suffix}" for place in places for suffix in ("/package.json", "/index.js", ".js"))
            self.resolved[key] = next((file for file in files if self.tree.resolve(file).path), "")
        return self.resolved[key]

    def _manifest(self, path: str) -> _Manifest:
        if path not in self.manifests:
            self.manifests[path] = self._read(path)
        return self.manifests[path]

    def _read(self, path: str) -> _Manifest:
        entry = self.tree.get(path)
        if entry is None or entry.kind != "file" or entry.size > _MANIFEST_BYTES:
            return _Manifest()
        try:
            return msgspec.json.decode(self.files.read(path).removeprefix(b"\xef\xbb\xbf"), type=_Manifest)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return _Manifest()

    def _zipped(self, path: str, source: bytes) -> Iterator[Link]:
        """The packages that Yarn loads out of archives."""
        for name in dict.fromkeys(_ZIPPED.findall(source)):
            target = normpath(join("/", path.rpartition("/")[0], name.decode("utf-8", "surrogateescape")))
            yield Link(target.strip("/"), Reason("need", "loads packages from it", path))


def _names(value: Any) -> list[str]:
    """The names of packages that an object of a manifest has."""
    return [name for name in value if _NAME.fullmatch(name)] if isinstance(value, dict) else []


def _optional(value: Any) -> frozenset[str]:
    """The peers that a package does without. Source: npm's documentation, peerDependenciesMeta."""
    known = value.items() if isinstance(value, dict) else ()
    return frozenset(name for name, meta in known if isinstance(meta, dict) and meta.get("optional") is True)
