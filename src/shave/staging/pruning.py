"""Node's packages for development: the command that takes them away behind the build, where nothing started needs them.

Sources: npm-prune(1); pnpm prune; Yarn 1, yarn install --production.
"""

from posixpath import join

import msgspec

from shave.directories import workdir
from shave.recipe import Call
from shave.staging.built import Built
from shave.staging.protocol import Building, Closing

_COMMANDS = {
    "npm": "npm prune --omit=dev",
    "pnpm": "pnpm prune --prod",
    "yarn": "yarn install --production --ignore-scripts --prefer-offline",
}
_VERBS = frozenset({"", "install", "i", "ci", "clean-install"})
_GLOBAL = ("-g", "--global", "--location")
_CHANGES = ("USER", "WORKDIR", "ONBUILD")
_MOST_MANIFEST = 1 << 20


class _Manifest(msgspec.Struct, frozen=True):
    scripts: dict[str, str] = {}
    development: dict[str, str] = msgspec.field(default={}, name="devDependencies")


def closing(built: Built) -> Closing | None:
    """The command behind the last RUN, if that runs where the packages were installed, and as the same user."""
    found = _last(built.building)
    if found is None:
        return None
    tool, place, step = found
    manifest = _manifest(built, place)
    is_installed = any(join(place, "node_modules", name) in built.tree for name in manifest.development)
    if not is_installed or not _starts_without(built, manifest) or join(place, ".yarnrc.yml") in built.tree:
        return None
    return Closing(step, _COMMANDS[tool])


def _last(building: Building) -> tuple[str, str, int] | None:
    """The tool that installs, its directory, and the last RUN; None if that runs elsewhere, or as somebody else."""
    runs = [step for step in building.steps if step.keyword == "RUN"]
    installs = [(step, call) for step in runs for call in step.calls if _installs(call)]
    if not installs or any(call.tool == "cd" for call in building.calls):
        return None
    step, call = installs[-1]
    between = building.steps[building.steps.index(step) : building.steps.index(runs[-1])]
    if any(each.keyword in _CHANGES for each in between):
        return None
    return call.tool, workdir(building.recipe, step).strip("/"), runs[-1].number


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
    """Whether all that is started is a file for node: a tool by name may be one for development."""
    lines = [call.words for step in built.building.started for call in step.calls]
    scripts = [manifest.scripts.get("start", "").split() if line[1:] == ("start",) else line for line in lines]
    return all(len(line) > 1 and line[0] == "node" and not (line[1] or "-").startswith("-") for line in scripts if line)
