"""``buildah build``: where it is newer than podman's own. Its images are read by podman.

What a build leaves: the image, and one without a name for each of its steps (``buildah prune``).
"""

import shutil

from shave import program
from shave.builders.command import carried_out, lacking
from shave.builders.protocol import Ability, Order, Outcome
from shave.builders.storage import SINCE, named, words
from shave.supervised import Stopped, never

_HINT = "look at what buildah info says; it is Debian's package buildah"


class Buildah:
    """See the module."""

    name = "buildah"

    def refusal(self) -> str | None:
        """See ``protocol.Builder``."""
        missing = [each for each in ("buildah", "podman") if shutil.which(each) is None]
        return f"{missing[0]} is not installed" if missing else None

    def version(self) -> str:
        """See ``protocol.Builder``."""
        return program.answer(("buildah", "version", "--json"), _HINT).partition('"version": "')[2].partition('"')[0]

    def lacks(self, abilities: frozenset[Ability]) -> frozenset[Ability]:
        """See ``protocol.Builder``."""
        return lacking(abilities, SINCE, self.version()) if abilities else abilities

    def build(self, order: Order, is_stopped: Stopped = never) -> Outcome:
        """See ``protocol.Builder``."""
        return carried_out(order, ("buildah", *words(order)), {}, f"containers-storage:{named(order.tag)}", is_stopped)
