"""Ruby gems, from the specification that RubyGems writes of each; nothing of it is run.

Source: RubyGems' Gem::Specification#to_ruby (the ``# stub:`` line, one assignment a line), Gem::BasicSpecification
(where a gem's files lie) and Gem::Specification.default_specifications_dir.
"""

import re
from collections.abc import Iterator

from shave.catalog.reading import Reading
from shave.needs.protocol import Files
from shave.package import Package, Unread
from shave.tree import Tree

RECORDS = ("**/specifications/*.gemspec", "**/specifications/default/*.gemspec")
_STUB = re.compile(r"^# stub: (\S+) (\S+) (\S+) ", re.MULTILINE)
_NAME = re.compile(r"""^[ \t]*s\.name\s*=\s*["']([\w.-]+)["']""", re.MULTILINE)
_VERSION = re.compile(r"""^[ \t]*s\.version\s*=\s*(?:Gem::Version\.new\(?\s*)?["']([\w.-]+)["']""", re.MULTILINE)
_PLATFORM = re.compile(r"""^[ \t]*s\.platform\s*=\s*["']([\w.-]+)["']""", re.MULTILINE)
_NEEDED = re.compile(
    r"""^[ \t]*s\.add_((?:runtime_|development_)?)dependency\(?\s*(?:%q<|["'])([\w.-]+)""", re.MULTILINE
)


def packages(files: Files) -> Iterator[Package | Unread]:
    """Every gem; a version for one platform is followed by it. ``kind`` is "default" for those that come with Ruby."""
    reading = Reading(files)
    for _, found in reading.each(_specifications(files.tree), lambda path: _package(reading, path)):
        yield found


def _specifications(tree: Tree) -> Iterator[str]:
    for directory, children in tree.children.items():
        if f"/{directory}".endswith(("/specifications", "/specifications/default")):
            yield from (path for path in children if path.endswith(".gemspec"))


def _package(reading: Reading, path: str) -> Package:
    directory, _, file = path.rpartition("/")
    text = reading.text(path)
    name, version = _named(text)
    full = file.removesuffix(".gemspec")
    if full != f"{name}-{version}":
        raise ValueError("it is no specification of the gem that it is named after")
    default = directory.endswith("/default")
    home = directory.removesuffix("/default").rpartition("/")[0]
    # for a RubyGems of old all of them follow once more, those for development like the others
    needed = {name: kind for kind, name in reversed(_NEEDED.findall(text))}
    requires = sorted(f"gem:{name}" for name, kind in needed.items() if kind != "development_")
    paths = reading.owned((path, *_paths(reading, home, full)))
    return Package("gem", name, version, paths, tuple(requires), kind="default" if default else "")


def _named(text: str) -> tuple[str, str]:
    """Name and version, the latter with a platform that is not Ruby itself."""
    if stub := _STUB.search(text):
        name, version, platform = stub.groups()
    else:
        name, version, platform = (found[1] if (found := each.search(text)) else "" for each in _FIELDS)
    return name, version if platform in ("", "ruby") else f"{version}-{platform}"


_FIELDS = (_NAME, _VERSION, _PLATFORM)


def _paths(reading: Reading, home: str, full: str) -> Iterator[str]:
    """All that RubyGems puts anywhere for one gem, except for the wrappers of its programs."""
    at = f"{home}/".lstrip("/")
    yield from reading.below(f"{at}gems/{full}")
    yield from reading.below(f"{at}doc/{full}")
    yield from reading.below(f"{at}cache/{full}.gem")
    yield from reading.below(f"{at}build_info/{full}.info")
    children = reading.tree.children
    for platform in children.get(f"{at}extensions", ()):
        for abi in children.get(platform, ()):
            yield from reading.below(f"{abi}/{full}")
