"""How much a verdict is worth, measured on the corpus: harm that verify must find, and images that are as they were.

Each image is slimmed with its own full probes at grain file. Of the result's regular files that the evidence says were
opened or executed, up to 100 at random are taken away, one at a time, and the original is verified against the rest:
with the full probes and with none (the default start), judged by answers alone and by answers and lookups. Then the
original is verified against itself. What was measured is kept and not measured again, so that a run can be resumed.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

import corpus_images
from harm import Bench, Deletion, Itself, against_itself, bench, chosen, deleted, known, slimmed
from journal import Journal, version
from shave.store import Unpacked

AIM = 0.95
PROBES = ("full", "default")


class Results(Struct, frozen=True):
    """``shave.proof/v1``: all that was measured, and how to measure it again."""

    command: str
    deletions: tuple[Deletion, ...]
    itself: tuple[Itself, ...]
    schema: str = "shave.proof/v1"


def main() -> int:
    """Measure what is asked for; 1 if an aim was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=corpus_images.NAMES, help="only this image (repeatable)")
    parser.add_argument("--deletions", type=int, default=100, help="files taken away of each image")
    parser.add_argument("--times", type=int, default=20, help="how often an image is verified against itself")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of files")
    parser.add_argument("--jobs", type=int, default=6, help="containers at a time; most of them wait")
    parser.add_argument("--json", type=Path, help="write what was measured to this file")
    asked = parser.parse_args()
    results = measure(asked.only or corpus_images.NAMES, asked.deletions, asked.times, asked.seed, asked.jobs)
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
    print(report(results))
    return 1 if missed(results) else 0


def measure(names: Sequence[str], deletions: int = 100, times: int = 20, seed: int = 1, jobs: int = 6) -> Results:
    """Measure these images, or recall what was measured of them."""
    journal = Journal(corpus_images.CACHE / "proof" / f"{version()}-{seed}.jsonl")
    found: list[Deletion] = []
    itself: list[Itself] = []
    for name in names:
        with bench(name) as one, ThreadPoolExecutor(jobs) as pool:
            itself += pool.map(partial(_against_itself, one, journal), range(times))
            with slimmed(one) as (result, evidence):
                paths = chosen(evidence, result.tree, deletions, seed)
                for probes in PROBES:
                    found += _deletions(one, result, probes, paths, journal, pool)
    command = f"bench/proof.py --deletions {deletions} --times {times} --seed {seed} --jobs {jobs}"
    only = "" if len(names) == len(corpus_images.NAMES) else "".join(f" --only {name}" for name in names)
    return Results(command + only, tuple(found), tuple(itself))


def _against_itself(one: Bench, journal: Journal, number: int) -> Itself:
    return journal.recall(Itself, (one.name, number), lambda: against_itself(one, number))


def _deletions(
    one: Bench, result: Unpacked, probes: str, paths: list[str], journal: Journal, pool: ThreadPoolExecutor
) -> Iterator[Deletion]:
    fresh = any((one.name, probes, path) not in journal.records for path in paths)
    original = known(one, one.settings(probes)) if fresh else None

    def measured(path: str) -> Deletion:
        assert original is not None
        return deleted(one, result, original, probes, path)

    def recalled(path: str) -> Deletion:
        return journal.recall(Deletion, (one.name, probes, path), lambda: measured(path))

    yield from pool.map(recalled, paths)


def caught(found: Sequence[Deletion], by: str) -> str:
    """``97/100``."""
    return f"{sum(getattr(deletion, by) != 'same' for deletion in found)}/{len(found)}"


def missed(results: Results) -> list[str]:
    """What falls short of the aims: full probes with lookups find 95 % of each image, and nothing is a false alarm."""
    lines = [f"{it.image} is {it.verdict} to itself: {it.reason}" for it in results.itself if it.verdict != "same"]
    for name in dict.fromkeys(deletion.image for deletion in results.deletions):
        found = [it for it in results.deletions if it.image == name and it.probes == "full"]
        if sum(it.lookups != "same" for it in found) < AIM * len(found):
            lines.append(f"{name}: {caught(found, 'lookups')} deletions were found")
    return lines


def report(results: Results) -> str:
    """The tables as Markdown."""
    head = ["image", *(f"{probes} probes, {by}" for probes in PROBES for by in ("answers", "answers + lookups"))]
    rows = [[*head, "verify X X"], ["---"] * (len(head) + 1)]
    names = dict.fromkeys([*(it.image for it in results.deletions), *(it.image for it in results.itself)])
    rows += [[name, *_cells(results, name)] for name in names]
    rows.append(["all", *_cells(results, *names)])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    escaped = Counter((it.probes, it.cause, it.image) for it in results.deletions if it.lookups == "same")
    if escaped:
        lines += ["", "What escaped:", ""]
        lines += [f"- {image}, {probes} probes: {count}: {cause}" for (probes, cause, image), count in escaped.items()]
    wrong = missed(results)
    lines += ["", f"`{results.command}`", "", *(f"MISSED: {line}" for line in wrong)]
    return "\n".join(lines if wrong else [*lines, "every aim is met"])


def _cells(results: Results, *names: str) -> Iterator[str]:
    for probes in PROBES:
        found = [it for it in results.deletions if it.image in names and it.probes == probes]
        yield from (caught(found, by) for by in ("answers", "lookups"))
    itself = [it for it in results.itself if it.image in names]
    yield f"{sum(it.verdict == 'same' for it in itself)}/{len(itself)}"


if __name__ == "__main__":
    sys.exit(main())
