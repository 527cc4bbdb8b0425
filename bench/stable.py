"""Whether results stand still: the same image slimmed again and again at grain unit, and an application rebuilt.

Runs of one image must give one manifest digest. For the rebuild, bench/corpus/flask with one line of app.py edited is
built anew and slimmed with ``--previous``: what must be pulled is the layer that has app.py, and no other.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import corpus_images

SHAVE = str(Path(sys.executable).parent / "shave")
RUNS = 3
_REBUILT = "flask"
_EDITED = "flask-edited"
_LINE, _OTHER = "flask ok", "flask rebuilt"
_SHOWN = 5


class Stable(NamedTuple):
    """The manifest digest of each run, and paths that one run kept and another did not."""

    name: str
    digests: tuple[str, ...]
    unsteady: tuple[str, ...]


class Rebuilt(NamedTuple):
    """Packed bytes of the new result, of what must be pulled of it, and the files in the layers that must."""

    packed_bytes: int
    pull_bytes: int
    pulled: tuple[tuple[str, ...], ...]


def main() -> int:
    """Measure what is asked for; 1 if something moved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=corpus_images.NAMES, help="only this image (repeatable)")
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each image is slimmed")
    asked = parser.parse_args()
    stable, rebuilt = measure(asked.only or corpus_images.NAMES, asked.runs)
    print(report(stable, rebuilt))
    return 1 if missed(stable, rebuilt) else 0


def measure(names: Sequence[str], runs: int = RUNS) -> tuple[list[Stable], Rebuilt | None]:
    """The runs of these images; the rebuild too if its image is one of them."""
    stable = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="shave-stable-", dir="/var/tmp") as directory:
            stable.append(_stable(name, runs, Path(directory)))
        print(stable[-1], file=sys.stderr, flush=True)
    return stable, _rebuilt() if _REBUILT in names else None


def _stable(name: str, runs: int, work: Path) -> Stable:
    original, digests, kept = corpus_images.layout(name), [], []
    for number in range(runs):
        out, report = work / f"out-{number}", work / f"report-{number}"
        _slim(original, out, work / "cache", "--report", str(report))
        digests.append(_descriptor(out)["digest"])
        kept.append({found["path"] for found in json.loads((report / "plan.json").read_text())["kept"]})
        shutil.rmtree(out)
    return Stable(name, tuple(digests), tuple(sorted(set.union(*kept) - set.intersection(*kept))))


def _rebuilt() -> Rebuilt:
    with tempfile.TemporaryDirectory(prefix="shave-stable-", dir="/var/tmp") as directory, _edited() as after:
        work = Path(directory)
        first, second = work / "first", work / "second"
        _slim(corpus_images.layout(_REBUILT), first, work / "cache")
        _slim(after, second, work / "cache", "--previous", f"oci:{first}:latest")
        there = {layer["digest"] for layer in _layers(first)}
        pulled = [layer for layer in _layers(second) if layer["digest"] not in there]
        names = tuple(tuple(_files(second, layer["digest"])) for layer in pulled)
        return Rebuilt(_packed_bytes(_layers(second)), _packed_bytes(pulled), names)


@contextmanager
def _edited() -> Iterator[Path]:
    """The layout of the application with one line changed, built as the corpus is; gone again at the end."""
    with tempfile.TemporaryDirectory(prefix="shave-stable-", dir="/var/tmp") as directory:
        work = Path(directory)
        shutil.copy2(corpus_images.HERE / "build.sh", work)
        shutil.copytree(corpus_images.HERE / _REBUILT, work / _EDITED)
        source = work / _EDITED / "app.py"
        source.write_text(source.read_text().replace(_LINE, _OTHER))
        subprocess.run([work / "build.sh", _EDITED], check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        image, layout = f"corpus/{_EDITED}", work / "layout"
        copy = ["skopeo", "copy", "-q", f"docker-daemon:{image}:latest", f"oci:{layout}:latest"]
        subprocess.run(copy, check=True, stdin=subprocess.DEVNULL)
        subprocess.run(["docker", "image", "rm", image], check=True, stdout=subprocess.DEVNULL)
        yield layout


def _slim(original: Path, out: Path, cache: Path, *more: str) -> None:
    command = [SHAVE, "slim", f"oci:{original}:latest", "-o", f"oci:{out}:latest", "-q", *more]
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    subprocess.run(command, check=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _descriptor(layout: Path) -> dict[str, Any]:
    """What the index says of the only manifest."""
    found: dict[str, Any] = json.loads((layout / "index.json").read_text())["manifests"][0]
    return found


def _layers(layout: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_blob(layout, _descriptor(layout)["digest"]).read_text())["layers"]
    return found


def _packed_bytes(layers: Sequence[dict[str, Any]]) -> int:
    return sum(layer["size"] for layer in layers)


def _files(layout: Path, digest: str) -> list[str]:
    with tarfile.open(_blob(layout, digest)) as archive:
        return [member.name for member in archive if not member.isdir()]


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def missed(stable: Sequence[Stable], rebuilt: Rebuilt | None) -> list[str]:
    """What moved and should not have."""
    lines = []
    for it in stable:
        if len(set(it.digests)) > 1:
            paths = ", ".join(f"/{path}" for path in it.unsteady[:_SHOWN])
            lines.append(f"{it.name}: {len(set(it.digests))} digests in {len(it.digests)} runs; {paths or 'one plan'}")
    if rebuilt and (len(rebuilt.pulled) != 1 or "app/app.py" not in rebuilt.pulled[0]):
        lines.append(f"{_REBUILT}: {len(rebuilt.pulled)} layers of {rebuilt.pull_bytes} bytes must be pulled")
    return lines


def report(stable: Sequence[Stable], rebuilt: Rebuilt | None) -> str:
    """The table as Markdown, and a line on the rebuild."""
    lines = ["| image | runs | digests | paths not always kept |", "| --- | --- | --- | --- |"]
    lines += [f"| {it.name} | {len(it.digests)} | {len(set(it.digests))} | {len(it.unsteady)} |" for it in stable]
    if rebuilt:
        part = 100 * rebuilt.pull_bytes / rebuilt.packed_bytes
        bytes_ = f"{rebuilt.pull_bytes} of {rebuilt.packed_bytes} packed bytes ({part:.2f} %)"
        files = ", ".join(f"/{name}" for names in rebuilt.pulled for name in names[:_SHOWN])
        lines += ["", f"one line of {_REBUILT} edited: {bytes_} in {len(rebuilt.pulled)} layer must be pulled: {files}"]
    return "\n".join([*lines, "", *(f"MISSED: {line}" for line in missed(stable, rebuilt))])


if __name__ == "__main__":
    sys.exit(main())
