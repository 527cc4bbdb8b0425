"""Too much of what is allowed."""

import hashlib
import struct
import zlib
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from hostile.case import Case, Layout, later, members
from hostile.tars import END, base256, directory, file, header, long
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


ZEROS = 10_000_000_000
# of the tar with one file of so many zeros: its sha256, and what ends its gzip stream; to find them takes seconds
ZEROS_DIFF_ID = "sha256:0376da6274ee74e4a1eee3cab5f723f3a8d9af2f61ae32671d36e01b2315fc5e"
ZEROS_TRAILER = struct.pack("<LL", 3272107214, 1410066944)


def zeros(here: Path) -> str:
    """An image of one file of ten gigabytes of zeros in ten megabytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = header(b"zeros", size=base256(ZEROS, 12))
    begin = deflate.compress(head) + deflate.flush(zlib.Z_FULL_FLUSH)
    repeated = deflate.compress(bytes(1_000_000)) + deflate.flush(zlib.Z_FULL_FLUSH)
    rest = deflate.compress(bytes(-ZEROS % 512) + END) + deflate.flush()
    layout = Layout(here / "image")
    data = b"\x1f\x8b\x08" + bytes(7) + begin + repeated * (ZEROS // 1_000_000) + rest + ZEROS_TRAILER
    blob = layout.blob(data, f"{OCI_LAYER}+gzip")
    return layout.index(layout.packed([blob], [ZEROS_DIFF_ID]))


CASES = (
    Case("a million entries", entries(1_000_000), slow=True),
    Case("a hundred thousand entries", entries(100_000), slow=True),
    Case("4100 paths of 2000 directories each", later(lambda: _fan(4100)), says="more than 8000000 paths", slow=True),
    Case("ten thousand files in one directory", members([file(b"d/%d" % number) for number in range(10_000)])),
    Case("a directory ten thousand times", members([directory(b"d")] * 10_000), tree={"d": "directory 755"}),
)
