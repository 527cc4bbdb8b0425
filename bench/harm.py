"""Harm done to a result of the corpus, a file at a time, and what a verification says of it."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, structs

import corpus_images
from shave import api, config
from shave.config import Settings
from shave.errors import ShaveError
from shave.events import silent
from shave.evidence import Evidence
from shave.oci import Config
from shave.probe import Session, Verdict
from shave.probes.compare import compare
from shave.runners import choose as choose_runner
from shave.runners.protocol import Runner
from shave.store import Unpacked, unpack
from shave.tracers import choose as choose_tracer
from shave.tracers.protocol import Tracer
from shave.tree import Tree
from shave.verbs.lookups import doubted, missing
from shave.verbs.roots import Wish
from shave.verbs.slim import Wanted
from shave.verbs.verify import Terms, verify, watched
from shave.workspace import workspace

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

    def terms(self, settings: Settings) -> Terms:
        """The terms of one comparison."""
        return Terms(settings, self.tracer, self.place(), silent)

    def place(self) -> Path:
        """A new directory."""
        return Path(tempfile.mkdtemp(dir=self.directory))


@contextmanager
def bench(name: str) -> Iterator[Bench]:
    """The image, unpacked once for all that is asked of it."""
    reference = f"oci:{corpus_images.layout(name)}:latest"
    with workspace() as directory, api.open(reference) as image:
        (directory / "original").mkdir()
        original = unpack(image, directory / "original", silent)
        yield Bench(name, original, choose_runner("auto", image.config), choose_tracer(), directory)


def against_itself(one: Bench, number: int) -> Itself:
    """Verify the image against itself, with its full probes."""
    verdict = verify(one.original, one.original, one.settings("full"), one.runner, one.tracer, one.place(), silent)
    reason = "; ".join(f"{it.probe}: {it.reason}" for it in verdict.judgements if it.verdict != "same")
    return Itself(one.name, number, verdict.verdict, reason)


@contextmanager
def slimmed(one: Bench) -> Iterator[tuple[Unpacked, Evidence]]:
    """The image slimmed by its full probes at grain file, and what they showed."""
    with api.slim(one.original.image, one.settings("full"), Wanted(Wish("file"))) as done:
        assert done.image is not None, f"{one.name} was not slimmed: {done.verdict}"
        yield unpack(done.image, one.place(), silent), done.evidence


def chosen(evidence: Evidence, tree: Tree, count: int, seed: int) -> list[str]:
    """Regular files of the result that were opened or executed, at random."""
    read = {tree.resolve(access.path).path for access in evidence.accesses if not _READ.isdisjoint(access.how)}
    files = sorted(path for path in read if path and (entry := tree.get(path)) and entry.kind == "file")
    return random.Random(seed).sample(files, min(count, len(files)))


def known(one: Bench, settings: Settings) -> Known:
    """Three runs of the original, the first traced: what ``verify`` would ask of it each time."""
    terms = one.terms(settings)
    with one.runner.prepare(one.original, one.config, one.place(), silent) as prepared:
        first = watched(terms, prepared, one.config, "first")
        more = [watched(terms, prepared, one.config, name, first.session).session for name in ("second", "third")]
    assert first.evidence is not None
    return Known((first.session, *more), first.evidence)


def deleted(one: Bench, result: Unpacked, original: Known, probes: str, path: str) -> Deletion:
    """What is said of the result without ``path``."""
    rest = Tree({name: node for name, node in result.tree.nodes.items() if name != path})
    without = structs.replace(result, tree=rest)
    try:
        with one.runner.prepare(without, one.config, one.place(), silent) as prepared:
            ran = watched(one.terms(one.settings(probes)), prepared, one.config, "trace", original.sessions[0])
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
