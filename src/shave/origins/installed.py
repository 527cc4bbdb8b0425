"""The records of what is installed, for whoever reads an image afterwards: scanners, and dpkg where it is in the image.

Without dpkg there is a file for each package in ``status.d``, as distroless has it, with ``.md5sums`` beside it and the
list of its files where dpkg keeps lists. With dpkg there are dpkg's own files. Sources: dpkg(1) "FILES",
deb-md5sums(5); distroless, "Package Metadata".
"""

import hashlib
from collections.abc import Iterator, Mapping

from shave.stage import Made, Stage
from shave.tree import Entry, parents

DATABASE = "var/lib/dpkg"
Controls = Mapping[str, Mapping[str, str]]
"""The fields of each package's control file, as written, by unit."""

_PIECE = 1 << 20
_DPKG = "dpkg:dpkg"


def records(stage: Stage, controls: Controls, mtime: int) -> Iterator[Made]:
    """The files of the database, parents first. ``controls`` are the fields of the packages' control files by unit."""
    owned = _owned(stage, controls)
    found = dict(_dpkg(stage, controls, owned) if _DPKG in controls else _status_d(stage, controls, owned))
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


def _status_d(stage: Stage, controls: Controls, owned: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for unit, control in controls.items():
        name = control["Package"]
        record, place = f"{DATABASE}/status.d/{name}", f"{DATABASE}/info/{name}.list"
        yield record, _installed(control)
        yield f"{record}.md5sums", _md5sums(stage, unit, owned[unit])
        yield place, _list([*owned[unit], record, f"{record}.md5sums", place])


def _dpkg(stage: Stage, controls: Controls, owned: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    shared = {_DPKG: [f"{DATABASE}/status", f"{DATABASE}/info/format"]}
    yield f"{DATABASE}/status", "\n".join(map(_installed, controls.values()))
    yield f"{DATABASE}/info/format", "1\n"
    for unit, paths in owned.items():
        place = f"{DATABASE}/info/{unit.removeprefix('dpkg:')}"
        yield f"{place}.md5sums", _md5sums(stage, unit, paths)
        yield f"{place}.list", _list([*paths, *shared.get(unit, ()), f"{place}.list", f"{place}.md5sums"])


def _installed(control: Mapping[str, str]) -> str:
    """The paragraph with the state that dpkg gives a package of which all is done."""
    fields = {**control, "Status": "install ok installed"}
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _list(paths: list[str]) -> str:
    return "".join(f"/{path}\n" for path in (".", *paths))


def _md5sums(stage: Stage, unit: str, paths: list[str]) -> str:
    """Of what the package brought: what its scripts make may change (deb-md5sums(5), dpkg(1) "--verify")."""
    brought = _brought(stage, unit)
    nodes = (stage.tree.nodes[path] for path in paths)
    files = (node.entry.path for node in nodes if node.entry.kind == "file" and node.layer == brought)
    return "".join(f"{_md5(stage, path)}  {path}\n" for path in files)


def _brought(stage: Stage, unit: str) -> int | None:
    """The stratum of the package's own files: the lowest of its unit but for links that merge /usr."""
    for number, stratum in enumerate(stage.strata):
        if stratum.unit == unit and any(entry.kind == "file" for entry in stratum.plain.index.entries):
            return number
    return None


def _md5(stage: Stage, path: str) -> str:
    found = hashlib.md5(usedforsecurity=False)
    for at in range(0, stage.tree.nodes[path].entry.size, _PIECE):
        found.update(stage.read(path, at, _PIECE))
    return found.hexdigest()
