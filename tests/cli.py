"""Images as layouts for tests of the command line, and how its runs end."""

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from shave import api
from shave.reference import parse
from shave.testing import File, Member, Symlink, image

BUSYBOX = Path("/bin/busybox")


class Done(Struct, frozen=True):
    """How ``shave …`` ended."""

    code: int
    out: str
    err: str


Shave = Callable[..., Done]


def layout(path: Path, *layers: Mapping[str, Member], architecture: str = "amd64", **config: Any) -> str:
    """Write an image to an OCI layout at ``path``; its reference."""
    made = image(*layers, config=config, architecture=architecture)
    reference = f"oci:{path}:test"
    api.write(made, parse(reference))
    return reference


def shell_layers() -> tuple[dict[str, Member], dict[str, Member]]:
    """A shell with applets below, an application and waste above."""
    applets = {f"/bin/{name}": Symlink("busybox") for name in ("sh", "cat", "echo", "sleep", "httpd", "ls", "true")}
    base: dict[str, Member] = {
        "/bin/busybox": File(BUSYBOX.read_bytes(), 0o755),
        **applets,
        "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n",
        "/usr/share/doc/thing/README": _noise(50_000),
        "/usr/lib/unused.so": _noise(300_000),
    }
    application: dict[str, Member] = {
        "/app/index.html": b"<p>home</p>\n",
        "/app/other.html": b"<p>other</p>\n",
        "/app/config": Symlink("/etc/app.conf"),
        "/etc/app.conf": b"greeting=hello\n",
        "/app/run": File(b"#!/bin/sh\ncat /app/config\n", 0o755),
        "/app/unused": _noise(100_000),
    }
    return base, application


def installed_layers() -> tuple[dict[str, Member], dict[str, Member]]:
    """A system of two Debian packages, of which busybox alone is used; above it an application that no package owns."""
    base, application = shell_layers()
    lists = {
        "busybox": [path for path in base if path.startswith("/bin/")],
        "unused": ["/usr/share/doc/thing/README", "/usr/lib/unused.so"],
    }
    info = {f"/var/lib/dpkg/info/{name}.list": "\n".join(paths).encode() + b"\n" for name, paths in lists.items()}
    status = "\n".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\nDescription: x\n"
        for name in lists
    )
    return {**base, **info, "/var/lib/dpkg/status": status.encode()}, application


def _noise(length: int) -> bytes:
    """Bytes that do not compress, the same every time."""
    return Random(length).randbytes(length)
