"""Python wheels made up, so that they can be hostile."""

import base64
import csv
import hashlib
import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from shave.lock import LockedWheel

Body = bytes | tuple[bytes, int]
"""A file's bytes, and its mode where that is not 0o644."""


def digest(body: bytes) -> str:
    """As RECORD has it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def wheel(
    name: str = "foo",
    files: Mapping[str, Body] = {},  # never changed
    requires: tuple[str, ...] = (),
    scripts: Mapping[str, str] = {},  # never changed
    record: Mapping[str, str] | None = None,
    version: str = "1.0",
    metadata: Mapping[str, bytes] = {},  # never changed
) -> bytes:
    """A wheel of files, with commands; ``record`` replaces hashes, ``metadata`` files of the dist-info."""
    info = f"{name}-{version}.dist-info"
    said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    members: dict[str, Body] = {
        **files,
        f"{info}/METADATA": (said + "".join(f"Requires-Dist: {each}\n" for each in requires)).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if scripts:
        lines = "".join(f"{command} = {reference}\n" for command, reference in scripts.items())
        members[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}".encode()
    members |= {f"{info}/{path}": body for path, body in metadata.items()}
    rows = {path: digest(body if isinstance(body, bytes) else body[0]) for path, body in members.items()}
    text = io.StringIO()
    csv.writer(text).writerows((path, value, "") for path, value in {**rows, **(record or {})}.items())
    return archive({**members, f"{info}/RECORD": text.getvalue().encode()})


def archive(members: Mapping[str, Body]) -> bytes:
    """A zip archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for path, body in members.items():
            data, mode = body if isinstance(body, tuple) else (body, stat.S_IFREG | 0o644)
            member = zipfile.ZipInfo(path, (2000, 1, 1, 0, 0, 0))
            member.external_attr, member.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            file.writestr(member, data)
    return written.getvalue()


def saved(directory: Path, data: bytes, name: str = "foo", version: str = "1.0") -> Path:
    """The wheel as a file of its usual name."""
    path = directory / f"{name}-{version}-py3-none-any.whl"
    path.write_bytes(data)
    return path


def locked(path: Path) -> LockedWheel:
    """What a lock says of a file."""
    name, version, *_ = path.name.split("-")
    return LockedWheel(name, version, path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.name)
