"""Docker with BuildKit: the plugin buildx, or the client of it that Docker's command had built in before version 23.

What a build leaves: the image, and a cache in the engine (``docker builder prune``). The image that had the tag before
stays without a name (``docker image prune``).

A ``# syntax=`` line fetches a newer reader of Dockerfiles from a registry, which may then have other abilities.
"""

from shave import program
from shave.builders.command import Versions, carried_out, lacking, numbers, options
from shave.builders.docker import HINT, is_podman, versions
from shave.builders.protocol import Ability, Order, Outcome
from shave.errors import CannotError
from shave.supervised import Stopped, never

# The engine whose BuildKit brought it: 20.10 has frontend 1.2, 23.0 1.4, 24.0 1.5, 25.0 1.6, 28.3 1.17, 28.5 1.19, 29.1
# 1.20. Sources: docs.docker.com/build/buildkit/dockerfile-release-notes, Docker Engine's release notes.
_SINCE: Versions = {
    "mount": (20, 10),
    "chmod": (20, 10),
    "network": (23, 0),
    "heredoc": (23, 0),
    "link": (23, 0),
    "git": (24, 0),
    "checksum": (25, 0),
    "unpack": (28, 3),
    "exclude": (28, 5),
    "parents": (29, 1),
}
_ENVIRONMENT = {"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


class DockerBuildx:
    """See the module."""

    name = "docker-buildx"

    def refusal(self) -> str | None:
        """See ``protocol.Builder``."""
        try:
            found = versions()
            if is_podman(found):
                return "podman answers in Docker's place, which has no BuildKit"
            if numbers(found["Client"]["Version"]) >= (23, 0):
                program.answer(("docker", "buildx", "version"), HINT)
            return None
        except CannotError as error:
            return f"{error}" if "buildx" not in str(error) else "docker has no plugin buildx (Debian's docker-buildx)"

    def version(self) -> str:
        """See ``protocol.Builder``: the engine's."""
        return str(versions()["Server"]["Version"])

    def lacks(self, abilities: frozenset[Ability]) -> frozenset[Ability]:
        """See ``protocol.Builder``."""
        return lacking(abilities, _SINCE, self.version()) if abilities else abilities

    def build(self, order: Order, is_stopped: Stopped = never) -> Outcome:
        """See ``protocol.Builder``."""
        # the context's own builder is in its engine: FROM finds the images there, and the result is there
        environment = {**_ENVIRONMENT, "BUILDX_BUILDER": str(versions()["Client"].get("Context") or "default")}
        command = ("docker", "build", "--progress", "plain", *options(order, order.tag, environment))
        return carried_out(order, command, environment, f"docker-daemon:{order.tag}", is_stopped)
