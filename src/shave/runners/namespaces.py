"""Our own runner: Linux namespaces and nothing installed but Python."""

from contextlib import AbstractContextManager
from pathlib import Path

from shave.events import Sink
from shave.oci import Config
from shave.runners.prepared import Prepared, prepare
from shave.runners.support import machine_refusal
from shave.store import Unpacked


class Namespaces:
    """The embedded default: see ``shave.inside.sandbox``."""

    name = "namespaces"

    def refusal(self, config: Config) -> str | None:
        """Namespaces must be allowed here, and the image be for a machine that this one can be."""
        return machine_refusal(config)

    def prepare(
        self, unpacked: Unpacked, config: Config, directory: Path, sink: Sink
    ) -> AbstractContextManager[Prepared]:
        """Unpack the image."""
        return prepare(unpacked, directory, sink)
