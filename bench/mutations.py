"""Three hundred images that worked, each broken in one way: does doctor name the cause, first and right?

Images are those of the corpus, those of bench/survive, and of the example labs what the engine has of them. Ways of
breaking them (mutants_*.py) are drawn so that each comes as often as the others, as far as images have what it needs.
And nothing may stop an image that is whole. A sample is also run, where a start shows the cause.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from msgspec import Struct

import corpus_images
import mutants_around
import mutants_runtime
import mutants_start
from mutants import Bed, Mutant, Way, mutated
from mutants_tools import fetch_tools
from shave import api
from shave.causes import diagnose
from shave.config import Settings
from shave.diagnosis import Diagnosis
from shave.errors import ShaveError
from shave.events import silent
from shave.runners import choose
from shave.store import Unpacked, unpack
from shave.verbs.examined import examined

COUNT, SEED, LEAST = 300, 20261121, 0.97
PER_WAY = 2
"""At most as many mutants of one way of one image."""
LABS = (
    "hello:c.gcc.debian",
    "hello:c.gcc.busybox",
    "hello:c.gcc-static.scratch",
    "hello:go.golang.scratch",
    "hello:go.cgo.debian",
    "hello:rust.rust.debian",
    "hello:java.jdk.jre",
    "hello:java.jlink.debian",
    "hello:python.python-slim",
    "https:fetch.golang.scratch-ca",
    "https:fetch.golang-cgo.debian-ca",
    "https:fetch.golang.busybox-ca",
    "python:report.pip.slim",
    "python:report.target.slim",
    "dotnet:hello.framework-dependent.runtime",
    "dotnet:hello.framework-dependent.minimal-runtime",
    "dotnet:hello.self-contained.runtime-deps",
    "dotnet:web.framework-dependent.aspnet",
    "dotnet:web.self-contained.runtime-deps",
)
"""Variants that work."""

WAYS: tuple[Way, ...] = (
    mutants_start.user_ghost,
    mutants_start.user_gone,
    mutants_start.group_ghost,
    mutants_start.workdir_file,
    mutants_start.shell_gone,
    mutants_start.command_gone,
    mutants_start.command_elsewhere,
    mutants_start.not_executable,
    mutants_start.command_directory,
    mutants_start.not_a_program,
    mutants_start.carriage_return,
    mutants_start.interpreter_gone,
    mutants_start.other_machine,
    mutants_start.loader_gone,
    mutants_start.loader_of_musl,
    mutants_start.library_direct,
    mutants_start.library_indirect,
    mutants_start.older_libc,
    mutants_start.older_libstdcxx,
    mutants_runtime.script_gone,
    mutants_runtime.other_workdir,
    mutants_runtime.java_newer,
    mutants_runtime.java_main,
    mutants_runtime.java_module,
    mutants_runtime.python_package,
    mutants_runtime.python_library,
    mutants_runtime.python_tag,
    mutants_runtime.node_module,
    mutants_runtime.node_script,
    mutants_runtime.node_addon,
    mutants_runtime.dotnet_newer,
    mutants_runtime.dotnet_runtime,
    mutants_runtime.dotnet_icu,
    mutants_around.certificates,
    mutants_around.zoneinfo,
    mutants_around.user_nameless,
    mutants_around.home_gone,
    mutants_around.tmp_gone,
    mutants_around.not_writable,
    mutants_around.workdir_gone,
    mutants_around.healthcheck,
    mutants_around.no_command,
)
"""All ways, in the order in which a start meets what they break."""


class Judged(Struct, frozen=True):
    """A mutant of an image, what doctor said first, and what a run showed ("" if it was not run, or showed nothing)."""

    image: str
    mutant: Mutant
    first: str
    text: str = ""
    ran: str = ""

    @property
    def right(self) -> bool:
        return self.first in self.mutant.expected


class Measured(Struct, frozen=True):
    """All mutants, and what was said of whole images: the image and the sentence."""

    judged: tuple[Judged, ...]
    images: int
    alarms: tuple[tuple[str, str], ...]


def measure(count: int = COUNT, seed: int = SEED, runs: int = 0, only: Sequence[str] = ()) -> Measured:
    """Break images ``count`` times; run the first ``runs`` mutants of each image that a start can show."""
    judged: list[Judged] = []
    alarms: list[tuple[str, str]] = []
    drawn = Counter[str]()
    references = [each for each in [*_references()] if not only or any(name in each[0] for name in only)]
    with tempfile.TemporaryDirectory(prefix="shave-mutations-", dir="/var/tmp") as place:
        tools = Path(place, "tools")
        tools.mkdir()
        fetch_tools(tools)
        for number, (name, reference) in enumerate(references):
            share = -(-(count - len(judged)) // (len(references) - number))
            with _bed(name, reference, seed, tools) as bed:
                whole = diagnose(bed.unpacked, bed.config)
                alarms += [(name, each.text) for each in whole if each.stops]
                for turn, mutant in enumerate(islice(_draw(bed, drawn), share)):
                    judged.append(_judge(bed, mutant, whole, turn < runs))
                    print(_line(judged[-1]), judged[-1].first, judged[-1].ran, sep=": ", file=sys.stderr, flush=True)
    return Measured(tuple(judged), len(references), tuple(alarms))


def _references() -> Iterator[tuple[str, str]]:
    for name in corpus_images.NAMES:
        yield name, f"oci:{corpus_images.layout(name)}:latest"
    for path in sorted((corpus_images.CACHE / "survive").iterdir()):
        yield f"survive/{path.name.rpartition('-')[0]}", f"oci:{path}:latest"
    for name in LABS:
        if not subprocess.run(["docker", "image", "inspect", name], capture_output=True).returncode:
            yield name, f"docker-daemon:{name}"


@contextmanager
def _bed(name: str, reference: str, seed: int, tools: Path) -> Iterator[Bed]:
    with tempfile.TemporaryDirectory(dir=tools.parent) as place, api.open(reference) as image:
        yield Bed(name, unpack(image, Path(place), silent), random.Random(f"{seed} {name}"), tools)


def _draw(bed: Bed, drawn: Counter[str]) -> Iterator[Mutant]:
    """The next mutant is of the way that came least often so far, among those that the image has something for."""
    left = {way: islice(way(bed), PER_WAY) for way in WAYS}
    while left:
        way = min(left, key=lambda each: (drawn[each.__name__], bed.chance.random()))
        mutant = next(left[way], None)
        if mutant is None:
            del left[way]
        else:
            drawn[way.__name__] += 1
            yield mutant


def _judge(bed: Bed, mutant: Mutant, whole: Sequence[Diagnosis], is_run: bool) -> Judged:
    with tempfile.TemporaryDirectory(dir=bed.tools.parent) as place:
        broken = mutated(bed, mutant, Path(place))
        said = diagnose(broken, broken.image.config)
        news = [each for each in said if each.stops or each not in whole]
        first = news[0] if news else Diagnosis("exits-nonzero", "nothing was said")
        cause = first.cause if news else "nothing"
        ran = _ran(broken, said, Path(place)) if is_run and first.stops else ""
        return Judged(bed.name, mutant, cause, first.text, ran)


def _ran(broken: Unpacked, said: Sequence[Diagnosis], directory: Path) -> str:
    """The cause that a start shows."""
    config = broken.image.config
    (directory / "prepared").mkdir()
    try:
        with choose("auto", config).prepare(broken, config, directory / "prepared", silent) as prepared:
            found = examined(prepared, config, Settings(), said).observed
    except ShaveError as error:
        return f"cannot be run: {error}"
    return found.cause if found else "works"


def report(measured: Measured) -> str:
    """A table by way, and every miss."""
    rows: dict[str, list[Judged]] = defaultdict(list)
    for each in measured.judged:
        rows[each.mutant.kind].append(each)
    right = sum(each.right for each in measured.judged)
    lines = ["| broken | expected | mutants | right | runs that agree |", "|---|---|---|---|---|"]
    for kind, found in rows.items():
        ran = [each for each in found if each.ran]
        agree = f"{sum(each.ran in each.mutant.expected for each in ran)} of {len(ran)}" if ran else ""
        expected = " or ".join(found[0].mutant.expected)
        lines.append(f"| {kind} | {expected} | {len(found)} | {sum(each.right for each in found)} | {agree} |")
    total = len(measured.judged)
    lines.append(f"\n{right} of {total} right ({right / max(total, 1):.1%}), of {measured.images} images")
    lines.append(f"{len(measured.alarms)} alarms on whole images")
    lines += [f"ALARM {name}: {text}" for name, text in measured.alarms]
    lines += [f"MISS {_line(each)}: {each.first}: {each.text}" for each in measured.judged if not each.right]
    lines += [f"RUN {_line(each)}: {each.ran}" for each in _disagreeing(measured.judged)]
    return "\n".join(lines)


def _line(each: Judged) -> str:
    return f"{each.image}, {each.mutant.kind} ({each.mutant.what})"


def _disagreeing(judged: Iterable[Judged]) -> Iterator[Judged]:
    return (each for each in judged if each.ran and each.ran not in each.mutant.expected)


def missed(measured: Measured) -> list[str]:
    """What is promised and does not hold."""
    right = sum(each.right for each in measured.judged)
    few = right < LEAST * len(measured.judged)
    found = [f"doctor: {right} of {len(measured.judged)} causes are right"] if few else []
    found += [f"doctor: too few mutants: {len(measured.judged)}"] if len(measured.judged) < COUNT else []
    return found + [f"doctor: {name} is whole, and it says: {text}" for name, text in measured.alarms]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--run", type=int, default=0, help="how many mutants of each image are run too")
    parser.add_argument("--only", action="append", default=[], help="only images with this in their name (repeatable)")
    asked = parser.parse_args()
    found = measure(asked.count, asked.seed, asked.run, asked.only)
    print(report(found))
    sys.exit(1 if missed(found) else 0)
