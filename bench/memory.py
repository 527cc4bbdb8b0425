"""Peak memory and time of what reads an image, each stage in a process of its own.

``python bench/memory.py [OCI_DIRECTORY:TAG...]`` measures those images, and made ones: up to a million entries in a few
layers, a thousand layers, a million entries in random order, 300 000 files of two names each, one file of 2 GB.
The cache of layer indices is cold for the first stage and warm for the others, as it would be.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter

from msgspec import json as msgspec_json

from shave import layering, sizes
from shave.compression import compress_gzip
from shave.events import silent
from shave.evidence import Evidence
from shave.image import Image, Layer
from shave.layers import Counted
from shave.oci import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Config, Descriptor, Manifest, digest_of
from shave.reference import parse
from shave.sources import open_image, write_image
from shave.store import index, tree_of, unpack
from shave.tar_writer import tar
from shave.tree import Entry
from shave.verbs.plan import decide
from shave.verbs.roots import Wish

Member = tuple[Entry, Iterable[bytes]]
WORDS = [
    f"{stem}{end}" for stem in ("lib", "mod", "test", "util", "core", "node", "page") for end in ("", "s", "-x", "2")
]
ENDS = ("js", "py", "ts", "json", "map", "so")


def plan(image: Image, directory: Path) -> object:
    """The plan of a run that used nothing, all reasons held: what ``slim --dry-run`` makes."""
    return decide(
        unpack(image, directory, silent), image.config, Evidence(image.config_digest, "none"), Wish(), thin=False
    )


def build(image: Image, directory: Path) -> Image:
    """The image again without its first path."""
    unpacked = unpack(image, directory, silent)
    keep = list(unpacked.tree.nodes)[2:]
    return layering.build(unpacked, keep, directory / "made", flatten=False, annotations={}, sink=silent)


# What is measured, each from nothing but an opened image.
STAGES: dict[str, Callable[[Image, Path], object]] = {
    "index, cold": lambda image, directory: index(image, silent),
    "tree": lambda image, directory: tree_of(image, silent),
    "sizes": lambda image, directory: sizes.sizes(unpack(image, directory, silent)),
    "plan": plan,
    "build": build,
}


def main(*references: str) -> None:
    """Print a line for each image and stage."""
    print(f"{'image':24}{'stage':14}{'MB':>6}{'seconds':>9}")
    for reference in references:
        measure(Path(reference).name.partition(":")[0], reference)
    for name, layers in made().items():
        with tempfile.TemporaryDirectory() as directory:
            place = f"{directory}/image:x"
            write(layers, place, Path(directory))
            measure(name, place)


def measure(name: str, reference: str) -> None:
    """Run each stage in a child and print what it took."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        for stage in STAGES:
            child = [sys.executable, __file__, "--stage", stage, reference]
            done = subprocess.run(child, env=environment, capture_output=True, text=True)
            words = done.stdout if done.returncode == 0 else f"  {(done.stderr.splitlines() or ['killed'])[-1][:90]}"
            print(f"{name[:23]:24}{stage:14}{words}", flush=True)


def run(stage: str, reference: str) -> None:
    """One stage, in this process; its peak and its seconds."""
    with open_image(parse(f"oci:{reference}"), None, silent) as image, tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "made").mkdir()
        begun = perf_counter()
        kept = STAGES[stage](image, Path(directory))
        spent = perf_counter() - begun
        print(f"{peak_bytes() / 1e6:6.0f}{spent:9.2f}", end="" if kept else " nothing")


def peak_bytes() -> int:
    """Of this program alone: ru_maxrss begins with what its parent had (exec_mmap in the kernel's fs/exec.c)."""
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index("VmHWM:") + 1]) << 10


def made() -> dict[str, Iterator[Iterable[Member]]]:
    """Images as layers of members, made while they are written."""
    return {
        "200 000 entries": (usual(40_000, layer) for layer in range(5)),
        "1 000 000 entries": (usual(200_000, layer) for layer in range(5)),
        "1000 layers": (usual(100, layer) for layer in range(1000)),
        "1 000 000 shuffled": iter([shuffled(1_000_000)]),
        "300 000 inodes, linked": iter([linked(300_000)]),
        "one file of 2 GB": iter([[(Entry("zeros", "file", size=2 << 30), (bytes(1 << 20) for _ in range(2 << 10)))]]),
    }


def usual(count: int, seed: int) -> Iterator[Member]:
    """Directories within directories of a few small files each, as package managers leave them."""
    chance = random.Random(seed)
    folders = ["usr/lib/node_modules"]
    while count > 0:
        above = chance.choice(folders[-400:])
        folders.append(f"{above if above.count('/') < 8 else folders[0]}/{chance.choice(WORDS)}{len(folders)}")
        yield Entry(folders[-1], "directory", 0o755, mtime=chance.randrange(10**9) * 10**9), ()
        files = chance.randrange(1, 16)
        count -= files + 1
        for number in range(files):
            path = f"{folders[-1]}/{chance.choice(WORDS)}{number}.{chance.choice(ENDS)}"
            yield small(path, chance.randrange(10**9))


def shuffled(count: int) -> Iterator[Member]:
    """Files in an order that helps nobody."""
    numbers = list(range(count))
    random.Random(0).shuffle(numbers)
    return (small(f"d{number % 977}/f{number:07d}", number) for number in numbers)


def linked(count: int) -> Iterator[Member]:
    """Files that all have a second name, as in an OSTree repository."""
    for number in range(count):
        yield small(f"objects/{number % 256:02x}/{number:08x}.file", number)
    for number in range(count):
        target = f"objects/{number % 256:02x}/{number:08x}.file"
        yield Entry(f"usr/d{number % 997}/f{number}", "hardlink", link=target), ()


def small(path: str, seconds: int) -> Member:
    """A file whose content no other has."""
    body = hashlib.sha256(path.encode()).digest()
    return Entry(path, "file", mtime=seconds * 10**9, size=len(body)), (body,)


def write(layers: Iterable[Iterable[Member]], place: str, directory: Path) -> None:
    """An OCI layout of gzip layers."""
    found = tuple(packed(members, directory / f"{number}") for number, members in enumerate(layers))
    diff_ids = [layer.diff_id for layer in found]
    config = json.dumps(
        {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    ).encode()
    descriptor = Descriptor(OCI_CONFIG, digest_of(config), len(config))
    manifest = Manifest(2, descriptor, tuple(layer.descriptor for layer in found), OCI_MANIFEST)
    write_image(Image("made", msgspec_json.decode(config, type=Config), config, manifest, found), parse(f"oci:{place}"))


def packed(members: Iterable[Member], path: Path) -> Layer:
    """A layer whose blob lies at ``path``."""
    plain = Counted(tar(members))
    blob = Counted(compress_gzip(plain, 1))
    with path.open("wb") as file:
        file.writelines(blob)
    return Layer(Descriptor(f"{OCI_LAYER}+gzip", blob.digest, blob.size), plain.digest, lambda: path.open("rb"))


if __name__ == "__main__":
    run(*sys.argv[2:]) if sys.argv[1:2] == ["--stage"] else main(*sys.argv[1:])
