"""Which distribution an image is of, by its own word. Source: os-release(5)."""

import shlex

from msgspec import Struct

from shave.needs.protocol import Files

_PLACES = ("/etc/os-release", "/usr/lib/os-release")
_MOST = 64 << 10


class Release(Struct, frozen=True):
    """ID, VERSION_ID and PRETTY_NAME: "debian", "12", "Debian GNU/Linux 12 (bookworm)". Each "" where nothing says."""

    id: str = ""
    version: str = ""
    name: str = ""


def release(files: Files) -> Release:
    """The distribution of a tree; of a file that is damaged what can be read."""
    for place in _PLACES:
        path = files.tree.resolve(place).path
        entry = files.tree.get(path) if path else None
        if path and entry and entry.kind == "file":
            text = files.read(path, 0, _MOST).decode("utf-8", "replace")
            said = dict(line.strip().partition("=")[::2] for line in text.splitlines() if not line.startswith("#"))
            return Release(*(_value(said.get(name, "")) for name in ("ID", "VERSION_ID", "PRETTY_NAME")))
    return Release()


def _value(written: str) -> str:
    try:
        return " ".join(shlex.split(written))
    except ValueError:
        return written
