"""What ``shave lint`` promises, on real builds: ``python bench/linting.py [--only fixes|prices|corpus|stages]``.

``fixes``: fifty Dockerfiles (generated_dockerfiles.py) are built before and after ``--fix``, in an engine with BuildKit
that has nothing else in it: no build that worked fails, and of the files goes what the findings said and nothing else.
``prices``: rules, each on a build of its own: bytes that a finding names, given the image, against the bytes
that the mended build saves. ``corpus``: the eight images, by ``--fix-unsafe --prove``. ``stages``: programs in
Node, Java and others that get a second stage (lint_stages.py), by the same.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

import corpus_images
import lint_prices
import lint_stages
from generated_dockerfiles import generated
from journal import Journal
from linting_world import Place, trusted, world
from shave import api, config
from shave.dockerfiles import Source
from shave.errors import CannotError
from shave.image import Image
from shave.probe import Judgement, Verdict
from shave.rules.known import NOTHING
from shave.verbs.lint_building import Building
from shave.verbs.lint_chosen import EVERY
from shave.verbs.lint_fix import fix, is_any, is_safe
from shave.verbs.lint_prove import prove
from shave.verbs.proved import Proved

COUNT = 50
PARTS = ("fixes", "prices", "corpus", "stages")


class Fixing(Struct, frozen=True):
    """What became of a generated Dockerfile: "same" if there was nothing to fix, "broken" if it was itself."""

    seed: int
    outcome: str
    rules: tuple[str, ...]
    reason: str
    saved_bytes: int


def main() -> int:
    """Measure; 1 if something is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part (repeatable)")
    parser.add_argument("--count", type=int, default=COUNT, help="so many Dockerfiles")
    asked = parser.parse_args()
    missed = measure(asked.only or PARTS, asked.count)
    print("\n".join(f"MISSED: {line}" for line in missed))
    return 1 if missed else 0


def measure(parts: Sequence[str] = PARTS, count: int = COUNT) -> list[str]:
    """What the parts miss; their tables are printed as they are there."""
    missed: list[str] = []
    if "fixes" in parts:
        results = fixes(count)
        print("", fixes_report(results), sep="\n", flush=True)
        missed += fixes_missed(results)
    if "prices" in parts:
        with world(is_needed=True) as place:
            prices = lint_prices.measure(place)
        print("", lint_prices.report(prices), sep="\n", flush=True)
        missed += lint_prices.missed(prices)
    if "corpus" in parts:
        proofs = corpus()
        print("", corpus_report(proofs), sep="\n", flush=True)
        missed += corpus_missed(proofs)
    if "stages" in parts:
        staged = lint_stages.measure()
        print("", lint_stages.report(staged), sep="\n", flush=True)
        missed += lint_stages.missed(staged)
    return missed


def fixes(count: int = COUNT) -> list[Fixing]:
    """The generated Dockerfiles; what was found of the same texts before is not measured again."""
    journal = Journal(corpus_images.CACHE / "linting/fixes.jsonl")
    keys = [_key(seed) for seed in range(count)]
    with world(not journal.records.keys() >= set(keys)) as place:
        return [journal.recall(Fixing, key, partial(_fixing, seed, place)) for seed, key in enumerate(keys)]


def _key(seed: int) -> tuple[str | int, ...]:
    """The texts before and after."""
    text = generated(seed)
    after = fix(text, NOTHING, is_safe).text
    return seed, *(hashlib.sha256(each).hexdigest()[:16] for each in (text, after))


def _fixing(seed: int, place: Place) -> Fixing:
    text = generated(seed).replace(b"{port}", str(place.port).encode())
    building = Building("docker", "host", place.arguments, timeout=600)
    source = Source("Dockerfile", text)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="shave-bench-") as directory:
        try:
            proved = prove(source, place.context, is_safe, building, _unasked, Path(directory)).proved
        except CannotError as error:
            return Fixing(seed, "broken", (), str(error), 0)
    outcome = proved.verdict if proved.rules else "same"
    saved = proved.before.packed_bytes - proved.after.packed_bytes if proved.before and proved.after else 0
    return Fixing(seed, outcome, proved.rules, proved.reason, saved)


def _unasked(original: Image, other: Image) -> Verdict:
    """Files are compared; what generated images run is not worth a question."""
    return Verdict("same", (Judgement("files", "same"),))


def fixes_report(results: Sequence[Fixing]) -> str:
    """A line for each outcome, with the rules that it is about."""
    lines = ["| outcome | Dockerfiles | fixes | MB saved, packed |", "|---|---|---|---|"]
    for outcome in ("proven", "same", "unknown", "refuted", "broken"):
        found = [each for each in results if each.outcome == outcome]
        saved = sum(each.saved_bytes for each in found) / 1e6
        lines.append(f"| {outcome} | {len(found)} | {sum(len(each.rules) for each in found)} | {saved:.1f} |")
    return "\n".join(lines)


def fixes_missed(results: Sequence[Fixing]) -> list[str]:
    """Fixes that broke something, and generated texts that were no good."""
    return [f"fixes, {each.seed}: {each.outcome}: {each.reason}" for each in results if each.outcome in _BAD]


_BAD = ("refuted", "unknown", "broken")


class Proof(NamedTuple):
    """An image of the corpus."""

    name: str
    proved: Proved


def corpus(names: Sequence[str] = corpus_images.NAMES) -> list[Proof]:
    """The proof of all fixes of each of the corpus Dockerfiles; nothing of them is changed."""
    subprocess.run([corpus_images.HERE / "start-docker"], check=True)
    return [Proof(name, _corpus(name)) for name in names]


def _corpus(name: str) -> Proved:
    where = corpus_images.HERE / name
    building = Building(network="host", arguments=(("BASE", "corpus/base"), ("PIP_TRUSTED_HOST", trusted())))
    proving = api.prover(where, building, config.load(where / "shave.toml"))
    source = Source(str(where / "Dockerfile"), (where / "Dockerfile").read_bytes())
    proved = proving(source, is_any, EVERY).proved
    print(name, proved.verdict, proved.reason, file=sys.stderr, flush=True)
    return proved


def corpus_report(proofs: Sequence[Proof]) -> str:
    """Bytes before and after, the rules, what the probes say."""
    lines = ["| image | before, MB (gzip) | after | fixes | refuted | probes |", "|---|---|---|---|---|---|"]
    for name, proved in proofs:
        sizes = [
            f"{x.unpacked_bytes / 1e6:.1f} ({x.packed_bytes / 1e6:.1f})" if x else ""
            for x in (proved.before, proved.after)
        ]
        refuted = "; ".join(f"{each.rule}: {each.reason}" for each in proved.refuted)
        judged = proved.probes.judgements if proved.probes else ()
        same = f"{sum(each.verdict == 'same' for each in judged)} of {len(judged)} same"
        lines.append(
            f"| {name} | {' | '.join(sizes)} | {' '.join(proved.rules)} | {refuted} | {proved.verdict}, {same} |"
        )
    return "\n".join(lines)


def corpus_missed(proofs: Sequence[Proof]) -> list[str]:
    """What did not come to a proof."""
    return [f"corpus, {name}: {each.verdict}: {each.reason}" for name, each in proofs if each.verdict != "proven"]


if __name__ == "__main__":
    sys.exit(main())
