"""Variants of a busybox image, really run: what works, what does not and why, and what is not run again."""

import platform
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from laboratory import variant
from shave import sources
from shave.errors import CannotError, UsageError
from shave.events import silent
from shave.image import Image
from shave.lab import BuildRecord, Lab, RunRecord, Variant
from shave.probe import Http, Probe, Ready, RunOptions
from shave.reference import parse
from shave.testing import File, Symlink, image
from shave.verbs.lab_run import RunWanted, run

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the images are for amd64"),
]

BUSYBOX = {
    "/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755),
    **{f"/bin/{name}": Symlink("busybox") for name in ("sh", "sleep", "httpd", "cat")},
    "/www/index.html": b"hello\n",
    "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n",
    "/tmp/.keep": b"",
}
ALL = RunWanted()
SERVER = ["httpd", "-f", "-p", "8080", "-h", "/www"]


class Bench:
    """Images in layouts, and the records of their builds and runs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.builds: dict[str, BuildRecord] = {}
        self.known: dict[str, RunRecord] = {}
        self.saved: list[str] = []

    def add(self, name: str, *, files: dict[str, Any] = BUSYBOX, **config: Any) -> Variant:
        made = image(files, config=config)
        self.put(name, made)
        return variant(name)

    def put(self, name: str, made: Image) -> None:
        reference = f"oci:{self.directory}/{name}:1"
        sources.write_image(made, parse(reference))
        self.builds[name] = BuildRecord(name, "sha256:0", "built", 1.0, reference, made.config_digest)

    def run(self, *variants: Variant, wanted: RunWanted = ALL) -> dict[str, RunRecord]:
        def save(record: RunRecord) -> None:
            self.known[record.variant] = record
            self.saved.append(record.variant)

        found = run(Lab("lab", variants), self.builds, dict(self.known), wanted, save, silent)
        return {record.variant: record for record in found}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Bench(tmp_path)


def test_what_ends_well_works_and_what_does_not_says_why(bench: Bench) -> None:
    works = bench.add("a.works", Cmd=["sh", "-c", "echo hello"])
    fails = bench.add("a.fails", Cmd=["sh", "-c", "echo sorry >&2; exit 3"])
    missing = bench.add("a.missing", Cmd=["serve"])
    found = bench.run(works, fails, missing)
    good = found["a.works"]
    assert (good.verdict, good.predicted, good.observed, good.digest) == (
        "works",
        None,
        None,
        bench.builds["a.works"].digest,
    )
    assert good.start_seconds is not None and good.start_seconds > 0
    bad = found["a.fails"]
    assert (bad.verdict, bad.predicted, bad.observed) == ("fails", None, "exits-nonzero")
    assert "sorry" in bad.shown and bad.message
    gone = found["a.missing"]
    assert (gone.verdict, gone.predicted, gone.observed) == ("fails", "command-missing", "command-missing")
    assert bench.saved == ["a.works", "a.fails", "a.missing"]


def test_a_server_works_when_it_is_ready_and_answers(bench: Bench) -> None:
    server = bench.add("a.server", Cmd=SERVER, ExposedPorts={"8080/tcp": {}})
    probes = (Probe("page", http=Http("http://localhost:8080/", expect_status=200), timeout=10),)
    wrong = (Probe("page", http=Http("http://localhost:8080/gone", expect_status=200), timeout=10),)
    bench.put("a.asked", image(BUSYBOX, config={"Cmd": SERVER}))
    bench.put("a.wrong", image(BUSYBOX, config={"Cmd": SERVER}))
    options = RunOptions(ready=Ready(tcp="localhost:8080", timeout=10))
    asked = replace(variant("a.asked"), run=options, probes=probes)
    found = bench.run(server, asked, replace(variant("a.wrong"), run=options, probes=wrong))
    assert {name: record.verdict for name, record in found.items()} == {
        "a.server": "works",
        "a.asked": "works",
        "a.wrong": "fails",
    }
    assert "404" in found["a.wrong"].message


def test_what_never_is_ready(bench: Bench) -> None:
    bench.put("a.mute", image(BUSYBOX, config={"Cmd": ["sleep", "60"]}))
    options = RunOptions(ready=Ready(tcp="localhost:8080", timeout=1))
    probes = (Probe("port", tcp="localhost:8080", timeout=1),)
    [mute] = bench.run(replace(variant("a.mute"), run=options, probes=probes)).values()
    assert (mute.verdict, mute.observed) == ("fails", "never-ready")


def test_probes_with_commands_of_their_own(bench: Bench) -> None:
    bench.put("a.tool", image(BUSYBOX))
    tool = replace(variant("a.tool"), probes=(Probe("read", command=("cat", "/www/index.html")),))
    [found] = bench.run(tool).values()
    assert (found.verdict, found.predicted) == ("works", None)
    assert found.start_seconds is not None


def test_a_command_is_waited_for_however_silent_it_is(bench: Bench) -> None:
    bench.put("a.slow", image(BUSYBOX))
    slow = replace(variant("a.slow"), probes=(Probe("wait", command=("sleep", "3.5")),))
    [found] = bench.run(slow).values()
    assert found.start_seconds is not None and found.start_seconds > 3.4


def test_what_cannot_be_run_was_not_run_and_stops_nobody(bench: Bench) -> None:
    base = bench.add("a.base")
    foreign = variant("a.foreign")
    bench.put("a.foreign", image(BUSYBOX, config={"Cmd": ["sh"]}, architecture="s390x"))
    gone = variant("a.gone")
    bench.builds["a.gone"] = replace(bench.builds["a.base"], variant="a.gone", reference=f"oci:{bench.directory}/no:1")
    other = bench.add("a.other", Cmd=["sh"])
    bench.builds["a.other"] = replace(bench.builds["a.other"], digest=bench.builds["a.base"].digest)
    works = bench.add("a.works", Cmd=["sh"])
    found = bench.run(base, foreign, gone, other, works)
    assert {name: record.verdict for name, record in found.items()} == {
        "a.base": "not run",
        "a.foreign": "not run",
        "a.gone": "not run",
        "a.other": "not run",
        "a.works": "works",
    }
    assert all(record.message for record in found.values() if record.verdict == "not run")


def test_what_is_known_is_not_run_again(bench: Bench) -> None:
    one, two = bench.add("a.one", Cmd=["sh"]), bench.add("a.two", Cmd=["sh"])
    first = bench.run(one, two)
    assert bench.run(one, two) == first
    assert bench.saved == ["a.one", "a.two"]
    bench.run(replace(one, run=RunOptions(env={"A": "1"})), two)
    bench.put("a.two", image(BUSYBOX, {"/new": b"new"}, config={"Cmd": ["sh"]}))
    bench.run(replace(one, run=RunOptions(env={"A": "1"})), two)
    assert bench.saved[2:] == ["a.one", "a.two"]
    bench.run(one, two, wanted=RunWanted(("*.two",), again=True))
    assert bench.saved[4:] == ["a.two"]


def test_what_could_not_be_run_is_tried_again(bench: Bench) -> None:
    works = bench.add("a.works", Cmd=["sh"])
    there = bench.builds["a.works"]
    bench.builds["a.works"] = replace(there, reference=f"oci:{bench.directory}/no:1")
    assert bench.run(works)["a.works"].verdict == "not run"
    bench.builds["a.works"] = there
    assert bench.run(works)["a.works"].verdict == "works"


def test_only_what_is_built_and_wanted(bench: Bench) -> None:
    one, two = bench.add("a.one", Cmd=["sh"]), bench.add("b.two", Cmd=["sh"])
    bench.builds["b.two"] = replace(bench.builds["b.two"], outcome="failed")
    assert list(bench.run(one, two)) == ["a.one"]
    assert list(bench.run(one, two, wanted=RunWanted(("b.*",)))) == []
    with pytest.raises(UsageError, match="no variant is named c"):
        bench.run(one, wanted=RunWanted(("c",)))


def test_a_runner_there_is_none_of(bench: Bench) -> None:
    one = bench.add("a.one", Cmd=["sh"])
    with pytest.raises(UsageError, match="no runner 'qemu'"):
        bench.run(one, wanted=RunWanted(runner="qemu"))


def test_a_state_that_cannot_be_written_ends_it(bench: Bench) -> None:
    one = bench.add("a.one", Cmd=["sh"])

    def save(record: RunRecord) -> None:
        raise CannotError("no space left")

    with pytest.raises(CannotError, match="no space left"):
        run(Lab("lab", (one,)), bench.builds, {}, RunWanted(), save, silent)
