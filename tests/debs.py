"""Debian packages made up: by Python alone, so that they can be hostile, or by dpkg-deb."""

import bz2
import gzip
import hashlib
import lzma
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from shave.compression import compress_zstd
from shave.debian import deb
from shave.lock import LockedPackage
from shave.testing import Member, layer_tar

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: b"".join(compress_zstd((data,))),
    ".bz2": bz2.compress,
    ".lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}


def archive(members: Iterable[tuple[str, bytes]]) -> bytes:
    """An ar archive."""
    written = (
        b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode(), 0, 0, 0, b"100644", len(data))
        + data
        + b"\n" * (len(data) % 2)
        for name, data in members
    )
    return b"!<arch>\n" + b"".join(written)


def control(name: str = "foo", **fields: str) -> bytes:
    """A control file; fields by name, with _ for -."""
    known = {"Version": "1", "Architecture": "all", "Maintainer": "Nobody <nobody@example.org>", "Description": "none"}
    written = {"Package": name, **known, **{field.replace("_", "-"): value for field, value in fields.items()}}
    return "".join(f"{field}: {value}\n" for field, value in written.items()).encode()


def package(
    files: Mapping[str, Member],
    name: str = "foo",
    others: Mapping[str, bytes] | None = None,
    ending: str = "",
    **fields: str,
) -> bytes:
    """A package of files, other control files, compressed as ``ending`` says, with fields of its control file."""
    controls = {"control": control(name, **fields), **(others or {})}
    parts = [("debian-binary", b"2.0\n")]
    short = ending if ending in ("", ".gz", ".xz", ".zst") else ".xz"
    parts.append((f"control.tar{short}", COMPRESSIONS[short](layer_tar(controls))))
    parts.append((f"data.tar{ending}", COMPRESSIONS[ending](layer_tar(files))))
    return archive(parts)


def built(directory: Path, compression: str, *options: str) -> Path:
    """What dpkg-deb builds of a directory."""
    place = directory.with_suffix(f".{compression}.deb")
    command = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", *options, "--build", directory, place]
    subprocess.run(command, check=True, capture_output=True)
    return place


def locked(paths: Iterable[Path]) -> tuple[list[LockedPackage], dict[str, Path]]:
    """Package files as a lock has them, sorted by name, and the files by SHA-256."""
    packages, files = [], {}
    for path in paths:
        data, fields = path.read_bytes(), deb.open(path).fields
        digest = hashlib.sha256(data).hexdigest()
        words = (fields["package"], fields["version"], fields["architecture"])
        packages.append(LockedPackage(*words, digest, len(data), f"http://localhost/{path.name}"))
        files[digest] = path
    return sorted(packages, key=lambda package: (package.name, package.architecture)), files
