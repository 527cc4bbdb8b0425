"""The docker command, and the engine that answers it."""

import shutil
from typing import Any

import msgspec

from shave import program
from shave.errors import CannotError

HINT = "start Docker, or give its address in DOCKER_HOST or DOCKER_CONTEXT"


def versions() -> dict[str, Any]:
    """What ``docker version`` says: its ``Client`` and its ``Server``. Raises CannotError if no engine answers."""
    if shutil.which("docker") is None:
        raise CannotError(
            "the docker command is not installed", "install Debian's docker.io, or Docker's docker-ce-cli"
        )
    said = program.answer(("docker", "version", "--format", "{{json .}}"), HINT)
    try:
        found: dict[str, Any] = msgspec.json.decode(said)
        str(found["Client"]["Version"]), str(found["Server"]["Version"])
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise CannotError("docker version says nothing that can be read", HINT) from error
    return found


def is_podman(found: dict[str, Any]) -> bool:
    """Whether podman answers in the place of an engine."""
    parts = found["Server"].get("Components") or ()
    return any(part.get("Name") == "Podman Engine" for part in parts)
