"""Second stages (SHV215) that are really built: of each directory of bench/stages the Dockerfile, mended and proven.

What the applications depend on comes from npm, Maven Central, crates.io and PyPI; bases that are not here are made
(labs/bases). The probes of each shave.toml start it, ask it something and let it fail.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import corpus_images
from linting_world import trusted
from shave import api, config
from shave.dockerfile.parser import parse
from shave.dockerfiles import Source
from shave.verbs.lint_building import Building
from shave.verbs.lint_chosen import EVERY
from shave.verbs.lint_fix import is_any
from shave.verbs.proved import Proved

HERE = Path(__file__).parent
RULE = "SHV215"
NAMES = tuple(sorted(path.parent.name for path in HERE.glob("stages/*/Dockerfile")))
_MORE = (
    "node:22-slim",
    "eclipse-temurin:21-jre",
    "eclipse-temurin:17-jre",
    "debian:trixie-slim",
    "debian:bookworm-slim",
)
"""What second stages start from."""


class Staged(NamedTuple):
    """A case of bench/stages and its proof."""

    name: str
    proved: Proved


def measure(names: Sequence[str] = NAMES) -> list[Staged]:
    """All cases, in the engine of this machine; nothing of them is changed."""
    subprocess.run([corpus_images.HERE / "start-docker"], check=True)
    texts = {name: (HERE / "stages" / name / "Dockerfile").read_bytes() for name in names}
    bases = {stage.base.value for text in texts.values() for stage in parse(text).stages}
    subprocess.run([HERE / "labs/bases", *_MORE, *sorted(bases - {*_MORE})], check=True)
    return [Staged(name, _proved(HERE / "stages" / name, text)) for name, text in texts.items()]


def _proved(where: Path, text: bytes) -> Proved:
    building = Building(network="host", arguments=(("PIP_TRUSTED_HOST", trusted()),))
    proving = api.prover(where, building, config.load(where / "shave.toml"))
    proved = proving(Source(str(where / "Dockerfile"), text), is_any, EVERY).proved
    print(_row(Staged(where.name, proved)), proved.reason, file=sys.stderr, flush=True)
    return proved


def report(found: Sequence[Staged]) -> str:
    """Bytes before and after, the fixes, what the probes say."""
    return "\n".join(
        ["| case | MB before (gzip) | after | fixes | proof |", "|---|---|---|---|---|", *map(_row, found)]
    )


def _row(staged: Staged) -> str:
    name, proved = staged
    both = (proved.before, proved.after)
    sizes = [f"{x.unpacked_bytes / 1e6:.1f} ({x.packed_bytes / 1e6:.1f})" if x else "" for x in both]
    judged = proved.probes.judgements if proved.probes else ()
    same = f"{sum(each.verdict == 'same' for each in judged)} of {len(judged)} same"
    return f"| {name} | {' | '.join(sizes)} | {' '.join(proved.rules)} | {proved.verdict}, {same} |"


def missed(found: Sequence[Staged]) -> list[str]:
    """What was not proven, or without its second stage."""
    return [
        f"stages, {name}: {proved.verdict}: {proved.reason or f'without {RULE}'}"
        for name, proved in found
        if proved.verdict != "proven" or RULE not in proved.rules
    ]
