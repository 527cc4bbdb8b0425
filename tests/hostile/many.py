"""Too much of what is allowed."""

import hashlib
import zlib
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from hostile.case import Case, Layout, later, members
from hostile.tars import END, directory, file, header, long
from shave.oci import OCI_LAYER


def entries(count: int) -> Callable[[Path], str]:
    """So many empty files in a thousand directories."""

    def make(here: Path) -> str:
        layout = Layout(here / "image")
        deflate, plain, packed = zlib.compressobj(1, zlib.DEFLATED, 31), hashlib.sha256(), bytearray()
        files = (header(b"d%d/f%d" % (number % 1000, number)) for number in range(count))
        for part in chain(files, (END,)):
            plain.update(part)
            packed += deflate.compress(part)
        blob = layout.blob(bytes(packed + deflate.flush()), f"{OCI_LAYER}+gzip")
        return layout.index(layout.packed([blob], [f"sha256:{plain.hexdigest()}"]))

    return make


def _fan(count: int) -> Callable[[Path], str]:
    """Paths that have nothing in common, of two thousand directories each."""
    return members([part for n in range(count) for part in (long(b"%d/" % n + b"d/" * 2000 + b"f"), file(b"n"))])


CASES = (
    Case("a million entries", entries(1_000_000), slow=True),
    Case("a hundred thousand entries", entries(100_000), slow=True),
    Case("4100 paths of 2000 directories each", later(lambda: _fan(4100)), says="more than 8000000 paths", slow=True),
    Case("ten thousand files in one directory", members([file(b"d/%d" % number) for number in range(10_000)])),
    Case("a directory ten thousand times", members([directory(b"d")] * 10_000), tree={"d": "directory 755"}),
)
