"""What a start of Node surely loads, one file after another, up to the first that it would not find.

Source: Node's documentation, "Modules: CommonJS modules" ("All together"), "Modules: ECMAScript modules" ("Resolution
algorithm") and "Modules: Packages" (conditional exports).
"""

import re
from collections.abc import Iterator
from functools import cache
from posixpath import dirname, join
from typing import Any

import msgspec
from msgspec import Struct

from shave.causes.node_imports import Load, certain
from shave.facts import load
from shave.needs import Files
from shave.tree import parents

_MOST_FILES, _DEEPEST = 1500, 100
_MOST_BYTES, _MOST_MANIFEST = 1 << 20, 1 << 20
_PACKAGE = re.compile(r"(?:@[\w.~-]+/)?[A-Za-z0-9_~-][\w.~-]*")
_ENDINGS = ("", ".js", ".json", ".node", ".cjs", ".mjs", ".ts")
_TYPED = (".ts", ".mts", ".cts", ".tsx")
_SYSTEM = ("usr/share/nodejs", "usr/lib/nodejs", "usr/lib/node_modules", "usr/local/lib/node")
_DEEPEST_CONDITIONS = 8


class Lost(Struct, frozen=True):
    """What the file ``by`` loads is nowhere: a package, or a file beside it (``name`` as written)."""

    name: str
    by: str


class Walk:
    """Follows what is loaded, in order. ``packages`` are the directories of packages by the first file that loads from
    them; ``addons`` the addons that are loaded by their own path.
    """

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files, self.tree = files, files.tree
        named = (part.strip("/") for part in environment.get("NODE_PATH", "").split(":"))
        self.everywhere = (*(part for part in named if part), *_SYSTEM)
        self.packages: dict[str, str] = {}
        self.addons: dict[str, str] = {}
        self.seen: set[str] = set()
        self.depth = 0

    def file(self, path: str) -> Iterator[Lost]:
        """What the file at a real path loads, and what that loads in turn."""
        if path in self.seen or len(self.seen) >= _MOST_FILES or self.depth >= _DEEPEST or path.endswith(".json"):
            return
        self.seen.add(path)
        self.depth += 1
        for each in certain(self.files.read(path, 0, _MOST_BYTES)):
            yield from self._loaded(each, path)
        self.depth -= 1

    def package(self, name: str, by: str) -> str | None:
        """The real directory of a package as a file at this path finds it."""
        above = (up for up in (*parents(by), "") if not f"/{up}".endswith("/node_modules"))
        for place in (*(f"{up}/node_modules".lstrip("/") for up in above), *self.everywhere):
            found = self.tree.resolve(f"/{place}/{name}").path
            if found in self.tree.children:
                return found
        return None

    def manifest(self, directory: str) -> dict[str, Any]:
        """The package.json of a directory; empty where there is none, or none that can be read."""
        path = self.tree.resolve(f"/{directory}/package.json").path
        entry = self.tree.get(path) if path else None
        if path is None or entry is None or entry.kind != "file" or entry.size > _MOST_MANIFEST:
            return {}
        try:
            return msgspec.json.decode(self.files.read(path).removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return {}

    def _loaded(self, what: Load, by: str) -> Iterator[Lost]:
        if what.name.startswith((".", "/")):
            yield from self._beside(what.name, by)
            return
        found = _PACKAGE.match(what.name)
        if not found or what.name.startswith("node:") or found[0] in _built_in():
            return
        directory = self.package(found[0], by)
        if directory is None:
            if not self._is_own(found[0], by):
                yield Lost(found[0], by)
            return
        self.packages.setdefault(directory, by)
        entry = self._entry(directory, what.name[len(found[0]) :].strip("/"), what.is_import)
        if entry:
            yield from self.file(entry)

    def _beside(self, name: str, by: str) -> Iterator[Lost]:
        found = self.resolved(join("/", dirname(by), name))
        if found is None and not by.endswith(_TYPED):  # of those a compiler takes ".js" for ".ts"
            yield Lost(name, by)
        elif found is None:
            return
        elif found.endswith(".node"):
            self.addons.setdefault(found, by)
        else:
            yield from self.file(found)

    def resolved(self, path: str) -> str | None:
        """The file that an absolute path means, as ``require`` completes it."""
        candidates = [f"{path}{ending}" for ending in _ENDINGS]
        if (directory := self.tree.resolve(path).path) in self.tree.children:
            main = self.manifest(directory or "").get("main")
            candidates = [f"{path}/{main}{ending}" for ending in (*_ENDINGS, "/index.js")] if _is_path(main) else []
            candidates += [f"{path}/index{ending}" for ending in _ENDINGS[1:]]
            candidates += [f"{path.rstrip('/')}{ending}" for ending in _ENDINGS[1:]]
        for candidate in candidates:
            real = self.tree.resolve(candidate).path
            entry = self.tree.get(real) if real else None
            if entry and entry.kind == "file":
                return real
        return None

    def _entry(self, directory: str, below: str, is_import: bool) -> str | None:
        """The file of a package that is meant; None if that cannot be told."""
        exports = self.manifest(directory).get("exports")
        if exports is None:
            return self.resolved(f"/{directory}/{below}".rstrip("/"))
        key = f"./{below}" if below else "."
        is_map = isinstance(exports, dict) and any(str(each).startswith(".") for each in exports)
        target = _target(exports.get(key) if is_map else exports if key == "." else None, is_import)
        return self.tree.resolve(f"/{directory}/{target}").path if target else None

    def _is_own(self, name: str, by: str) -> bool:
        """Whether a file names the package that it is in itself."""
        return any(self.manifest(up).get("name") == name for up in (*parents(by), ""))


def _target(value: Any, is_import: bool, depth: int = 0) -> str:
    """The path of the first condition that holds."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and depth < _DEEPEST_CONDITIONS:
        holding = ("node", "import" if is_import else "require", "default", "module-sync", "node-addons")
        return next(
            (found for key in value if key in holding and (found := _target(value[key], is_import, depth + 1))), ""
        )
    return ""


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value and value != ""


@cache
def _built_in() -> frozenset[str]:
    return frozenset(load("node")["modules"]["names"])
