"""How much packed bytes may become, on disk and in memory: what a bomb needs and no image does.

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
READ_BYTES = 64 << 30
"""As ``FREE_BYTES`` where nothing that is unpacked is kept: there it costs time alone."""
RATIO = 100
INDEX_BOUND = "SHAVE_INDEX_MAX"
"""The variable with another bound of what the layers' entries take in memory, such as ``200MB``."""
# A million and a half entries as images have them (docs/decisions/0010-memory.md).
INDEX_BYTES = 44 << 20


class Allowance:
    """Bytes that may still be unpacked, and of entries held, for all layers of one image and from any thread."""

    def __init__(self, packed_bytes: int, free_bytes: int = FREE_BYTES) -> None:
        self.bound = _bound(packed_bytes, free_bytes)
        self.left = self.bound
        self.index_left = index_bytes()
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

    def hold(self, size: int) -> None:
        """Take ``size`` bytes of memory for entries. Raises BadImageError if they are too many."""
        with self.lock:
            self.index_left -= size
        if self.index_left < 0:
            raise BadImageError(
                f"there are more entries than fit into {index_bytes()} bytes, a million and a half as most images are",
                f"if they are meant to be there, say {INDEX_BOUND}=200MB in the environment",
            )


def index_bytes() -> int:
    """What the entries of an image may take in memory, folded. Raises UsageError for a bound that is none."""
    text = os.environ.get(INDEX_BOUND, "")
    return quantity.parse(text, INDEX_BOUND) if text else INDEX_BYTES


def _bound(packed_bytes: int, free_bytes: int) -> int:
    text = os.environ.get(BOUND, "")
    return quantity.parse(text, BOUND) if text else max(free_bytes, RATIO * packed_bytes)
