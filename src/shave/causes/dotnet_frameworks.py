"""Which shared framework .NET's host takes for one that is asked for.

Source: .NET's docs/design/features/framework-version-resolution.md (which version may be taken for which),
sharedfx-lookup.md and install-location.md (where they are looked for).
"""

import re
from collections.abc import Iterator, Mapping
from posixpath import basename, join

from msgspec import Struct

from shave.catalog.dotnet import Framework, Options
from shave.needs import Files

_SETTINGS = ("disable", "latestpatch", "minor", "latestminor", "major", "latestmajor")
_OF_CANDIDATE = {0: "latestpatch", 1: "minor", 2: "major"}
_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([^+]*))?(?:\+.*)?")
_LOCATIONS = ("/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/usr/local/share/dotnet")
"""Where Microsoft's host looks, and those of distributions, which have that built in."""
_MOST = 4096


class Version(Struct, frozen=True, order=True):
    """A version of a framework, ordered as SemVer has it: ``final`` is False before a release."""

    major: int
    minor: int
    patch: int
    final: bool = True


def version(text: str) -> Version | None:
    """None for what is no version."""
    found = _VERSION.fullmatch(text)
    return Version(int(found[1]), int(found[2]), int(found[3]), found[4] is None) if found else None


def setting(asked: Framework, options: Options, environment: Mapping[str, str], said: str) -> str:
    """How far may be rolled forward, by the command line (``said``), a variable, or the runtimeconfig."""
    candidate = options.roll_forward_on_no_candidate_fx
    older = "" if candidate is None else _OF_CANDIDATE.get(candidate, "")
    written = (said, environment.get("DOTNET_ROLL_FORWARD", ""), asked.roll_forward, options.roll_forward, older)
    return next((each.lower() for each in written if each.lower() in _SETTINGS), "minor")


def accepts(wanted: Version, found: Version, roll: str) -> bool:
    """Whether a version may be taken where another is wanted."""
    if roll == "disable":
        return found == wanted
    same = {"latestpatch": 2, "minor": 1, "latestminor": 1}.get(roll, 0)
    return found >= wanted and (found.major, found.minor)[:same] == (wanted.major, wanted.minor)[:same]


def has_host(files: Files, root: str) -> bool:
    """Whether a ``dotnet`` directory has the library that every host loads first."""
    return any(f"{path}/libhostfxr.so" in files.tree for path in files.tree.children.get(f"{root}/host/fxr", ()))


def available(files: Files, root: str, name: str) -> dict[str, Version]:
    """The versions of a framework below a ``dotnet`` directory, by their directories."""
    directories = files.tree.children.get(f"{root}/shared/{name}", ())[:_MOST]
    known = ((path, version(basename(path))) for path in directories if f"{path}/{name}.deps.json" in files.tree)
    return {path: found for path, found in known if found}


def nearest(paths: list[str]) -> str:
    """Of the directories of versions that may be taken that of the lowest minor, and of this the newest."""
    found = {path: version(basename(path)) or Version(0, 0, 0) for path in paths}
    return min(
        paths, key=lambda path: (found[path].major, found[path].minor, -found[path].patch, not found[path].final)
    )


def roots(files: Files, environment: Mapping[str, str]) -> Iterator[str]:
    """Where an application's own host looks for ``dotnet``, the real paths that are there."""
    written = [value for name, value in environment.items() if re.fullmatch(r"DOTNET_ROOT(?:_\w+)?", name) and value]
    named = [_text(files, f"/etc/dotnet/{name}").strip() for name in ("install_location_x64", "install_location")]
    places = written or [*(each for each in named if each), *_LOCATIONS]
    yield from dict.fromkeys(real for place in places if (real := files.tree.resolve(join("/", place)).path))


def _text(files: Files, path: str) -> str:
    real = files.tree.resolve(path).path
    entry = files.tree.get(real) if real else None
    return files.read(real, 0, 4096).decode("utf-8", "replace") if real and entry and entry.kind == "file" else ""
