"""What is at a path of the file system."""

from pathlib import Path

from shave.errors import ShaveError
from shave.events import silent
from shave.reference import Transport
from shave.sources.archive import archive_at


def transport_at(text: str) -> Transport | None:
    """The transport that reads what is at a path; None for nothing, or for something that is no image."""
    path = Path(text)
    if (path / "oci-layout").is_file():
        return "oci"
    if not path.is_file():
        return None
    try:
        with archive_at(path, silent) as archive:
            if archive.size("manifest.json") is not None:
                return "docker-archive"
            return "oci-archive" if archive.size("index.json") is not None else None
    except ShaveError:
        return None
