"""How much packed bytes may become: what a bomb needs and no image does.

Deflate makes a thousand bytes of one, zstd thirty thousand, so a few megabytes could fill any disk. Layers of real
images unpack to two to ten times their packed bytes; a file of zeros, made beforehand, to gigabytes out of nothing.
"""

import os
import threading
from collections.abc import Iterable, Iterator

from shave import quantity
from shave.errors import BadImageError

BOUND = "SHAVE_UNPACKED_MAX"
"""The variable with another bound in bytes, such as ``50GB``."""
FREE_BYTES = 4 << 30
RATIO = 100


class Allowance:
    """Bytes that may still be unpacked, for all streams of one image and from any thread."""

    def __init__(self, packed_bytes: int) -> None:
        self.bound = _bound(packed_bytes)
        self.left = self.bound
        self.lock = threading.Lock()

    def spend(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks. Raises BadImageError before the one that is too many."""
        for chunk in chunks:
            with self.lock:
                self.left -= len(chunk)
            if self.left < 0:
                raise BadImageError(
                    f"what is packed here unpacks to more than {self.bound} bytes, as no image does",
                    f"if it is meant to, say {BOUND}=50GB in the environment",
                )
            yield chunk


def _bound(packed_bytes: int) -> int:
    text = os.environ.get(BOUND, "")
    return quantity.parse(text, BOUND) if text else max(FREE_BYTES, RATIO * packed_bytes)
