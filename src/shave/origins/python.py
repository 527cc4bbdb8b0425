"""Python wheels as strata: what pip would install, where Debian's Python looks for it, without bytecode.

Debian's Python has /usr/local/lib/pythonX.Y/dist-packages on its path (Debian Python Policy, "Module Path"). Sources:
packaging.python.org, "Binary distribution format" and "Recording installed projects"; of pip
``_internal/operations/install/wheel.py``, whose launchers these are.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from posixpath import relpath

from msgspec import Struct
from packaging.utils import canonicalize_name

from shave.allowance import Allowance
from shave.errors import BadImageError
from shave.events import Sink
from shave.lock import LockedWheel
from shave.origins.language import Installed, Takes, selection
from shave.origins.placing import Member, placed
from shave.parallel import Advance, each
from shave.pip import Target
from shave.spec import Spec
from shave.stage import Remark, Stratum, laid
from shave.tree import Entry, Tree
from shave.wheel import MAX_TEXT, Launcher, Scheme, Wheel, WheelFile, encoded, opened

_LAUNCHER = """\
#!{interpreter}
import sys
from {module} import {name}
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit({attribute}())
"""
_MARK = b"#!python"
"""What begins a script for the Python that it is installed for."""


class _Places(Struct, frozen=True):
    """Where things go, from the image's root: of each scheme the directory; what ``#!`` names."""

    schemes: Mapping[Scheme, str]
    interpreter: str


class _Written(Struct, frozen=True):
    """A file of the image, and what RECORD says of it."""

    entry: Entry
    body: Iterable[bytes]
    digest: str


def strata(
    wheels: Sequence[LockedWheel],
    files: Mapping[str, Path],
    spec: Spec,
    target: Target,
    tree: Tree,
    directory: Path,
    mtime: int,
    sink: Sink,
) -> Installed:
    """A stratum for each wheel, in their order, over ``tree``. ``files`` are verified wheels by SHA-256.

    Raises BadImageError for a wheel that is broken or another than was locked, CannotError for a file in the way of a
    directory and for a full disk.
    """
    sizes = {wheel.sha256: files[wheel.sha256].stat().st_size for wheel in wheels}
    allowance = Allowance(sum(sizes.values()))
    takes, home = selection(spec), spec.python.target if spec.python else ""

    def work(item: tuple[int, LockedWheel], advance: Advance) -> Stratum:
        number, wheel = item
        with opened(files[wheel.sha256], wheel.file) as found:
            _check(found, wheel)
            members = _members(found, wheel, _places(home, target, found.name), takes, mtime)
            spent = ((entry, allowance.spend(body)) for entry, body in members)
            place = directory / f"wheel-{number}.tar"
            stratum = laid(f"python:{found.name}", "packages", placed(spent, tree, mtime), place)
        advance(sizes[wheel.sha256])
        return stratum

    strata = each("python", sum(sizes.values()), enumerate(wheels), work, sink)
    return Installed(strata, tuple(_clashes(strata)))


def _places(home: str, target: Target, name: str) -> _Places:
    """Debian's scheme "posix_local", or pip's of ``--target``."""
    base = home.strip("/")
    library = base or f"usr/local/lib/python{target.series}/dist-packages"
    base, python = (base, "python") if base else ("usr/local", f"python{target.series}")
    schemes: dict[Scheme, str] = {
        "purelib": library,
        "platlib": library,
        "headers": f"{base}/include/{python}/{name}",
        "scripts": f"{base}/bin",
        "data": base,
    }
    return _Places(schemes, f"/usr/bin/python{target.series}")


def _check(found: Wheel, wheel: LockedWheel) -> None:
    if canonicalize_name(found.name) != canonicalize_name(wheel.name) or found.version != wheel.version:
        raise BadImageError(f"it is {found.name} {found.version}, not {wheel.name} {wheel.version}")


def _members(found: Wheel, wheel: LockedWheel, places: _Places, takes: Takes, mtime: int) -> Iterator[Member]:
    """What of the wheel is in the image, sorted by path, with a RECORD of it."""
    library, written = places.schemes["purelib"], dict[str, _Written]()
    for file in found.files:
        path = f"{places.schemes[file.scheme]}/{file.path}"
        if path in written:
            raise BadImageError(f"two of its files are /{path}")
        written[path] = _file(found, file, path, places.interpreter, mtime)
    for launcher in found.launchers:
        path = f"{places.schemes['scripts']}/{launcher.name}"
        written[path] = _text(path, _launcher(launcher, places.interpreter), 0o755, mtime)
    marks = {"INSTALLER": b"shave\n", **({"REQUESTED": b""} if wheel.asked else {})}
    for name, body in marks.items():
        path = f"{library}/{found.info}/{name}"
        written[path] = _text(path, body, 0o644, mtime)
    kept = {path: each for path, each in written.items() if takes(path)}
    record = f"{library}/{found.info}/RECORD"
    kept[record] = _text(record, _record(kept, record, library), 0o644, mtime)
    for path in sorted(kept):
        yield kept[path].entry, kept[path].body


def _file(found: Wheel, file: WheelFile, path: str, interpreter: str, mtime: int) -> _Written:
    mode = 0o755 if file.executable else 0o644
    if file.scheme == "scripts" and _is_marked(found, file):
        _, end, rest = b"".join(found.pieces(file)).partition(b"\n")
        return _text(path, f"#!{interpreter}".encode() + end + rest, mode, mtime)
    entry = Entry(path, "file", mode, mtime=mtime, size=file.unpacked_bytes)
    return _Written(entry, found.pieces(file), file.digest)


def _is_marked(found: Wheel, file: WheelFile) -> bool:
    with found.archive.open(file.name) as stream:
        marked = stream.read(len(_MARK)) == _MARK
    if marked and file.unpacked_bytes > MAX_TEXT:
        raise BadImageError(f"its script {file.name!r} has more than {MAX_TEXT >> 20} MiB")
    return marked


def _launcher(launcher: Launcher, interpreter: str) -> bytes:
    name = launcher.attribute.partition(".")[0]
    return _LAUNCHER.format(
        interpreter=interpreter, module=launcher.module, name=name, attribute=launcher.attribute
    ).encode()


def _text(path: str, body: bytes, mode: int, mtime: int) -> _Written:
    digest = f"sha256={encoded(hashlib.sha256(body).digest())}"
    return _Written(Entry(path, "file", mode, mtime=mtime, size=len(body)), (body,), digest)


def _record(written: Mapping[str, _Written], own: str, library: str) -> bytes:
    rows = [(relpath(path, library), each.digest, str(each.entry.size)) for path, each in written.items()]
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted([*rows, (relpath(own, library), "", "")]))
    return text.getvalue().encode()


def _clashes(strata: Sequence[Stratum]) -> Iterator[Remark]:
    """Files that two wheels have, and each another one: as with pip, the last is there, and the first is not whole."""
    owners: dict[str, tuple[str, bytes]] = {}
    for stratum in strata:
        for entry in stratum.plain.index.entries:
            if entry.kind == "file":
                before, digest = owners.get(entry.path, (stratum.unit, entry.digest))
                if digest != entry.digest:
                    yield Remark(before, f"{stratum.unit} has another file /{entry.path}, and that is in the image")
                owners[entry.path] = (stratum.unit, entry.digest)
