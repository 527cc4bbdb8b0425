"""What findings say their fix saves, against layers built again without what they are about.

``python bench/findings.py [--zstd] OCI_DIRECTORY[:TAG]...`` packs each image anew (gzip -6 or zstd -9), and for each
finding of over 1 MB packs its layers once more without its files: both figures, and by how much the finding is wrong.
"""

import sys
import tempfile
from collections.abc import Iterator, Set
from pathlib import Path

from shave.catalog.explained import explain
from shave.compression import Packing
from shave.events import silent
from shave.finding import Finding
from shave.image import Image
from shave.reference import parse
from shave.sources import open_image
from shave.store import PlainLayer, unpack
from shave.tar_writer import stored_bytes, tar
from shave.tree import Entry
from shave.verbs.findings import findings
from shave.verbs.recompress import recompress

LEAST_BYTES = 1_000_000
PIECE = 1 << 20


def main(names: list[str], packing: Packing) -> None:
    """Print a table for each image."""
    print(f"{packing.compression} -{packing.level}        said       saved    error")
    for name in names:
        with open_image(parse(f"oci:{name}"), None, silent) as image:
            for finding, saved in measured(image, packing):
                error = f"{finding.packed_bytes / saved - 1:+8.2%}"
                print(f"{finding.packed_bytes:18} {saved:11} {error}  {finding.title}, {Path(name).name}", flush=True)


def measured(image: Image, packing: Packing) -> Iterator[tuple[Finding, int]]:
    """Each finding that is large and not about parts of files, and what building its layers again without it saves."""
    with tempfile.TemporaryDirectory() as place:
        packed = recompress(image, packing, Path(place), silent)
        layers = unpack(packed, Path(place), silent).layers
        whole = [size(layer, packing, frozenset()) for layer in layers]
        for finding in findings(explain(packed, silent)):
            if finding.packed_bytes >= LEAST_BYTES and finding.title != "debug symbols in programs":
                yield finding, sum(whole[n] - size(layers[n], packing, bodies(finding, n)) for n in finding.layers)


def bodies(finding: Finding, layer: int) -> Set[int]:
    """Where the finding's files stand in a layer."""
    return {place.offset for place in finding.places if place.layer == layer}


def size(layer: PlainLayer, packing: Packing, without: Set[int]) -> int:
    """Packed bytes of a layer built again without some of its files."""
    kept = (entry for entry in layer.index.entries if entry.kind != "file" or entry.offset not in without)
    return sum(map(len, packing.pack(tar((entry, body(layer, entry)) for entry in kept))))


def body(layer: PlainLayer, entry: Entry) -> Iterator[bytes]:
    """What is stored of a file."""
    with layer.path.open("rb") as file:
        file.seek(layer.start + entry.offset)
        for at in range(0, length := stored_bytes(entry), PIECE):
            yield file.read(min(PIECE, length - at))


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--zstd"]
    main(arguments, Packing("zstd", 9) if "--zstd" in sys.argv else Packing())
