"""The numbers that are promised, measured on the corpus: one Markdown table, and exit 1 when one is missed.

Parts: ``slim`` (size, full probe, entries, seconds), ``digests`` (rootful, rootless and helper results are one),
``proof`` (what a verdict is worth: proof.py), ``kills`` (kill -9 at random moments: kills.py), ``firstuse`` (images as
new users have them), ``grains`` (default start alone, then the full probe: grains.py), ``stable`` (runs give one
digest, a rebuild pulls the application: stable.py), ``build`` (examples built twice, beside mmdebstrap: building.py),
``labs`` (the example labs, every expectation and every cause: example_labs.py), ``doctor`` (images broken in one way
each: mutations.py; after ``labs``, whose variants it breaks), ``lint`` (fifty Dockerfiles built before and after their
fixes, the prices of twenty-three rules, the corpus' Dockerfiles mended and proven: linting.py).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import building
import corpus_images
import example_labs
import fidelity
import firstuse
import grains
import kills
import linting
import mutations
import proof
import stable
from ordinary_user import ordinary_user

SHAVE = str(Path(sys.executable).parent / "shave")
PARTS = ("slim", "digests", "proof", "kills", "firstuse", "stable", "grains", "build", "labs", "doctor", "lint")
HALF_OF_INCUMBENT = 21 / 2
"""Seconds: half of the incumbent's slowest image on this class of machine (it needed 8 to 21)."""

Row = dict[str, str]


class NotSlimmedError(Exception):
    """``shave slim`` refused an image; the message says why."""


def main() -> int:
    """Run the parts asked for; 1 if a requirement was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=corpus_images.NAMES, help="only this image (repeatable)")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part (repeatable)")
    asked = parser.parse_args()
    names, parts = asked.only or corpus_images.NAMES, asked.part or PARTS
    missed: list[str] = []
    rows = []
    for name in names if {"slim", "digests"}.intersection(parts) else ():
        rows.append(dict(image_rows(name, parts, missed)))
        print(rows[-1], file=sys.stderr, flush=True)
    print(table(rows))
    if "proof" in parts:
        results = proof.measure(names)
        print("", proof.report(results), "", sep="\n")
        missed += proof.missed(results)
    if "kills" in parts:
        killed = kills.measure(kills.WAYS, kills.COUNT)
        print("", kills.report(killed), "", sep="\n")
        missed += kills.missed(killed)
    if "firstuse" in parts:
        missed += firstuse.main()
    if "grains" in parts:
        text, failed = grains.measure(names, grains.GRAINS)
        print("", text, "", sep="\n")
        missed += failed
    if "stable" in parts:
        moved = stable.measure(names)
        print("", stable.report(*moved), "", sep="\n")
        missed += stable.missed(*moved)
    if "build" in parts:
        examples, peer = building.measure()
        print("", building.report(examples, peer), "", sep="\n")
        missed += building.missed(examples, peer)
    if "labs" in parts:
        made = example_labs.measure()
        print("", example_labs.report(made), "", sep="\n")
        missed += example_labs.missed(made)
    if "doctor" in parts:
        broken = mutations.measure(runs=1)
        print("", mutations.report(broken), "", sep="\n")
        missed += mutations.missed(broken)
    if "lint" in parts:
        missed += linting.measure()
    print("\n".join(["", *(f"MISSED: {line}" for line in missed)]) if missed else "\neverything that is promised holds")
    return 1 if missed else 0


def image_rows(name: str, parts: Sequence[str], missed: list[str]) -> Iterator[tuple[str, str]]:
    """The cells of one image; what is missed is added to ``missed``."""
    original = corpus_images.layout(name)
    yield "image", name
    with tempfile.TemporaryDirectory(prefix="shave-acceptance-", dir="/var/tmp") as directory:
        work = Path(directory)
        try:
            if "slim" in parts:
                yield from slim_cells(name, original, work, missed)
            if "digests" in parts:
                yield from digest_cells(name, original, work, missed)
        except NotSlimmedError as error:
            missed.append(f"{name}: {error}")
            yield "refused", str(error)


def slim_cells(name: str, original: Path, work: Path, missed: list[str]) -> Iterator[tuple[str, str]]:
    """Size, probe, entries and seconds of one image, slimmed twice: with a cold and with a warm index."""
    cold = slim([SHAVE], name, original, work / "cold", work / "cache")
    warm = slim([SHAVE], name, original, work / "warm", work / "cache")
    limit = corpus_images.limit(name)
    with corpus_images.loaded(work / "cold", name) as image:
        weight, failure = corpus_images.weigh(image), corpus_images.probe(name, image)
    differences = fidelity.differences(fidelity.read(original), fidelity.read(work / "cold"))
    seconds = cold["seconds"]["total"]
    missed += [f"{name}: probe: {failure}"] if failure else []
    missed += [f"{name}: {line}" for line in differences[:10]]
    missed += [f"{name}: {weight} is more than {limit}"] if weight.unpacked > limit.unpacked + 0.05 else []
    missed += [f"{name}: gzip {weight} is more than {limit}"] if weight.gzip > limit.gzip + 0.05 else []
    missed += [f"{name}: {seconds:.1f} s"] if seconds > HALF_OF_INCUMBENT else []
    yield (
        "original MB",
        f"{cold['original']['unpacked_bytes'] / 1e6:.1f} / {cold['original']['packed_bytes'] / 1e6:.1f}",
    )
    yield "result MB (gzip -6)", f"{weight.unpacked:.1f} / {weight.gzip:.1f}"
    yield "incumbent", f"{limit.unpacked} / {limit.gzip}"
    yield "full probe", failure or "passes"
    yield "entries that differ", str(len(differences))
    yield "seconds, cold", f"{seconds:.1f}"
    yield "warm", f"{warm['seconds']['total']:.1f}"
    yield "stages, cold", ", ".join(f"{stage} {amount:.1f}" for stage, amount in cold["seconds"].items())


def slim(command: Sequence[str], name: str, original: Path, out: Path, cache: Path, *more: str) -> dict[str, Any]:
    """The JSON answer of ``shave slim`` at grain file with the image's own probes."""
    arguments = ["slim", f"oci:{original}:latest", "-o", f"oci:{out}:latest", "--grain", "file", "--format", "json"]
    config = ["--config", str(corpus_images.HERE / name / "shave.toml")]
    done = run([*command, *arguments, *config, *more], cache)
    answer: dict[str, Any] = json.loads(done.stdout or "{}")
    if done.returncode:
        verdict = answer.get("verdict") or {"judgements": []}
        wrong = [
            f"{judged['probe']}: {judged['reason']}" for judged in verdict["judgements"] if judged["verdict"] != "same"
        ]
        raise NotSlimmedError(f"exit {done.returncode}: {'; '.join(wrong[:2]) or done.stderr.strip()[-300:]}")
    return answer


def digest_cells(name: str, original: Path, work: Path, missed: list[str]) -> Iterator[tuple[str, str]]:
    """The manifest digests of the results of root, of an ordinary user and of the helper container: one for all.

    Scripts of this machine are no probes in the helper: an image that has one is asked nothing but its default start.
    """
    asked = ("--no-probe",) if "script = " in (corpus_images.HERE / name / "shave.toml").read_text() else ()
    slim([SHAVE], name, original, work / "root", work / "cache-root", *asked)
    slim([SHAVE], name, original, work / "helper", work / "cache-helper", "--runner", "helper", *asked)
    with ordinary_user() as (command, home):
        readable = home / "original"
        subprocess.run(["cp", "-r", original, readable], check=True)
        slim(command, name, readable, home / "slim", home / "cache", *asked)
        found = {digest(work / "root"), digest(work / "helper"), digest(home / "slim")}
    missed += [] if len(found) == 1 else [f"{name}: root, helper and ordinary user gave {found}"]
    yield "digests", "one" if len(found) == 1 else f"{len(found)} different"


def digest(layout: Path) -> str:
    """The digest of the only manifest of a layout."""
    return str(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])


def run(command: Sequence[str], cache: Path | None) -> subprocess.CompletedProcess[str]:
    """A command of shave's with a cache of its own, or the user's."""
    environment = os.environ | ({"XDG_CACHE_HOME": str(cache)} if cache else {})
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    if not rows:
        return ""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, ["---"] * len(columns), *([row.get(column, "") for column in columns] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
