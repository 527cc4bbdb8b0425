"""Node's packages for development: the command that takes them away behind the build, where nothing started needs them.

Sources: npm-prune(1); pnpm prune; Yarn 1, yarn install --production.
"""

import re
from collections.abc import Mapping, Sequence
from posixpath import join

import msgspec

from shave.directories import directories, workdir
from shave.recipe import Call, Step
from shave.staging.built import Built
from shave.staging.protocol import Building, Closing

_COMMANDS = {
    "npm": "npm prune --omit=dev",
    "pnpm": "pnpm prune --prod",
    "yarn": "yarn install --production --ignore-scripts --prefer-offline",
}
_VERBS = frozenset({"", "install", "i", "ci", "clean-install"})
_GLOBAL = ("-g", "--global", "--location")
_CHANGES = ("USER", "ONBUILD")
_PLAIN = re.compile(r"[\w./@+-]+", re.ASCII)
_MOST_MANIFEST = 1 << 20


class _Manifest(msgspec.Struct, frozen=True):
    scripts: dict[str, str] = {}
    development: dict[str, str] = msgspec.field(default={}, name="devDependencies")


def closing(built: Built) -> Closing | None:
    """The commands behind the last RUN, if that runs as who installed the packages."""
    building = built.building
    runs = [step for step in building.steps if step.keyword == "RUN"]
    places = _places(building, runs)
    if not places:
        return None
    here = workdir(building.recipe, runs[-1]).strip("/")
    commands: list[str] = []
    for place, tool in places.items():
        if _is_left(built, place):
            commands += [*([] if place == here else [f"cd /{place}"]), _COMMANDS[tool]]
            here = place
    return Closing(runs[-1].number, " && ".join(commands)) if commands else None


def _places(building: Building, runs: Sequence[Step]) -> Mapping[str, str]:
    """The directories in which all that package.json says is installed, with the tool; none where that is not known."""
    calls = [(step, call, here) for step in runs for call, here in directories(building.recipe, step)]
    found = [(step, call.tool, here) for step, call, here in calls if _installs(call)]
    if not found or not all(here is not None and _PLAIN.fullmatch(here) for _, _, here in found):
        return {}
    between = building.steps[building.steps.index(found[0][0]) : building.steps.index(runs[-1])]
    if any(each.keyword in _CHANGES for each in between):
        return {}
    return {(here or "").strip("/"): tool for _, tool, here in found}


def _is_left(built: Built, place: str) -> bool:
    """Whether packages for development are there, and nothing that is started may need them."""
    manifest = _manifest(built, place)
    is_installed = any(join(place, "node_modules", name) in built.tree for name in manifest.development)
    return is_installed and join(place, ".yarnrc.yml") not in built.tree and _starts_without(built, manifest)


def _installs(call: Call) -> bool:
    """Whether it installs what package.json says: by a package's name, or for all, it is no application's."""
    return call.tool in _COMMANDS and call.verb in _VERBS and not call.targets and not call.has(*_GLOBAL)


def _manifest(built: Built, place: str) -> _Manifest:
    """What package.json says; nothing of one that cannot be read."""
    path = built.tree.resolve(join(place, "package.json")).path
    text = built.scene.files.read(path, 0, _MOST_MANIFEST) if path else b"{}"
    try:
        return msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=_Manifest)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError):
        return _Manifest()


def _starts_without(built: Built, manifest: _Manifest) -> bool:
    """Whether all that is started is a file for node, or no program of Node's at all."""
    lines = [call.words for step in built.building.started for call in step.calls]
    scripts = [manifest.scripts.get("start", "").split() if line[1:] == ("start",) else line for line in lines]
    return all(_is_without(built, line) for line in scripts if line)


def _is_without(built: Built, line: Sequence[str | None]) -> bool:
    """A tool by name may be one for development."""
    if line[0] == "node":
        return len(line) > 1 and not (line[1] or "-").startswith("-")
    path = built.program(line[0] or "")
    if path is None or line[0] in (*_COMMANDS, "npx") or "node_modules" in path:
        return False
    first = built.scene.head(path).split(b"\n", 1)[0]
    return not (first.startswith(b"#!") and (b"node" in first or b"sh" in first))
