"""Analysing layers against the least work there is: isal inflating the same blobs, one core, one run.

``python bench/analyse.py OCI_DIRECTORY[:TAG]`` prints bytes a second of both and their ratio, headers a second of the
scanner and of tarfile, and the peak memory of unpacking the image.
"""

import io
import os
import resource
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from shave.allowance import Allowance
from shave.compression import decompress
from shave.events import silent
from shave.image import Image, Layer
from shave.layers import CHUNK, analyse
from shave.reference import parse
from shave.sources import open_image
from shave.store import unpack
from shave.tar_reader import scan
from shave.tar_writer import tar
from shave.tree import Entry

HEADERS = 200_000
ROUNDS = 3


def main(directory: str) -> None:
    """Print the figures of one OCI layout of gzip layers."""
    with open_image(parse(f"oci:{directory}"), None, silent) as image, tempfile.TemporaryDirectory() as place:
        os.environ["XDG_CACHE_HOME"] = place
        plain_bytes = inflate(image)
        bare = min(seconds(lambda: inflate(image)) for _ in range(ROUNDS))
        whole = min(seconds(lambda: read(image)) for _ in range(ROUNDS))
        print(f"isal gunzip  {plain_bytes / bare / 1e6:8.0f} MB/s, {plain_bytes / 1e6:.0f} MB plain")
        print(f"analyse      {plain_bytes / whole / 1e6:8.0f} MB/s, {bare / whole:.0%} of it")
        spent = seconds(lambda: unpack(image, Path(place), silent))
        cores = len(os.sched_getaffinity(0))
        print(f"unpack       {plain_bytes / spent / 1e6:8.0f} MB/s on {cores} cores, cold index, written to disk")
        print(f"peak memory  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MiB")
    headers()


def seconds(work: Callable[[], object]) -> float:
    """Wall time of ``work``."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


def inflate(image: Image) -> int:
    """The plain bytes of all layers, counted and forgotten."""
    return sum(map(inflate_layer, image.layers))


def inflate_layer(layer: Layer) -> int:
    """The plain bytes of one layer."""
    with layer.open() as blob:
        return sum(len(chunk) for chunk in decompress(iter(lambda: blob.read(CHUNK), b""), "gzip"))


def read(image: Image) -> None:
    """Everything that shave learns of the layers, on one core."""
    for layer in image.layers:
        analyse(layer, None, lambda amount: None, Allowance(layer.descriptor.size))


def headers() -> None:
    """Entries such as a distribution has, with empty bodies, so that only headers cost."""
    entries = (
        Entry(f"usr/lib/python3/dist-packages/p{n % 900}/m{n}.py", "file", mtime=(1_700_000_000 + n % 5000) * 10**9)
        for n in range(HEADERS)
    )
    data = b"".join(tar((entry, ()) for entry in entries))
    chunks = [data[at : at + (128 << 10)] for at in range(0, len(data), 128 << 10)]
    ours = min(seconds(lambda: scan(chunks)) for _ in range(ROUNDS))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        theirs = seconds(archive.getmembers)
    print(f"headers      {HEADERS / ours:8.0f} /s, tarfile {HEADERS / theirs:.0f} /s")


if __name__ == "__main__":
    main(*sys.argv[1:])
