"""What mutants put into images, fetched or made once: older libraries, a JRE of one module, addons of Node."""

import subprocess
from pathlib import Path

from shave import downloads
from shave.events import silent
from shave.spec import Spec
from shave.verbs.resolve import resolve


def fetch_tools(directory: Path) -> None:
    """What is put into images: libraries of Debian bullseye, a JRE of one module, addons of Node."""
    for package, names in (("libc6", ("libc.so.6",)), ("libstdc++6", ("libstdc++.so.6",))):
        _bullseye(package, names, directory)
    jlinked = directory / "jlinked"
    subprocess.run(["jlink", "--add-modules", "java.base", "--output", jlinked], check=True)
    (jlinked / "lib" / "modules").rename(directory / "modules")
    source = directory / "abi.c"
    source.write_text("void node_register_module_v83(void) {}\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", directory / "abi.node", source], check=True)
    subprocess.run(["npm", "pack", "--silent", "@rollup/rollup-linux-x64-musl@4.30.0"], cwd=directory, check=True)
    subprocess.run(["tar", "-xzf", next(directory.glob("rollup*.tgz")), "-C", directory], check=True)
    next(directory.glob("package/*.node")).rename(directory / "musl.node")


def _bullseye(package: str, names: tuple[str, ...], directory: Path) -> None:
    lock = resolve(Spec("bullseye", "amd64", packages=(package,)), "", silent)
    (one,) = (each for each in lock.packages if each.name == package)
    wanted = downloads.Wanted(one.name, one.url, one.sha256, one.packed_bytes)
    (file,) = downloads.fetch([wanted], directory, silent).values()
    subprocess.run(["dpkg-deb", "--extract", file, directory / package], check=True)
    for name in names:
        (found,) = (path for path in (directory / package).glob(f"**/{name}"))
        (directory / name).write_bytes(found.read_bytes())
