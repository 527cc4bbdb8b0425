"""The records of what is installed, for whoever reads an image afterwards: scanners, and dpkg where it is in the image.

Without dpkg there is a file for each package in ``status.d``, as distroless has it, with ``.md5sums`` beside it and the
list of its files where dpkg keeps lists. With dpkg there are dpkg's own files. Sources: dpkg(1) "FILES",
deb-md5sums(5); distroless, "Package Metadata".
"""

import hashlib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from shave.stage import Made, Stage
from shave.tree import Entry, parents

DATABASE = "var/lib/dpkg"
Controls = Mapping[str, Mapping[str, str]]
"""The fields of each package's control file, as written, by unit."""
Conffiles = Mapping[str, tuple[str, ...]]
"""The paths of each package's configuration files in the image, by unit."""

_PIECE = 1 << 20
_DPKG = "dpkg:dpkg"


class _Package(Struct, frozen=True):
    """What the records say of a package: its control file's fields, its visible paths, the MD5 digests of what it
    brought by path, its configuration files apart.
    """

    control: Mapping[str, str]
    paths: list[str]
    digests: dict[str, str]
    conffiles: dict[str, str]


def records(stage: Stage, controls: Controls, conffiles: Conffiles, mtime: int) -> Iterator[Made]:
    """The files of the database, parents first. ``controls`` are the fields of the packages' control files by unit."""
    owned = _owned(stage, controls)
    packages = {unit: _package(stage, unit, controls[unit], conffiles.get(unit, ()), owned[unit]) for unit in controls}
    found = dict(_dpkg(packages) if _DPKG in packages else _status_d(packages))
    directories = {above for path in found for above in parents(path) if above not in stage.tree}
    for path in sorted({*directories, *found}):
        if path in found:
            body = found[path].encode("utf-8", "surrogateescape")
            yield Entry(path, "file", 0o644, mtime=mtime, size=len(body)), body
        else:
            yield Entry(path, "directory", 0o755, mtime=mtime), b""


def _owned(stage: Stage, controls: Controls) -> dict[str, list[str]]:
    """The visible paths of each package: what it brought, directories too, and what its scripts would have made."""
    owned: dict[str, set[str]] = {unit: set() for unit in controls}
    for path, node in stage.tree.nodes.items():
        unit = stage.strata[node.layer].unit if path else ""
        if unit in owned:
            owned[unit].update((path, *parents(path)))
    return {unit: sorted(paths) for unit, paths in owned.items()}


def _package(
    stage: Stage, unit: str, control: Mapping[str, str], conffiles: tuple[str, ...], paths: list[str]
) -> _Package:
    """What scripts make has no digest, since it may change (dpkg(1) "--verify")."""
    brought = _brought(stage, unit)
    nodes = (stage.tree.nodes[path] for path in paths)
    files = (node.entry.path for node in nodes if node.entry.kind == "file" and node.layer == brought)
    digests = {path: _md5(stage, path) for path in files}
    return _Package(control, paths, digests, {path: digests.pop(path) for path in conffiles if path in digests})


def _brought(stage: Stage, unit: str) -> int | None:
    """The stratum of the package's own files: the lowest of its unit but for links that merge /usr."""
    for number, stratum in enumerate(stage.strata):
        if stratum.unit == unit and any(entry.kind == "file" for entry in stratum.plain.index.entries):
            return number
    return None


def _status_d(packages: Mapping[str, _Package]) -> Iterator[tuple[str, str]]:
    for package in packages.values():
        name = package.control["Package"]
        record, place = f"{DATABASE}/status.d/{name}", f"{DATABASE}/info/{name}.list"
        yield record, _installed(package)
        yield f"{record}.md5sums", _md5sums(package)
        yield place, _list([*package.paths, record, f"{record}.md5sums", place])


def _dpkg(packages: Mapping[str, _Package]) -> Iterator[tuple[str, str]]:
    shared = {_DPKG: [f"{DATABASE}/status", f"{DATABASE}/info/format"]}
    yield f"{DATABASE}/status", "\n".join(map(_installed, packages.values()))
    yield f"{DATABASE}/info/format", "1\n"
    for unit, package in packages.items():
        place = f"{DATABASE}/info/{unit.removeprefix('dpkg:')}"
        yield f"{place}.md5sums", _md5sums(package)
        yield f"{place}.list", _list([*package.paths, *shared.get(unit, ()), f"{place}.list", f"{place}.md5sums"])


def _installed(package: _Package) -> str:
    """The paragraph with the state that dpkg gives a package of which all is done."""
    conffiles = "".join(f"\n /{path} {digest}" for path, digest in package.conffiles.items())
    fields = {**package.control, "Status": "install ok installed"}
    written = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"{written}Conffiles:{conffiles}\n" if conffiles else written


def _list(paths: list[str]) -> str:
    return "".join(f"/{path}\n" for path in (".", *paths))


def _md5sums(package: _Package) -> str:
    """Configuration files are in the paragraph (deb-md5sums(5))."""
    return "".join(f"{digest}  {path}\n" for path, digest in package.digests.items())


def _md5(stage: Stage, path: str) -> str:
    found = hashlib.md5(usedforsecurity=False)
    for at in range(0, stage.tree.nodes[path].entry.size, _PIECE):
        found.update(stage.read(path, at, _PIECE))
    return found.hexdigest()
