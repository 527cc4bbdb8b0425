"""An image whose containers are weighed while they run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shave.runners.protocol import Container, Prepared, Start

_EVERY = 0.02


class Weighed:
    """A ``Prepared`` that knows the most memory that the processes of one of its containers had at once.

    ``peak_memory_bytes`` is the largest of the sums that were taken every 20 ms (``Container.resident_bytes``); None if
    all containers were over before that: what is just being loaded has no size yet.
    """

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self.peak_memory_bytes: int | None = None

    @contextmanager
    def start(self, start: Start) -> Iterator[Container]:
        """See ``protocol.Prepared``."""
        with self._prepared.start(start) as container:
            over = threading.Event()
            scales = threading.Thread(target=self._weigh, args=(container, over), daemon=True)
            scales.start()
            try:
                yield container
            finally:
                over.set()
                scales.join()

    def _weigh(self, container: Container, over: threading.Event) -> None:
        while not over.wait(_EVERY) and container.wait(0) is None:
            self.peak_memory_bytes = max(container.resident_bytes(), self.peak_memory_bytes or 0) or None
