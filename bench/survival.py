"""What survives of an image that was slimmed by its start alone: thirty programs that no rule was made for.

Each program of bench/survive/programs.toml that the seed drew is slimmed at each grain with no probe but its default
start; its ``behave`` then asks the result, and the original, for what the start did not show. What was measured is
written down run by run (~/.cache/shave-house/survival/RUN.jsonl), so that the same command goes on where it ended.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

import corpus_images
from acceptance import SHAVE, table
from journal import Journal, version

HERE = Path(__file__).parent / "survive"
PROGRAMS = tuple(it["name"] for it in tomllib.loads((HERE / "programs.toml").read_text())["program"])
DRAWN = tuple(random.Random(20261120).sample(PROGRAMS, 30))
GRAINS = ("file", "unit", "waste")
SLIM_SECONDS, BEHAVE_SECONDS = 900, 900


class Behaviour(msgspec.Struct, frozen=True):
    """One line of a ``behave``; ``wrong`` is "" where all is right."""

    name: str
    wrong: str = ""


class Run(msgspec.Struct, frozen=True):
    """One program at one grain, or as it was (``original``).

    ``status`` and ``message`` are those of shave slim; bytes are the engine's and, packed, of the layers as gzip -6
    makes them; 0 where there is no image.
    """

    program: str
    grain: str
    status: int = 0
    message: str = ""
    unpacked_bytes: int = 0
    packed_bytes: int = 0
    behaviours: tuple[Behaviour, ...] = ()


class Failure(NamedTuple):
    """A behaviour that the original has and a result has not."""

    program: str
    grain: str
    behaviour: str
    wrong: str


def main() -> int:
    """Measure and report; 1 if a behaviour of an original is wrong: then its recipe is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only",
        action="append",
        choices=PROGRAMS,
        metavar="PROGRAM",
        help="only this program (repeatable) [the drawn]",
    )
    parser.add_argument("--grain", action="append", choices=GRAINS, help="only this grain (repeatable)")
    parser.add_argument("--jobs", type=int, default=1, help="programs at a time")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")
    parser.add_argument("--run", default=version(), help="name of the file of what was measured [a digest of shave]")
    asked = parser.parse_args()
    journal = Journal(corpus_images.CACHE / "survival" / f"{asked.run}.jsonl")
    grains = asked.grain or GRAINS
    with ThreadPoolExecutor(asked.jobs) as pool:
        found = pool.map(partial(measured, journal, grains), asked.only or DRAWN)
        runs = [run for of_program in found for run in of_program]
    text = msgspec.json.format(msgspec.json.encode(runs)).decode() if asked.format == "json" else report(runs, grains)
    print(text)
    return 1 if any(it.wrong for run in runs if run.grain == "original" for it in run.behaviours) else 0


def measured(journal: Journal, grains: Sequence[str], program: str) -> list[Run]:
    """The runs of one program: as it was, and at these grains."""
    layout = corpus_images.layout(program, "survive")
    image = f"survive/{program}"
    original = journal.recall(Run, (layout.name, "original"), lambda: _asked(Run(program, "original"), image))
    return [
        original,
        *(journal.recall(Run, (layout.name, it), partial(_slimmed, program, it, layout)) for it in grains),
    ]


def _slimmed(program: str, grain: str, layout: Path) -> Run:
    """Slimmed in a directory of its own, where no configuration is."""
    with tempfile.TemporaryDirectory(prefix="shave-survival-", dir="/var/tmp") as directory:
        out = Path(directory) / "out"
        arguments = ["slim", f"oci:{layout}:latest", "-o", f"oci:{out}:latest", "--grain", grain, "--no-probe"]
        command = ["timeout", "-s", "INT", "-k", "60", str(SLIM_SECONDS), SHAVE, *arguments, "--format", "json"]
        done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        run = Run(program, grain, done.returncode, message(done.stdout, done.stderr))
        if not out.exists():
            return run
        with corpus_images.loaded(out, program, "survive") as image:
            return _asked(run, image)


def _asked(run: Run, image: str) -> Run:
    """The run with what this image of the engine weighs and does."""
    command = ["timeout", "-k", "90", str(BEHAVE_SECONDS), str(HERE / run.program / "behave"), image]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    weight = corpus_images.weigh(image)
    return msgspec.structs.replace(
        run,
        unpacked_bytes=round(weight.unpacked * 1e6),
        packed_bytes=round(weight.gzip * 1e6),
        behaviours=tuple(behaviours(done.stdout)),
    )


def message(stdout: str, stderr: str) -> str:
    """What shave slim has to say for itself: its error, what differed, or that the evidence was thin; else nothing."""
    if not stdout.strip():
        return " ".join(stderr.split())[-400:]
    answer = json.loads(stdout)
    wrong = [
        f"{judged['probe']}: {judged['reason']}"
        for judged in (answer["verdict"] or {"judgements": []})["judgements"]
        if judged["verdict"] != "same"
    ]
    return "; ".join([*wrong, *(["thin evidence"] if answer["thin"] else [])])


def behaviours(text: str) -> Iterator[Behaviour]:
    """The behaviours that a ``behave`` printed: ``ok NAME`` or ``not ok NAME: what was wrong``."""
    for line in text.splitlines():
        if line.startswith("ok "):
            yield Behaviour(line.removeprefix("ok "))
        elif line.startswith("not ok "):
            name, _, wrong = line.removeprefix("not ok ").partition(": ")
            yield Behaviour(name, wrong.strip() or "it says not what")


def failures(original: Run, run: Run) -> list[Failure]:
    """What the original does and this run does not, or was not asked for, since there was no image or time."""
    answers = {it.name: it.wrong for it in run.behaviours}
    unasked = "was not answered in time" if run.unpacked_bytes else f"no image: exit {run.status}: {run.message}"
    failed = [(it.name, answers.get(it.name, unasked)) for it in original.behaviours if not it.wrong]
    return [Failure(run.program, run.grain, name, wrong) for name, wrong in failed if wrong]


def report(runs: Sequence[Run], grains: Sequence[str]) -> str:
    """The table, rates and failures as Markdown; MB are unpacked / gzip -6."""
    originals = [run for run in runs if run.grain == "original"]
    results = {(run.program, run.grain): run for run in runs}
    failed = {
        (original.program, grain): failures(original, results[original.program, grain])
        for original in originals
        for grain in grains
    }
    rows = []
    for original in originals:
        row = {"program": original.program, "original, MB": _megabytes([original])}
        for grain in grains:
            run = results[original.program, grain]
            exited = f", exit {run.status}" if run.status else ""
            row[grain] = f"{_megabytes([run])}, {_rate([original], failed, grain)}{exited}"
        rows.append(row)
    total = {"program": f"all {len(originals)}", "original, MB": _megabytes(originals)}
    for grain in grains:
        whole = sum(not failed[original.program, grain] for original in originals)
        size = _megabytes([results[original.program, grain] for original in originals])
        total[grain] = f"{size}, {_rate(originals, failed, grain)} behaviours, {whole}/{len(originals)} programs"
    wrong = [f"- {run.program}: {it.name}: {it.wrong}" for run in originals for it in run.behaviours if it.wrong]
    said = [f"- {run.program}, {run.grain}: exit {run.status}: {run.message}" for run in runs if run.message]
    lost = [f"- {it.program}, {it.grain}: {it.behaviour}: {it.wrong}" for each in failed.values() for it in each]
    parts = {"Wrong on the original": wrong, "What shave slim said": said, "What was lost": lost}
    sections = ["\n".join([f"{title}:", "", *lines]) for title, lines in parts.items() if lines]
    return "\n\n".join([table([*rows, total]), *sections])


def _megabytes(runs: Sequence[Run]) -> str:
    return f"{sum(it.unpacked_bytes for it in runs) / 1e6:.1f} / {sum(it.packed_bytes for it in runs) / 1e6:.1f}"


def _rate(originals: Sequence[Run], failed: dict[tuple[str, str], list[Failure]], grain: str) -> str:
    right = sum(not it.wrong for original in originals for it in original.behaviours)
    return f"{right - sum(len(failed[it.program, grain]) for it in originals)}/{right}"


if __name__ == "__main__":
    sys.exit(main())
