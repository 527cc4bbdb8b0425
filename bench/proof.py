"""How much a verdict is worth, measured on the corpus: harm that verify must find, and images that are as they were.

Each image is slimmed with its own full probes at grain file. Of the result's regular files that the evidence says were
opened or executed, up to 100 at random are taken away, one at a time, and the original is verified against the rest:
with the full probes and with none (the default start), judged by answers alone and by answers and lookups. Then the
original is verified against itself. What was measured is kept and not measured again, so that a run can be resumed.
"""

import argparse
import hashlib
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

import corpus_images
import shave
from shave import api, config
from shave.config import Settings
from shave.errors import ShaveError
from shave.events import silent
from shave.evidence import Evidence
from shave.oci import Config
from shave.probe import Session, Verdict
from shave.probes.compare import compare
from shave.probes.session import run
from shave.runners import choose as choose_runner
from shave.runners.protocol import Runner
from shave.store import Unpacked, unpack
from shave.tracers import choose as choose_tracer
from shave.tracers.protocol import Tracer
from shave.tree import Tree
from shave.verbs.lookups import doubted, missing
from shave.verbs.verify import verify, watched
from shave.workspace import workspace

AIM = 0.95
PROBES = ("full", "default")
_READ = frozenset({"opened", "executed"})


class Deletion(Struct, frozen=True):
    """A file of an image's result that was taken away, and what was said then, by which probes.

    ``answers`` and ``lookups`` are verdicts, or "error" where the image could not even be started; ``cause`` is why it
    was not found.
    """

    image: str
    probes: str
    path: str
    answers: str
    lookups: str
    cause: str = ""


class Itself(Struct, frozen=True):
    """One verification of an image against itself: the verdict, and what it was about if it is not "same"."""

    image: str
    number: int
    verdict: str
    reason: str = ""


class Results(Struct, frozen=True):
    """``shave.proof/v1``: all that was measured, and how to measure it again."""

    command: str
    seed: int
    deletions: tuple[Deletion, ...]
    itself: tuple[Itself, ...]
    schema: str = "shave.proof/v1"


class Known(Struct, frozen=True):
    """The original as one kind of probes knows it: three runs, and the evidence of the first."""

    sessions: tuple[Session, ...]
    evidence: Evidence


class Bench(Struct, frozen=True):
    """One image of the corpus, unpacked, with what runs and traces it."""

    name: str
    original: Unpacked
    runner: Runner
    tracer: Tracer
    directory: Path

    @property
    def config(self) -> Config:
        return self.original.image.config

    def settings(self, probes: str) -> Settings:
        """The corpus' own probes, or none."""
        return config.load(corpus_images.HERE / self.name / "shave.toml") if probes == "full" else Settings()

    def place(self) -> Path:
        """A new directory."""
        path = self.directory / f"{time.monotonic_ns():x}-{random.SystemRandom().getrandbits(32):x}"
        path.mkdir()
        return path


class Journal:
    """What is known already: a file of lines that is only ever added to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_bytes() if path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]  # a run that was killed may have left half a line
        path.write_bytes(whole)
        self.records = [msgspec.json.decode(line) for line in whole.splitlines()]

    def find(self, kind: type[Deletion] | type[Itself], **keys: object) -> Deletion | Itself | None:
        """The record with these members."""
        fields = set(kind.__struct_fields__)
        for record in self.records:
            if set(record) <= fields and all(record.get(name) == value for name, value in keys.items()):
                return msgspec.convert(record, kind)
        return None

    def add(self, record: Deletion | Itself) -> None:
        """Remember."""
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(record) + b"\n")


def main() -> int:
    """Measure what is asked for; 1 if an aim was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=corpus_images.NAMES, help="only this image (repeatable)")
    parser.add_argument("--deletions", type=int, default=100, help="files taken away of each image")
    parser.add_argument("--times", type=int, default=20, help="how often an image is verified against itself")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of files")
    parser.add_argument("--jobs", type=int, default=4, help="containers at a time; most of them wait")
    parser.add_argument("--json", type=Path, help="write what was measured to this file")
    asked = parser.parse_args()
    names = asked.only or corpus_images.NAMES
    journal = Journal(corpus_images.CACHE / "proof" / f"{version()}-{asked.seed}.jsonl")
    deletions: list[Deletion] = []
    itself: list[Itself] = []
    for name in names:
        with bench(name) as one, ThreadPoolExecutor(asked.jobs) as pool:
            itself += pool.map(partial(against_itself, one, journal), range(asked.times))
            deletions += harmed(one, journal, pool, asked.deletions, asked.seed)
    results = Results(" ".join(["bench/proof.py", *sys.argv[1:]]), asked.seed, tuple(deletions), tuple(itself))
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    print(report(results))
    return 1 if missed(results) else 0


def version() -> str:
    """What shave is now: what another shave measured counts for nothing."""
    root = Path(shave.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".toml"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def bench(name: str) -> Iterator[Bench]:
    """The image, unpacked once for all that is asked of it."""
    reference = f"oci:{corpus_images.layout(name)}:latest"
    with workspace() as directory, api.open(reference) as image:
        (directory / "original").mkdir()
        original = unpack(image, directory / "original", silent)
        yield Bench(name, original, choose_runner("auto", image.config), choose_tracer(), directory)


def against_itself(one: Bench, journal: Journal, number: int) -> Itself:
    """Verify the image against itself, with its full probes."""
    known = journal.find(Itself, image=one.name, number=number)
    if isinstance(known, Itself):
        return known
    verdict = verify(one.original, one.original, one.settings("full"), one.runner, one.tracer, one.place(), silent)
    reason = "; ".join(f"{it.probe}: {it.reason}" for it in verdict.judgements if it.verdict != "same")
    found = Itself(one.name, number, verdict.verdict, reason)
    journal.add(found)
    return found


def harmed(one: Bench, journal: Journal, pool: ThreadPoolExecutor, count: int, seed: int) -> Iterator[Deletion]:
    """Slim the image, take files away from the result, and see what verify says."""
    with api.slim(one.original.image, one.settings("full")) as slimmed:
        assert slimmed.image is not None, f"{one.name} was not slimmed: {slimmed.verdict}"
        (one.directory / "result").mkdir()
        result = unpack(slimmed.image, one.directory / "result", silent)
        paths = chosen(slimmed.evidence, result.tree, count, seed)
        for probes in PROBES:
            missing_paths = [path for path in paths if not journal.find(Deletion, **_keys(one, probes, path))]
            if missing_paths:
                original = known(one, one.settings(probes))
                for deletion in pool.map(partial(deleted, one, result, original, probes), missing_paths):
                    journal.add(deletion)
                    journal.records.append(msgspec.to_builtins(deletion))
                    print(deletion, file=sys.stderr, flush=True)
            for path in paths:
                found = journal.find(Deletion, **_keys(one, probes, path))
                assert isinstance(found, Deletion)
                yield found


def _keys(one: Bench, probes: str, path: str) -> dict[str, str]:
    return {"image": one.name, "probes": probes, "path": path}


def chosen(evidence: Evidence, tree: Tree, count: int, seed: int) -> list[str]:
    """Regular files of the result that were opened or executed, at random."""
    read = {tree.resolve(access.path).path for access in evidence.accesses if not _READ.isdisjoint(access.how)}
    files = sorted(path for path in read if path and (entry := tree.get(path)) and entry.kind == "file")
    return random.Random(seed).sample(files, min(count, len(files)))


def known(one: Bench, settings: Settings) -> Known:
    """Three runs of the original, the first traced: what ``verify`` would ask of it each time."""
    place = one.place()
    with one.runner.prepare(one.original, one.config, place, silent) as prepared:
        first = watched(prepared, one.config, settings, one.tracer, one.place(), silent)
        more = [run(prepared, one.config, settings, after=first.session) for _ in range(2)]
    assert first.evidence is not None
    return Known((first.session, *more), first.evidence)


def deleted(one: Bench, result: Unpacked, original: Known, probes: str, path: str) -> Deletion:
    """What is said of the result without ``path``."""
    rest = Tree({name: node for name, node in result.tree.nodes.items() if name != path})
    without = msgspec.structs.replace(result, tree=rest)
    settings, first = one.settings(probes), original.sessions[0]
    try:
        with one.runner.prepare(without, one.config, one.place(), silent) as prepared:
            ran = watched(prepared, one.config, settings, one.tracer, one.place(), silent, after=first)
    except ShaveError:
        return Deletion(one.name, probes, path, "error", "error")
    answers = judged(original.sessions, ran.session)
    seen = ran.evidence or Evidence("", "")
    lookups = doubted(answers, missing(original.evidence, one.original.tree, seen, rest))
    cause = why_not(original.evidence, seen, one.original.tree, path) if lookups.verdict == "same" else ""
    return Deletion(one.name, probes, path, answers.verdict, lookups.verdict, cause)


def judged(originals: Sequence[Session], found: Session) -> Verdict:
    """As ``verbs.verify.judge``, with a third run of the original that was made before."""
    first, second, third = originals
    verdict = compare(first, second, found)
    if verdict.verdict != "different" or any(observation.failure for observation in found.observations):
        return verdict
    return compare(first, second, found, third)


def why_not(used: Evidence, found: Evidence, tree: Tree, path: str) -> str:
    """Why a deletion was not found."""
    if not any(tree.resolve(it.path).path == path and not _READ.isdisjoint(it.how) for it in used.accesses):
        return "these probes do not make the original read it"
    if not any(tree.resolve(it.path).path == path for it in found.accesses):
        return "the result did not ask for it this time"
    return "another file of that name was found elsewhere"


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
    lines += ["", f"`{results.command}`, seed {results.seed}", "", *(f"MISSED: {line}" for line in wrong)]
    return "\n".join(lines if wrong else [*lines, "every aim is met"])


def _cells(results: Results, *names: str) -> Iterator[str]:
    for probes in PROBES:
        found = [it for it in results.deletions if it.image in names and it.probes == probes]
        yield from (caught(found, by) for by in ("answers", "lookups"))
    itself = [it for it in results.itself if it.image in names]
    yield f"{sum(it.verdict == 'same' for it in itself)}/{len(itself)}"


if __name__ == "__main__":
    sys.exit(main())
