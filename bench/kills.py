"""shave under kill -9: at random moments of slim, copy and verify, spread over their stages.

Each way of using shave runs once undisturbed; its narration (-v) is the clock of the moments. Then it is killed, alone
or with all its descendants, and this must hold: no process and no mount outlives it; the target is absent, as it was,
or complete; and when the same command has run again, there is no file, control group or name in the engine that the
undisturbed run does not leave. After every third kill another command of shave comes between. What was measured is
kept and not measured again, so that a run can be resumed.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from msgspec import Struct

import corpus_images
import leftovers
from journal import Journal, version
from shave import api
from shave.image import Image
from shave.testing import File, Member, Symlink, image
from shave.testing.registry import Registry, registry

SHAVE = (str(Path(sys.executable).parent / "shave"),)
PROBES = """
[run]
ready = { http = "http://localhost:8080/", timeout = 60 }
[[probe]]
name = "home"
http = { url = "http://localhost:8080/", expect_status = 200 }
"""
COUNT = 238
"""Kills that are enough: 102 of slim, 119 of copy, 17 of verify."""
_PATIENCE = 60


class Way(Struct, frozen=True):
    """A use of shave by verb, source, target (both by transport; "nginx" is the corpus image) and options."""

    verb: str
    source: str
    target: str
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its row in the table."""
        arrow = f" → {self.target}" if self.target else ""
        return " ".join((self.verb, self.source + arrow, *self.options)).replace("--runner ", "")


WAYS = (
    Way("slim", "oci", "oci", ("--runner", "crun")),
    Way("slim", "oci", "oci", ("--runner", "runc")),
    Way("slim", "oci", "docker-archive", ("--runner", "namespaces")),
    Way("slim", "docker-daemon", "docker-daemon", ("--runner", "crun")),
    Way("slim", "docker-daemon", "oci-archive", ("--runner", "namespaces")),
    Way("slim", "nginx", "oci", ("--runner", "crun")),
    Way("copy", "oci", "oci"),
    Way("copy", "oci", "oci", ("--squash", "--compression", "zstd:3")),
    Way("copy", "docker", "oci"),
    Way("copy", "oci", "docker"),
    Way("copy", "oci", "docker-archive"),
    Way("copy", "oci", "docker-daemon"),
    Way("copy", "docker-daemon", "oci-archive"),
    Way("verify", "oci", "", ("--runner", "docker")),
)


class Undisturbed(Struct, frozen=True):
    """A way without a kill: its stages with the seconds each took, the config at the target, the files it leaves."""

    stages: tuple[tuple[str, float], ...]
    config: str
    files: frozenset[str]


class Kill(Struct, frozen=True):
    """One kill: of which way, of whom, in which stage; whether the target was there before, and what was wrong."""

    way: str
    number: int
    whom: str
    stage: str
    existing: bool
    wrong: tuple[str, ...] = ()


class Stand(Struct, frozen=True):
    """What all kills share: images in every kind of source, and a registry."""

    directory: Path
    registry: Registry

    @property
    def tag(self) -> str:
        """What tells our names in the engine from those of another measurement."""
        return self.directory.name.lower()

    def source(self, way: Way) -> str:
        if way.source == "nginx":
            return f"oci:{corpus_images.layout('nginx')}:latest"
        return self.at(way.source, "new")

    def at(self, transport: str, name: str) -> str:
        """The image "new" or "old" as a source of this transport."""
        if transport == "docker":
            return f"docker://{self.registry.host}/{name}:1"
        if transport == "docker-daemon":
            return f"docker-daemon:shave-kills/{name}:{self.tag}"
        return f"oci:{self.directory / name}:1"

    def target(self, way: Way, place: Path) -> str:
        """Where the way writes when it works in ``place``; empty for a verb that writes nothing."""
        name = f"{self.tag}-{place.name}"
        places = {
            "": "",
            "oci": f"oci:{place}/out/layout:t",
            "docker": f"docker://{self.registry.host}/out/{name}:t",
            "docker-daemon": f"docker-daemon:shave-kills/out:{name}",
        }
        return places.get(way.target, f"{way.target}:{place}/out/file.tar:out:t")

    def command(self, way: Way, place: Path) -> list[str]:
        source, target = self.source(way), self.target(way, place)
        if way.verb == "copy":
            words = [source, target]
        else:
            config = corpus_images.HERE / "nginx/shave.toml" if way.source == "nginx" else self.directory / "shave.toml"
            words = [source, *(["-o", target] if target else [source]), "--config", str(config)]
            words += ["--report", f"{place}/out/report"] if way.verb == "slim" else []
        return [*SHAVE, way.verb, *words, "-v", *way.options]


@contextmanager
def stand() -> Iterator[Stand]:
    """Sources and a registry, gone at the end, in the engine too."""
    with tempfile.TemporaryDirectory(prefix="kills-", dir="/var/tmp") as name, registry() as made, ExitStack() as stack:
        found = Stand(Path(name), made)
        (found.directory / "shave.toml").write_text(PROBES)
        for number, name in enumerate(("old", "new")):
            service = _service(number)
            made.put(service, f"{name}:1")
            for transport in ("oci", "docker-daemon"):
                api.write(service, found.at(transport, name))
            stack.callback(leftovers.forget, found.at("docker-daemon", name))
        yield found


def _service(number: int) -> Image:
    """A web server on a shell that stops when it is told to; about 6 MB that do not compress, in three layers."""
    noise = random.Random(number)
    shell: dict[str, Member] = {
        "/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755),
        **{f"/bin/{name}": Symlink("busybox") for name in ("sh", "httpd", "cat")},
        "/usr/lib/unused": noise.randbytes(2_000_000),
    }
    application: dict[str, Member] = {"/app/index.html": b"<p>home\n", "/app/unused": noise.randbytes(1_000_000)}
    more: dict[str, Member] = {f"/data/{number}": noise.randbytes(30_000) for number in range(50)}
    command = ["/bin/sh", "-c", "trap 'exit 0' TERM; httpd -f -p 8080 -h /app & wait"]
    return image(shell, application, more, config={"Cmd": command, "ExposedPorts": {"8080/tcp": {}}})


def environment(place: Path) -> dict[str, str]:
    """Everything that shave keeps is below ``place``, which also is how its processes are found."""
    folders = {name: place / name.lower() for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    for folder in (*folders.values(), place / "out"):
        folder.mkdir(parents=True, exist_ok=True)
    return os.environ | {name: str(folder) for name, folder in folders.items()}


def undisturbed(found: Stand, way: Way) -> Undisturbed:
    """Run the way to its end, with a clock beside it."""
    place = found.directory / f"whole-{_number(way)}"
    stages, begun = [], time.monotonic()
    with _started(found, way, place) as process:
        assert process.stderr
        for line in process.stderr:
            now = time.monotonic()
            stages.append((_stage(line), now - begun))
            begun = now
        if process.wait():
            raise AssertionError(f"{way.name}: exit {process.returncode}")
    stages.append(("end", time.monotonic() - begun))
    made = Undisturbed(tuple(stages), leftovers.config_of(found.target(way, place)), leftovers.files(place))
    leftovers.forget(found.target(way, place))
    return made


def _number(way: Way) -> str:
    """What tells the directories of ways apart."""
    return hashlib.sha256(way.name.encode()).hexdigest()[:6]


def _stage(line: str) -> str:
    """The stage whose end a line of the narration tells, or what it says instead."""
    name, _, seconds = line.rstrip().rpartition(": ")
    return name if seconds.endswith(" s") else line.partition(" ")[0]


def kill(found: Stand, way: Way, whole: Undisturbed, seed: int, number: int) -> Kill:
    """Kill the way once: the stages in turn, at a random moment of the stage."""
    chance = random.Random(f"{seed} {way.name} {number}")
    at = number % len(whole.stages)
    stage, seconds = whole.stages[at]
    delay, with_family, existing = chance.uniform(0, max(seconds, 0.003)), chance.random() < 0.5, chance.random() < 0.5
    place = found.directory / f"{_number(way)}-{number}"
    target = found.target(way, place)
    before = ""
    environment(place)
    if existing and target:
        leftovers.copy(found.at("oci", "old"), target)
        before = leftovers.config_of(target)
    with _started(found, way, place) as process:
        assert process.stderr
        for _ in range(at):
            process.stderr.readline()
        time.sleep(delay)
        family = leftovers.below(process.pid)
        if process.poll() is not None:
            stage = "(over)"
        for pid in (process.pid, *(family if with_family else ())):
            leftovers.end(pid)
        process.wait()
    wrong = [
        *leftovers.living(place, family, _PATIENCE),
        *_harm(target, before, whole.config),
        *_after(found, way, whole, place, process.pid, between=number % 3 == 0),
    ]
    leftovers.forget(target)
    leftovers.remove(place)
    return Kill(way.name, number, "with all below" if with_family else "alone", stage, existing, tuple(wrong))


@contextmanager
def _started(found: Stand, way: Way, place: Path) -> Iterator["subprocess.Popen[str]"]:
    command, there = found.command(way, place), environment(place)
    with subprocess.Popen(
        command, env=there, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        yield process


def _harm(target: str, before: str, after: str) -> Iterator[str]:
    """What is wrong with the target right after the kill."""
    now = leftovers.config_of(target)
    if now not in (before, after):
        yield f"{target} was {before or 'absent'} and is {now or 'absent'}"


def _after(found: Stand, way: Way, whole: Undisturbed, place: Path, pid: int, between: bool) -> Iterator[str]:
    """What is wrong after the next start: of another command if ``between``, and of the same one."""
    if between:
        other = subprocess.run([*SHAVE, "cache"], env=environment(place), cwd=place, capture_output=True, text=True)
        yield from (f"shave cache: {line}" for line in other.stderr.splitlines())
        yield from leftovers.workspaces(place)
        yield from leftovers.groups(pid)
    with _started(found, way, place) as process:
        assert process.stderr
        said = process.stderr.read().splitlines()
    if process.returncode:
        yield f"the next start: exit {process.returncode}: {said[-2:]}"
    now = leftovers.config_of(found.target(way, place))
    if now != whole.config:
        yield f"the next start made {now}, not {whole.config}"
    files = leftovers.files(place)
    yield from (f"{path} is left" for path in sorted(files - whole.files))
    # what a cache lacks is no harm: layers that were there already are not looked into again
    yield from (f"{path} is missing" for path in sorted(whole.files - files) if path.startswith("out/"))
    yield from leftovers.groups(pid)
    yield from leftovers.engine_names(pid)


def measure(
    ways: Sequence[Way], count: int, seed: int = 1, jobs: int = 3, journal: Journal | None = None
) -> list[Kill]:
    """Kill ``count`` times in all, each way as often as the others; or recall what is in the journal."""
    shares = list(_shares(ways, count))
    journal = journal or Journal(corpus_images.CACHE / "kills" / f"{version()}.jsonl")
    kills: list[Kill] = []
    with stand() as found, ThreadPoolExecutor(jobs) as pool:
        for way, times in shares:
            keys = [(way.name, seed, number) for number in range(times)]
            if any(key not in journal.records for key in keys):
                whole = undisturbed(found, way)
                one = partial(kill, found, way, whole, seed)
            kills += pool.map(lambda key, one=one: journal.recall(Kill, key, partial(one, key[2])), keys)
    return kills


def _shares(ways: Sequence[Way], count: int) -> Iterator[tuple[Way, int]]:
    for number, way in enumerate(ways):
        yield way, count // len(ways) + (number < count % len(ways))


def report(kills: Iterable[Kill]) -> str:
    """The table as Markdown."""
    rows = [
        "| way | kills | with all below | target existed | wrong | stages that were hit |",
        "|---" * 6 + "|",
    ]
    found = list(kills)
    for name in dict.fromkeys(it.way for it in found):
        here = [it for it in found if it.way == name]
        hit = ", ".join(f"{stage} {times}" for stage, times in Counter(it.stage for it in here).items())
        counts = [len(here), sum(it.whom != "alone" for it in here), sum(it.existing for it in here)]
        rows.append(f"| {name} | {' | '.join(map(str, counts))} | {sum(bool(it.wrong) for it in here)} | {hit} |")
    return "\n".join(rows)


def missed(kills: Iterable[Kill]) -> list[str]:
    """What did not hold."""
    return [f"{it.way}, kill {it.number} in {it.stage}: {line}" for it in kills for line in it.wrong]


def main() -> int:
    """Kill as often as asked; 1 if anything did not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="kills in all")
    parser.add_argument("--only", action="append", help="only ways whose name contains this (repeatable)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--jobs", type=int, default=3, help="kills at a time")
    asked = parser.parse_args()
    ways = [way for way in WAYS if not asked.only or any(text in way.name for text in asked.only)]
    kills = measure(ways, asked.count, asked.seed, asked.jobs)
    print(report(kills))
    wrong = missed(kills)
    print(
        "\n".join(["", *(f"MISSED: {line}" for line in wrong)]) if wrong else "\nnothing was left, nothing was harmed"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
