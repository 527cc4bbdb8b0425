"""``shave copy`` against ``skopeo copy``: the same image between the same places, in turns.

``python bench/throughput.py [--only NAME] [--rounds N]`` prints for each image and pair of places the median seconds of
both, and skopeo's seconds and CPU seconds for each of ours: above 1 we are faster. "first" is a machine that never saw
the image: shave then looks into each layer, which skopeo never does; "again" is the next copy, to another new place.
Blobs that are kept from registries go before each run, and every push is to a new registry. An archive of plain tars is
written to a layout as gzip by both. Only the ratios of one run mean anything.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import corpus_images

SHAVE = str(Path(sys.executable).parent / "shave")
NAMES = ("flask", "java-http")


class Run(NamedTuple):
    """One run of a program: wall and CPU seconds, peak MiB."""

    seconds: float
    cpu: float
    mebibytes: int


class Case(NamedTuple):
    """A pair of places, and what either program needs to do the same. ``{host}`` is a new registry."""

    name: str
    source: str
    target: str
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=corpus_images.NAMES, help="only this image (repeatable)")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    columns = [
        "image",
        "copy",
        "skopeo s",
        "first s",
        "ratio",
        "again s",
        "ratio",
        "CPU first",
        "CPU again",
        "MiB skopeo",
        "MiB ours",
    ]
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    with tempfile.TemporaryDirectory(prefix="copy-", dir="/var/tmp") as directory:
        for name in asked.only or NAMES:
            for case in cases(name, Path(directory)):
                print(row(name, case, asked.rounds, Path(directory)), flush=True)


def cases(name: str, directory: Path) -> Iterator[Case]:
    """The pairs of places; their sources are there while the case is at work."""
    layout = f"oci:{corpus_images.layout(name)}:latest"
    yield Case("oci → oci", layout, "oci:{here}/out:x")
    with registry(directory) as host:
        skopeo("--dest-tls-verify=false", layout, f"docker://{host}/app:in")
        yield Case("registry → oci", f"docker://{host}/app:in", "oci:{here}/out:x", (), ("--src-tls-verify=false",))
    yield Case("oci → registry", layout, "docker://{host}/app:x", (), ("--dest-tls-verify=false",))
    saved = directory / f"{name}.tar"
    skopeo(layout, f"docker-archive:{saved}")
    yield Case("docker-archive → oci", f"docker-archive:{saved}", "oci:{here}/out:x", ("--compression=gzip:6",))
    saved.unlink()


def row(name: str, case: Case, rounds: int, directory: Path) -> str:
    """All rounds of one case, the programs in turns."""
    kinds: tuple[list[Run], list[Run], list[Run]] = ([], [], [])
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=directory) as cache:
            commands = ([SHAVE, *case.ours], [SHAVE, *case.ours], ["skopeo", *case.theirs])
            for runs, (program, *options) in zip(kinds, commands, strict=True):
                shutil.rmtree(Path(cache) / "shave/blobs", ignore_errors=True)
                runs.append(once([program, "copy", "-q", *options], case, directory, cache))
    first, again, theirs = kinds
    return (
        f"| {name} | {case.name} | {middle(theirs).seconds:.2f} "
        f"| {middle(first).seconds:.2f} | {middle(theirs).seconds / middle(first).seconds:.2f} "
        f"| {middle(again).seconds:.2f} | {middle(theirs).seconds / middle(again).seconds:.2f} "
        f"| {middle(theirs).cpu / middle(first).cpu:.2f} | {middle(theirs).cpu / middle(again).cpu:.2f} "
        f"| {middle(theirs).mebibytes} | {max(middle(first), middle(again), key=lambda run: run.mebibytes).mebibytes} |"
    )


def middle(runs: list[Run]) -> Run:
    """The median of each figure."""
    seconds, cpu, mebibytes = zip(*runs, strict=True)
    return Run(statistics.median(seconds), statistics.median(cpu), round(statistics.median(mebibytes)))


def once(command: list[str], case: Case, directory: Path, cache: str) -> Run:
    """One copy to a new place, when what was written before is on the disk."""
    with tempfile.TemporaryDirectory(dir=directory) as here, registry(Path(here)) as host:
        os.sync()
        begun = perf_counter()
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        whole = [*command, case.source, case.target.format(here=here, host=host)]
        process = subprocess.Popen(whole, env=environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(whole)} ended with {process.returncode}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10)


def skopeo(*arguments: str) -> None:
    """A copy that is not measured."""
    subprocess.run(["skopeo", "copy", "-q", *arguments], check=True, stdin=subprocess.DEVNULL)


@contextmanager
def registry(directory: Path) -> Iterator[str]:
    """Debian's docker-registry on loopback: ``localhost:port``."""
    with tempfile.TemporaryDirectory(dir=directory) as place:
        config = Path(place, "config.yml")
        storage = {"filesystem": {"rootdirectory": f"{place}/storage"}}
        log = {"accesslog": {"disabled": True}}
        settings = {"version": "0.1", "log": log, "storage": storage, "http": {"addr": "localhost:0"}}
        config.write_text(json.dumps(settings))  # JSON is YAML
        said = Path(place, "said")
        with (
            said.open("w") as file,
            subprocess.Popen(["docker-registry", "serve", str(config)], stderr=file) as process,
        ):
            try:
                while not (found := re.search(r"listening on \S+:([0-9]+)", said.read_text())):
                    if process.poll() is not None:
                        sys.exit(said.read_text())
                yield f"localhost:{found[1]}"
            finally:
                process.kill()


if __name__ == "__main__":
    main()
