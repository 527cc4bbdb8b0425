"""Host paths for ``[run] mounts``: the helper gets copies, for the engine may be on another machine.

A container sees in a copy what it would see in the original; what it writes there is lost with the helper.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from shave.containers import EngineContainer
from shave.errors import CannotError
from shave.helper.words import HOME
from shave.sources.blobs import chunks


def renamed(mounts: tuple[str, ...]) -> tuple[str, ...]:
    """The mounts (``SOURCE:TARGET[:ro]``) with the copies as their sources."""
    return tuple(f"{HOME}/mounts/{number}:{text.partition(':')[2]}" for number, text in enumerate(mounts))


def copy(mounts: tuple[str, ...], container: EngineContainer, directory: Path) -> None:
    """Copy the sources, with owners and modes, by way of a file in ``directory``. CannotError if one cannot be."""
    if not mounts:
        return
    path = directory / "mounts.tar"
    try:
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
            for number, text in enumerate(mounts):
                source = Path(text.partition(":")[0]).resolve()
                if not source.is_file() and not source.is_dir():
                    raise CannotError(f"{source} cannot be copied to the helper: it is no file and no directory")
                archive.add(source, f"{HOME[1:]}/mounts/{number}")
    except OSError as error:
        raise CannotError(f"{error.filename} cannot be copied to the helper: {error.strerror}") from error
    container.put("/", _read(path))
    path.unlink()


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from chunks(file)
