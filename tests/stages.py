"""Images in the making from dictionaries, emulated, and compared with directories that real programs wrote."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from shave.maintainer import Emulated, emulate
from shave.maintainer.protocol import Call, Emulation
from shave.stage import MaintainerScript, Stage, Stratum
from shave.store import PlainLayer
from shave.tar_reader import scan
from shave.testing.builder import Directory, File, Member, Symlink, layer_tar
from shave.tree import Entry, LayerIndex

MTIME = 1_700_000_000 * 10**9


def staged(directory: Path, packages: Mapping[str, Mapping[str, Member]]) -> Stage:
    """A stage of Debian packages by name (or name:architecture), each with its members by absolute path."""
    return Stage(tuple(_stratum(directory, name, members) for name, members in packages.items()))


def _stratum(directory: Path, name: str, members: Mapping[str, Member]) -> Stratum:
    data = layer_tar(members)
    place = directory / f"{name.replace(':', '-')}.tar"
    place.write_bytes(data)
    index = LayerIndex("", scan((data,)).entries, tar_bytes=len(data))
    return Stratum(f"dpkg:{name}", "system", PlainLayer(place, 0, index, 0))


def scripted(directory: Path, stage: Stage, scripts: Mapping[str, str]) -> Emulated:
    """The stage after the postinst scripts of packages."""
    texts = [MaintainerScript(f"dpkg:{name}", "postinst", text.encode()) for name, text in scripts.items()]
    return emulate(stage, texts, directory, MTIME)


def called(
    emulation: Emulation, stage: Stage, *calls: Sequence[str | None], unit: str = "dpkg:one"
) -> dict[str, Member]:
    """What one emulation makes of commands by their words, as members by path."""
    effects = emulation.effects(stage, [Call(unit, "postinst", tuple(words)) for words in calls])
    return {entry.path: _member(entry, body) for _, (entry, body) in effects.made}


def members(stage: Stage) -> dict[str, Member]:
    """All that is in a stage, without times."""
    found = {}
    for node in stage.tree:
        if node.entry.path:
            body = stage.read(node.entry.path) if node.entry.kind in ("file", "hardlink") else b""
            found[node.entry.path] = _member(node.entry, body)
    return found


def on_disk(root: Path) -> dict[str, Member]:
    """What a directory holds, without times."""
    found: dict[str, Member] = {}
    for path in sorted(root.rglob("*")):
        status, name = path.lstat(), str(path.relative_to(root))
        if path.is_symlink():
            found[name] = Symlink(str(path.readlink()), status.st_uid, status.st_gid)
        elif path.is_dir():
            found[name] = Directory(status.st_mode & 0o7777, status.st_uid, status.st_gid)
        else:
            found[name] = File(path.read_bytes(), status.st_mode & 0o7777, status.st_uid, status.st_gid)
    return found


def _member(entry: Entry, body: bytes) -> Member:
    match entry.kind:
        case "symlink":
            return Symlink(entry.link, entry.uid, entry.gid)
        case "directory":
            return Directory(entry.mode, entry.uid, entry.gid)
    return File(body, entry.mode, entry.uid, entry.gid)
