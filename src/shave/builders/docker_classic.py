"""Docker without BuildKit: the builder that every engine has.

What a build leaves: the image, and one without a name for each of its steps, which are the cache of the next build
(``docker image prune``).
"""

import re

from shave.builders.command import carried_out, options
from shave.builders.docker import versions
from shave.builders.protocol import Ability, Order, Outcome
from shave.errors import CannotError
from shave.supervised import Stopped, never

_ENVIRONMENT = {"DOCKER_BUILDKIT": "0"}
# Of FROM scratch the engine compares with every image that it has, and fails if one of them, anybody's, is removed just
# then (moby, image/cache/cache.go; a third of builds beside three loops of import and rmi, with 20.10)
_LOST = re.compile(r'unable to find image "sha256:[0-9a-f]{64}"')
_TRIES = 10


class DockerClassic:
    """See the module."""

    name = "docker-classic"

    def refusal(self) -> str | None:
        """See ``protocol.Builder``."""
        try:
            versions()
            return None
        except CannotError as error:
            return str(error)

    def version(self) -> str:
        """See ``protocol.Builder``: the engine's."""
        return str(versions()["Server"]["Version"])

    def lacks(self, abilities: frozenset[Ability]) -> frozenset[Ability]:
        """See ``protocol.Builder``: all of them came with BuildKit."""
        return abilities

    def build(self, order: Order, is_stopped: Stopped = never) -> Outcome:
        """See ``protocol.Builder``."""
        command = ("docker", "build", "--rm", "--force-rm", *options(order, order.tag, _ENVIRONMENT))
        for _ in range(_TRIES):
            outcome = carried_out(order, command, _ENVIRONMENT, f"docker-daemon:{order.tag}", is_stopped)
            if not _LOST.fullmatch(outcome.message):
                break
        return outcome
