"""Too much of what is allowed."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from hostile.case import Case, Layout, digest, members
from hostile.tars import END, directory, file, header, long
from shave.oci import OCI_LAYER

MILLION = 1_000_000


def _entries() -> Iterator[bytes]:
    for number in range(MILLION):
        yield header(b"d%d/f%d" % (number % 1000, number))


def _million(here: Path) -> str:
    layout = Layout(here / "image")
    plain = b"".join(_entries()) + END
    packed = layout.blob(gzip.compress(plain, 1, mtime=0), f"{OCI_LAYER}+gzip")
    return layout.index(layout.packed([packed], [digest(plain)]))


CASES = (
    Case("a million entries", _million, slow=True),
    Case(
        "4000 paths of 2000 directories each",
        members([part for number in range(4100) for part in (long(b"%d/" % number + b"d/" * 2000 + b"f"), file(b"n"))]),
        says="entries",
        slow=True,
    ),
    Case("ten thousand files in one directory", members([file(b"d/%d" % number) for number in range(10_000)])),
    Case("a directory ten thousand times", members([directory(b"d")] * 10_000), tree={"d": "directory 755"}),
)
