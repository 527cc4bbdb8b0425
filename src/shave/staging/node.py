"""Node: the application with its modules on the slim image of the same version, or on the system's own Node."""

from shave.smaller_bases import smaller
from shave.staging.built import on, seen
from shave.staging.protocol import Building, Language, Refused, Runtime

_INSTALLS = frozenset({"install", "ci", "i", "run", "rebuild", "build", ""})
_LEAVES = (
    "{root,home/*}/{.npm,.cache,.node-gyp,.yarn}/**",
    "**/node_modules/.cache/**",
    "**/build/Release/{obj.target,.deps}/**",
)


def runtime(building: Building) -> Runtime | Refused:
    """By the image."""
    built = seen(building, _LEAVES)
    if isinstance(built, Refused):
        return built
    if all(built.owner(path) and built.is_new(path) for path in built.programs if path):
        return on(built, built.system)
    return on(built, next((each.name for each in smaller(building.base)), building.base))


NODE = Language("Node", dict.fromkeys(("npm", "yarn", "pnpm"), _INSTALLS), _LEAVES, runtime)
