"""Packages that nobody asked for: what came as a Recommends of what somebody did (thin evidence drops them).

Source: apt's documentation, apt-mark(8): ``Auto-Installed`` in extended_states.
"""

from shave.scene import Scene


def unasked(scene: Scene) -> dict[str, str]:
    """The paths of packages outside the base that apt chose and no asked one depends on, with the rule for each."""
    packages = [package for package in scene.catalog.packages if package.manager == "dpkg"]
    if not any(package.asked is False for package in packages):
        return {}
    asked = [package for package in packages if package.asked or scene.of_base(package)]
    wanted = {id(package) for package in scene.depends(*asked)}
    return {
        path: f"a part of {package.unit}, which nobody asked for"
        for package in packages
        if id(package) not in wanted
        for path in package.paths
        if scene.owners.get(path) is package and path in scene.tree and path not in scene.tree.children
    }
