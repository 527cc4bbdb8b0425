"""What is at a path of the file system."""

from pathlib import Path

from shave.compression import detect
from shave.errors import ShaveError
from shave.reference import Transport
from shave.sources.archive import Archive

_FIRST = 512


def transport_at(text: str) -> Transport | None:
    """The transport that reads what is at a path; None for nothing, or for something that is no image."""
    path = Path(text)
    if (path / "oci-layout").is_file():
        return "oci"
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            if detect(file.read(_FIRST)) != "none":
                # to know would mean to decompress it all; docker save | gzip is what people do
                return "docker-archive"
        names = Archive(path)
    except (ShaveError, OSError):
        return None
    if names.size("manifest.json") is not None:
        return "docker-archive"
    return "oci-archive" if names.size("index.json") is not None else None
