"""``podman build``, which is buildah's.

What a build leaves: the image, and one without a name for each of its steps (``podman image prune``).
"""

import shutil

from shave import program
from shave.builders.command import carried_out, lacking
from shave.builders.protocol import Ability, Order, Outcome
from shave.builders.storage import SINCE, named, words
from shave.supervised import Stopped, never

_HINT = "look at what podman info says; it is Debian's package podman"


class Podman:
    """See the module."""

    name = "podman"

    def refusal(self) -> str | None:
        """See ``protocol.Builder``."""
        return None if shutil.which("podman") else "podman is not installed"

    def version(self) -> str:
        """See ``protocol.Builder``: that of its buildah."""
        return program.answer(("podman", "info", "--format", "{{.Host.BuildahVersion}}"), _HINT).strip()

    def lacks(self, abilities: frozenset[Ability]) -> frozenset[Ability]:
        """See ``protocol.Builder``."""
        return lacking(abilities, SINCE, self.version()) if abilities else abilities

    def build(self, order: Order, is_stopped: Stopped = never) -> Outcome:
        """See ``protocol.Builder``."""
        return carried_out(order, ("podman", *words(order)), {}, f"containers-storage:{named(order.tag)}", is_stopped)
