"""The corpus for acceptance: built and exported once; loaded, probed and weighed by tools that are not shave."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent / "corpus"
NAMES = ("flask", "nginx", "redis", "hello-c", "hello-go", "java-http", "perl-script", "shell-cron")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shave-house"


class Weight(NamedTuple):
    """MB (10^6): unpacked as the engine counts it, and the layers as gzip -6 makes them."""

    unpacked: float
    gzip: float


def layout(name: str, family: str = "corpus") -> Path:
    """The OCI layout of an image of bench/FAMILY, tagged ``latest`` there; built and exported where missing."""
    image = f"{family}/{name}"
    if _call("docker", "image", "inspect", image).returncode:
        subprocess.run([HERE.with_name(family) / "build.sh", name], check=True, stdin=subprocess.DEVNULL)
    inspected = json.loads(_call("docker", "image", "inspect", image, check=True).stdout)[0]
    where = CACHE / family / f"{name}-{inspected['Id'][7:19]}"
    if not where.exists():
        where.parent.mkdir(parents=True, exist_ok=True)
        beside = where.with_name(f".{where.name}.{os.getpid()}")
        _call("skopeo", "copy", "-q", f"docker-daemon:{image}:latest", f"oci:{beside}:latest", check=True)
        beside.rename(where)
    return where


@contextmanager
def loaded(source: Path, name: str, family: str = "corpus") -> Iterator[str]:
    """A layout's image in the engine, by the name it has there; gone again at the end."""
    image = f"{family}/{name}:shaved"
    _call("skopeo", "copy", "-q", f"oci:{source}:latest", f"docker-daemon:{image}", check=True)
    try:
        yield image
    finally:
        _call("docker", "image", "rm", image)


def probe(name: str, image: str) -> str:
    """What the image's full probe says, "" if it passes."""
    done = _call(HERE / name / "probe", image)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip().splitlines()[0]


def weigh(image: str) -> Weight:
    """The weight of an image of the engine."""
    unpacked, packed = _call(HERE / "measure.py", image, check=True).stdout.split()[1:3]
    return Weight(int(unpacked) / 1e6, int(packed) / 1e6)


def limit(name: str) -> Weight:
    """The smaller of the incumbent's passing columns in the corpus README, each for itself."""
    row = next(line for line in (HERE / "README.md").read_text().splitlines() if line.startswith(f"| {name} |"))
    passing = [re.match(r" ([\d.]+) / ([\d.]+) MB, passes", cell) for cell in row.split("|")[3:]]
    weights = [Weight(float(found[1]), float(found[2])) for found in passing if found]
    return Weight(min(weight.unpacked for weight in weights), min(weight.gzip for weight in weights))


def _call(*command: str | Path, check: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=check, stdin=subprocess.DEVNULL, capture_output=True, text=True)
