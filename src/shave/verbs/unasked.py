"""Packages that nobody asked for: what came as a Recommends of what somebody did (thin evidence drops them).

Source: apt's documentation, apt-mark(8): ``Auto-Installed`` in extended_states.
"""

from collections import defaultdict

from shave.package import Package
from shave.scene import Scene


def unasked(scene: Scene) -> dict[str, str]:
    """The paths of packages outside the base that apt chose and no asked one depends on, with the rule for each."""
    packages = [package for package in scene.catalog.packages if package.manager == "dpkg"]
    if not any(package.asked is False for package in packages):
        return {}
    wanted = _wanted(packages, {id(package) for package in packages if package.asked or _in_base(scene, package)})
    return {
        path: f"{package.unit} came with another package and none depends on it"
        for package in packages
        if id(package) not in wanted
        for path in package.paths
        if scene.owners.get(path) is package and path in scene.tree and path not in scene.tree.children
    }


def _wanted(packages: list[Package], wanted: set[int]) -> set[int]:
    """All that the wanted ones depend on."""
    by_name: defaultdict[str, list[Package]] = defaultdict(list)
    for package in packages:
        by_name[f"dpkg:{package.name.partition(':')[0]}"].append(package)
    todo = [package for package in packages if id(package) in wanted]
    while todo:
        for unit in todo.pop().requires:
            for other in by_name[unit]:
                if id(other) not in wanted:
                    wanted.add(id(other))
                    todo.append(other)
    return wanted


def _in_base(scene: Scene, package: Package) -> bool:
    return any(path in scene.tree and scene.in_base(path) for path in package.paths if path not in scene.tree.children)
