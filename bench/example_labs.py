"""The example labs, really built, run and reported: every expectation holds, and doctor says before what runs show.

``python bench/example_labs.py [--only LAB]``. Base images come from bench/labs/*bases, results stay below ~/.cache:
the second time is quick. Sizes of the report are held against ``shave size`` and against the engine, byte for byte.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import corpus_images
import newer_builders
from shave.documents import parse
from shave.events import silent
from shave.sources import locate, open_image
from shave.store import index
from shave.verbs.lab_reported import LabRow, Report

BENCH = Path(__file__).parent
EXAMPLES = BENCH.parent / "examples/labs"
STATES = corpus_images.CACHE / "labs"
SHAVE = Path(sys.executable).parent / "shave"
LABS = ("hello", "https", "python", "bazel", "cross", "dotnet", "dotnet/layouts.toml")
"""All but those that need what cannot be had from package registries (dotnet/composite.toml)."""


class Result(NamedTuple):
    """One lab: what its report says, what of it is not as promised, the seconds of all of it."""

    name: str
    report: Report
    wrong: tuple[str, ...]
    seconds: float


def main() -> int:
    """Measure; 1 if something is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=LABS, help="only this lab (repeatable)")
    results = measure(parser.parse_args().only or LABS)
    print(report(results))
    print("\n".join(f"MISSED: {line}" for line in missed(results)))
    return 1 if missed(results) else 0


def measure(names: Sequence[str] = LABS) -> list[Result]:
    """The labs of these names, one after the other, with their base images."""
    for script in sorted((BENCH / "labs").glob("*bases")):
        subprocess.run([script], check=True)
    return [result(name) for name in names]


def result(name: str) -> Result:
    """One lab. Exit codes are not asked for: what is not as expected, the report says by variant."""
    begun = time.monotonic()
    shave("build", name, "--network", "host")
    shave("run", name)
    found = parse(shave("report", name, "--format", "json").encode(), "lab", Report)
    return Result(name, found, tuple(wrong(found)), time.monotonic() - begun)


def shave(verb: str, name: str, *options: str) -> str:
    """The answer of ``shave lab``; what it tells of its work goes to stderr. Raises if it could not do it."""
    state = STATES / name.replace("/", "-")
    command = (str(SHAVE), "lab", verb, str(EXAMPLES / name), "--state", str(state), *options)
    path = {"PATH": f"{SHAVE.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, env=os.environ | newer_builders.BUILDX | path, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"shave lab {verb} {name}: exit {done.returncode}")
    return done.stdout


def wrong(found: Report) -> Iterator[str]:
    """What of a report is not as promised."""
    for row in found.rows:
        if row.judged.held is not True:
            yield f"{row.variant}: {row.judged.why or 'nothing is expected of it'}"
        if row.predicted != row.observed:
            yield f"{row.variant}: doctor says {row.predicted or 'nothing'}, the run {row.observed or 'nothing'}"
    yield from _sizes([row for row in found.rows if row.reference])


def _sizes(rows: Sequence[LabRow]) -> Iterator[str]:
    """Where the report, ``shave size`` and the engine give different bytes for one image."""
    asked = subprocess.run(
        [SHAVE, "size", "--format", "json", *(row.reference for row in rows)], stdout=subprocess.PIPE
    )
    sized = json.loads(asked.stdout)["images"]
    for row, weight in zip(rows, sized, strict=True):
        ours = row.unpacked_bytes, row.content_bytes
        if ours != (weight["unpacked_bytes"], weight["content_bytes"]):
            yield f"{row.variant}: {ours} in the report, {weight} by shave size"
        engine = engine_bytes(row.reference)
        if engine is not None and engine - (row.unpacked_bytes or 0) not in symlink_bytes(row.reference):
            yield f"{row.variant}: {row.unpacked_bytes} unpacked bytes, {engine} in the engine"


def engine_bytes(reference: str) -> int | None:
    """What Docker says of one of its images."""
    if not reference.startswith("docker-daemon:"):
        return None
    name = reference.removeprefix("docker-daemon:")
    return int(subprocess.check_output(["docker", "image", "inspect", "-f", "{{.Size}}", name]))


def symlink_bytes(reference: str) -> set[int]:
    """What Docker may count besides: the lengths of all targets in those layers that it unpacked from an archive (moby,
    pkg/directory), not in those that its classic builder committed.
    """
    sums = {0}
    with open_image(locate(reference)) as image:
        for each in index(image, silent):
            targets = sum(len(os.fsencode(entry.link)) for entry in each.entries if entry.kind == "symlink")
            sums |= {known + targets for known in sums}
    return sums


def report(results: Sequence[Result]) -> str:
    """How many of the expectations hold, and the ladders of all labs."""
    lines = ["| lab | variants | work | as expected | predicted | seconds |", "|---|---|---|---|---|---|"]
    for each in results:
        rows = each.report.rows
        failing = [row for row in rows if row.verdict == "fails"]
        cells = (
            each.name,
            len(rows),
            sum(row.verdict == "works" for row in rows),
            f"{sum(row.judged.held is True for row in rows)} of {len(rows)}",
            f"{sum(row.predicted == row.observed for row in failing)} of {len(failing)} failures",
            f"{each.seconds:.0f}",
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, *(f"\n{each.name}\n\n{ladder(each.report)}" for each in results)])


def ladder(found: Report) -> str:
    """All variants of a lab from the largest to the smallest, as docs/labs.md has them."""
    lines = ["| variant | stands on | unpacked kB | packed kB | |", "|---|---|---:|---:|---|"]
    for row in sorted(found.rows, key=lambda row: -(row.packed_bytes or 0)):
        sizes = ("" if each is None else f"{each / 1e3:,.0f}" for each in (row.unpacked_bytes, row.packed_bytes))
        became = row.verdict if row.build == "built" else "is not built"
        cause = f": {row.observed}" if row.observed else ""
        lines.append(f"| `{row.variant}` | {row.base} | {' | '.join(sizes)} | {became}{cause} |")
    return "\n".join(lines)


def missed(results: Sequence[Result]) -> list[str]:
    """What is not as promised."""
    return [f"labs: {each.name}: {line}" for each in results for line in each.wrong]


if __name__ == "__main__":
    sys.exit(main())
