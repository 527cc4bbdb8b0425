"""What inspecting a large image of real packages costs, beside the least work there is and beside dive.

``python bench/inspection.py [ROUNDS]`` makes the image once (bench/inspection.Dockerfile; needs root, mmdebstrap and
package indexes) and prints two tables: bytes of plain tar a second and their ratio to bare inflating, both in CPU time
of one core; and whole commands, each the fastest of some rounds (3) with a cold and with a warm cache: wall time, CPU
time of all cores, which a busy machine changes less, and peak memory. Blobs come from the page cache. The smaller image
is the distribution and the node_modules of the larger alone. (The name is not inspect.py, which would stand before
Python's own.)
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from msgspec import json as msgspec_json
from msgspec.structs import replace

import corpus_images
from analyse import inflate, read
from shave.allowance import Allowance
from shave.catalog import interest
from shave.events import silent
from shave.image import Image
from shave.layers import survey
from shave.oci import Config, digest_of
from shave.reference import parse
from shave.sources import open_image, write_image

HERE = Path(__file__).parent
PLACE = corpus_images.CACHE / "inspection"
LARGE, SMALL = PLACE / "large", PLACE / "small"
SMALL_LAYERS = (0, 2)
DIVE = "github.com/wagoodman/dive/cmd/dive"


class Run(NamedTuple):
    """Wall and CPU time of a program, and the most memory it held."""

    seconds: float
    cpu: float
    megabytes: float


def main(rounds: int = 3) -> None:
    """Print both tables for both images."""
    peer = dive()
    for layout in images():
        with open_image(parse(f"oci:{layout}:latest"), None, silent) as image:
            plain_bytes, entries = weigh(image)
            print(
                f"\n{layout.name}: {plain_bytes / 1e6:.0f} MB of tar, {entries} entries, {len(image.layers)} layers\n"
            )
            passes(image, plain_bytes, rounds)
        programs(layout, plain_bytes, peer, rounds)


def images() -> tuple[Path, Path]:
    """The layouts of both images, made where they are missing."""
    if not LARGE.exists():
        builder = [HERE / "demo/build.py", LARGE, "latest", HERE / "inspection.Dockerfile"]
        subprocess.run([sys.executable, *map(str, builder)], check=True, stdin=subprocess.DEVNULL)
    if not SMALL.exists():
        with open_image(parse(f"oci:{LARGE}:latest"), None, silent) as image:
            write_image(of_layers(image, SMALL_LAYERS), parse(f"oci:{SMALL}:latest"))
    return LARGE, SMALL


def of_layers(image: Image, numbers: tuple[int, ...]) -> Image:
    """The image of these layers alone."""
    config = json.loads(image.config_bytes)
    config["rootfs"]["diff_ids"] = [image.layers[number].diff_id for number in numbers]
    config["history"] = [config["history"][number] for number in numbers]
    data = json.dumps(config).encode()
    layers = tuple(image.layers[number] for number in numbers)
    about = replace(image.manifest.config, digest=digest_of(data), size=len(data))
    manifest = replace(image.manifest, config=about, layers=tuple(layer.descriptor for layer in layers))
    return Image(image.reference, msgspec_json.decode(data, type=Config), data, manifest, layers)


def weigh(image: Image) -> tuple[int, int]:
    """Bytes of plain tar, and entries."""
    allowance = Allowance(sum(layer.descriptor.size for layer in image.layers))
    found = [survey(layer, interest(), lambda amount: None, allowance).index for layer in image.layers]
    return sum(index.tar_bytes for index in found), sum(len(index.entries) for index in found)


def passes(image: Image, plain_bytes: int, rounds: int) -> None:
    """One pass over all layers on one core: bare, as slim reads, and as inspect reads. In turns, for a busy machine."""
    kinds: dict[str, Callable[[], object]] = {
        "isal gunzip": lambda: inflate(image),
        "analyse": lambda: read(image),
        "survey": lambda: weigh(image),
    }
    best = dict.fromkeys(kinds, float("inf"))
    for _ in range(rounds):
        for name, work in kinds.items():
            begun = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - begun)
    print("| one pass, one core | MB/s | of gunzip |")
    print("|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {plain_bytes / seconds / 1e6:.0f} | {best['isal gunzip'] / seconds:.0%} |", flush=True)


def programs(layout: Path, plain_bytes: int, peer: Path | None, rounds: int) -> None:
    """Whole commands on the layout and on a docker-archive of the same image, which is what dive reads."""
    print("\n| command | cold s | MB/s | CPU s | MB of memory | warm s | of cold | MB of memory |")
    print("|---" * 8 + "|")
    archive = PLACE / f"{layout.name}.tar"
    if not archive.exists():
        subprocess.run(["skopeo", "copy", "-q", f"oci:{layout}:latest", f"docker-archive:{archive}:x:y"], check=True)
    shave = [str(Path(sys.executable).parent / "shave"), "inspect", "-q"]
    for name, reference in (("oci", f"oci:{layout}:latest"), ("docker-archive", f"docker-archive:{archive}")):
        cold, warm = both([*shave, reference], rounds)
        again = f"{warm.seconds:.2f} | {warm.seconds / cold.seconds:.0%} | {warm.megabytes:.0f}"
        print(f"| shave inspect, {name} | {figures(cold, plain_bytes)} | {again} |", flush=True)
    if peer is None:
        print("\ndive was not measured: go is not here to install it")
        return
    run = min(once([str(peer), "--ci", "--source", "docker-archive", str(archive)]) for _ in range(rounds))
    print(f"| dive --ci, docker-archive | {figures(run, plain_bytes)} | keeps nothing | | |", flush=True)


def figures(run: Run, plain_bytes: int) -> str:
    """The cells of a cold run."""
    return f"{run.seconds:.2f} | {plain_bytes / run.seconds / 1e6:.0f} | {run.cpu:.2f} | {run.megabytes:.0f}"


def both(command: list[str], rounds: int) -> tuple[Run, Run]:
    """A command with a cold and with a warm cache, each time in one of its own."""
    runs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as cache:
            runs.append((once(command, XDG_CACHE_HOME=cache), once(command, XDG_CACHE_HOME=cache)))
    return min(cold for cold, _ in runs), min(warm for _, warm in runs)


def once(command: list[str], **environment: str) -> Run:
    """One run. Its exit code says what it thinks of the image, so only a signal or a usage error is a failure."""
    begun, peak = time.perf_counter(), 0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=said, stderr=said)
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            peak = max(peak, resident(process.pid))
            time.sleep(0.01)
        seconds, usage = time.perf_counter() - begun, ended[2]
        process.returncode = os.waitstatus_to_exitcode(ended[1])
        if process.returncode not in (0, 1):
            said.seek(0)
            sys.exit(f"{' '.join(command)} ended with {process.returncode}: {said.read()[-2000:].decode()}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak / 1e6)


def resident(pid: int) -> int:
    """The most bytes a process was resident; ru_maxrss would begin with its parent's."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc", str(pid), "status").read_text())
        return int(found[1]) << 10 if found else 0
    return 0


def dive() -> Path | None:
    """The peer, installed once; None where there is no go."""
    program = PLACE / "bin/dive"
    if not program.exists() and shutil.which("go"):
        environment = {**os.environ, "GOBIN": str(program.parent)}
        subprocess.run(["go", "install", f"{DIVE}@latest"], check=True, env=environment, stdin=subprocess.DEVNULL)
    return program if program.exists() else None


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
