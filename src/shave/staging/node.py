"""Node: the application with its modules on the slim image of the same version, or on the system's own Node."""

from msgspec.structs import replace

from shave.smaller_bases import smaller
from shave.staging.built import seen
from shave.staging.last import on
from shave.staging.protocol import Building, Language, Refused, Runtime
from shave.staging.pruning import closing

_INSTALLS = frozenset({"install", "ci", "i", "run", "rebuild", "build"})
_LEAVES = (
    "{root,home/*}/{.npm,.cache,.node-gyp,.yarn,.local/share/pnpm,.local/state/pnpm}/**",
    "**/node_modules/{.cache/**,**/__pycache__/**}",
    "**/build/Release/{obj.target,.deps}/**",
)
_INSTALLERS = {
    "npm": ("usr/local/lib/node_modules/npm/**", "usr/local/bin/{npm,npx}"),
    "yarn": ("usr/local/lib/node_modules/yarn/**", "usr/local/bin/{yarn,yarnpkg}"),
    "pnpm": ("usr/local/lib/node_modules/pnpm/**", "usr/local/bin/{pnpm,pnpx}"),
}
"""What only the build needs, where nothing of it is started."""


def runtime(building: Building) -> Runtime | Refused:
    """By the image."""
    words = {word for step in building.started for call in step.calls for word in call.words}
    left = [glob for tool, globs in _INSTALLERS.items() if tool not in words for glob in globs]
    built = seen(building, (*_LEAVES, *left))
    if isinstance(built, Refused):
        return built
    is_of_system = all(built.owner(path) and built.is_new(path) for path in built.programs if path)
    language = next((each.name for each in smaller(building.base)), building.base)
    found = on(built, built.system if is_of_system else language)
    return found if isinstance(found, Refused) else replace(found, closing=closing(built))


NODE = Language(
    "Node",
    # Yarn alone installs
    {**dict.fromkeys(_INSTALLERS, _INSTALLS), "yarn": _INSTALLS | {""}},
    _LEAVES,
    runtime,
    of_packages=True,
)
