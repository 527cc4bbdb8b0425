"""Images with programs of this machine, and what is said of them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shave.causes import diagnose
from shave.causes.protocol import Patient
from shave.diagnosis import Cause, Diagnosis
from shave.events import silent
from shave.store import unpack
from shave.testing import Directory, File, Member, Symlink, image

LIB = "/usr/lib/x86_64-linux-gnu"
LOADER = "/usr/lib64/ld-linux-x86-64.so.2"


@cache
def host(path: str) -> File:
    """A program of this machine."""
    return File(Path(path).read_bytes(), 0o755)


def script(text: str) -> File:
    """A file that may be executed."""
    return File(text.encode(), 0o755)


def tools() -> dict[str, Member]:
    """Enough to start /bin/sh, /usr/bin/env and openssl."""
    names = ("libc.so.6", "libssl.so.3", "libcrypto.so.3")
    return {
        "/bin": Symlink("usr/bin"),
        "/lib": Symlink("usr/lib"),
        "/lib64": Symlink("usr/lib64"),
        "/tmp/": Directory(0o1777),
        "/app/": Directory(),
        "/etc/passwd": b"root:x:0:0::/:/bin/sh\napp:x:9:9::/:/bin/sh\n",
        "/etc/group": b"root:x:0:\ndata:x:20:app\n",
        "/etc/ssl/certs/ca-certificates.crt": b"x",
        "/usr/bin/sh": host("/bin/sh"),
        "/usr/bin/env": host("/usr/bin/env"),
        "/usr/bin/openssl": host("/usr/bin/openssl"),
        LOADER: host("/lib64/ld-linux-x86-64.so.2"),
        **{f"{LIB}/{name}": host(f"{LIB}/{name}") for name in names},
    }


def without(members: Mapping[str, Member], *paths: str) -> dict[str, Member]:
    """All but these."""
    return {path: member for path, member in members.items() if path not in paths}


def diagnosed(
    members: Mapping[str, Member],
    *cmd: str,
    architecture: str = "amd64",
    history: tuple[str, ...] = ("layer",),
    **config: Any,
) -> tuple[Diagnosis, ...]:
    """What is said of an image of one layer."""
    made = image(
        members,
        config={"Cmd": cmd, **config} if cmd else config,
        architecture=architecture,
        history=[{"created_by": line} for line in history],
        compression="none",
    )
    with TemporaryDirectory() as directory:
        return diagnose(unpack(made, Path(directory), silent), made.config)


def causes(found: tuple[Diagnosis, ...]) -> list[tuple[Cause, bool]]:
    """What was found, and whether it stops."""
    return [(each.cause, each.stops) for each in found]


def only(found: tuple[Diagnosis, ...]) -> Diagnosis:
    """The one thing that is wrong."""
    (one,) = found
    return one


def patient(directory: Path, members: Mapping[str, Member], *words: str, **config: Any) -> Patient:
    """An image as a look sees it; ``directory`` must outlive it."""
    made = image(members, config=config, compression="none")
    return Patient(unpack(made, directory, silent), made.config, words)
