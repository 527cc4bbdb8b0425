"""Variants of a lab are built side by side, each behind what it is built on, and what has not changed not again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from secrets import token_hex

import pytest
from msgspec import Struct
from msgspec.structs import replace

import newer_builders
from builders.conftest import in_environment
from cli import layout
from shave.errors import CannotError, UsageError
from shave.events import Event, Remark
from shave.lab import BuildRecord, CommandBuild, DockerfileBuild, Expectation, Lab, ReferenceBuild, Variant
from shave.lab_state import State, open_state
from shave.testing import File
from shave.verbs.lab_build import BuildWanted, build
from shave.verbs.lab_images import found

COPY = ("cp", "-r", "image", "{out}/image")
OUT = "oci:{out}/image:test"


def variant(name: str, how: object, base: str = "", **more: object) -> Variant:
    return Variant(name, name, "", "", how, base, **more)  # type: ignore[arg-type]


def copying(name: str, base: str = "", **more: object) -> Variant:
    return variant(name, CommandBuild(COPY, OUT), base, **more)


class Bench(Struct, frozen=True):
    """A lab's directory with an image in it, and what builds of it say."""

    directory: Path
    heard: list[str] = []

    @property
    def state(self) -> State:
        return open_state(self.directory, self.directory.parent / "state")

    def build(self, *variants: Variant, builder: str = "auto", **wanted: object) -> dict[str, BuildRecord]:
        def hear(event: Event) -> None:
            if isinstance(event, Remark):
                self.heard.append(event.text)

        self.heard.clear()
        records = build(self.lab(*variants), self.directory, self.state, builder, BuildWanted(**wanted), hear)  # type: ignore[arg-type]
        return {record.variant: record for record in records}

    def lab(self, *variants: Variant) -> Lab:
        return Lab("shave-test", variants)

    @property
    def old(self) -> list[str]:
        """Those that were not built again."""
        return sorted(line.partition(":")[0] for line in self.heard if "nothing changed" in line)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "lab").mkdir()
    layout(tmp_path / "lab/image", {"/a": File(b"a")})
    (tmp_path / "lab/a").write_text("a\n")
    return Bench(tmp_path / "lab", [])


def test_commands_and_references(bench: Bench) -> None:
    script = 'test "$SHAVE_FROM" = {from} && cp -r "$SHAVE_OUT"/../one/image {out}/ && echo $SHAVE_TAG={tag}'
    told = variant("told", CommandBuild(("sh", "-c", script), OUT), "one")
    records = bench.build(copying("one"), told, variant("there", ReferenceBuild("oci:image:test")))
    digest = found(f"oci:{bench.directory}/image:test")
    assert digest
    assert [(each.outcome, each.digest, each.message) for each in records.values()] == [
        ("built", digest.digest, "")
    ] * 3
    assert records["one"].reference == f"oci:{bench.state.directory}/out/one/image:test"
    assert records["there"].reference == f"oci:{bench.directory}/image:test"
    assert Path(records["told"].log).read_text() == "shave-test:told=shave-test:told\n"
    assert bench.state.builds() == records


def test_one_that_fails_stops_no_other(bench: Bench) -> None:
    records = bench.build(
        variant("bad", CommandBuild(("sh", "-c", "echo a.c:1: error: no; exit 3"))),
        copying("on-bad", "bad"),
        copying("on-that", "on-bad"),
        variant("slow", CommandBuild(("sleep", "3201")), timeout=0.5),
        variant("none", CommandBuild(("true",), OUT)),
        variant("nobody", CommandBuild(("no-such-program",), OUT)),
        variant("gone", ReferenceBuild("oci:missing:test")),
        copying("good"),
    )
    assert {name: each.outcome for name, each in records.items()} == {
        "bad": "failed",
        "on-bad": "skipped",
        "on-that": "skipped",
        "slow": "timeout",
        "none": "failed",
        "nobody": "failed",
        "gone": "failed",
        "good": "built",
    }
    assert records["bad"].message == "a.c:1: error: no"
    assert (records["on-bad"].message, records["on-that"].message) == ("there is no bad", "there is no on-bad")
    assert records["slow"].message == "it was not done in 0.5 s"
    assert "no-such-program cannot be started" in records["nobody"].message
    assert "missing" in records["gone"].message
    assert bench.state.builds() == records


def test_what_has_not_changed_is_not_built_again(bench: Bench) -> None:
    variants = copying("one"), copying("two", "one"), copying("other")
    first = bench.build(*variants)
    assert bench.old == []
    assert bench.build(*variants) == first
    assert bench.old == ["one", "other", "two"]
    shutil.rmtree(bench.state.directory / "out/one/image")
    bench.build(*variants)
    assert bench.old == ["other", "two"]
    bench.build(*variants, again=True)
    assert bench.old == []
    (bench.directory / "Dockerfile.other").touch()
    bench.build(*variants)
    assert len(bench.old) == 3
    (bench.directory / "a").write_text("b\n")
    bench.build(*variants)
    assert bench.old == []
    bench.build(*variants, tag="other/name")
    assert bench.old == []


def test_a_variant_is_built_again_with_what_it_is_built_on(bench: Bench) -> None:
    one = variant("one", CommandBuild(COPY, OUT))
    bench.build(one, copying("two", "one"), copying("other"))
    layout(bench.directory.parent / "newer", {"/a": File(b"b")})
    moved = replace(one, build=CommandBuild(("cp", "-r", "../newer", "{out}/image"), OUT))
    bench.build(moved, copying("two", "one"), copying("other"))
    assert bench.old == ["other"]


def test_a_failure_is_remembered_where_it_was_expected(bench: Bench) -> None:
    fails = variant("bad", CommandBuild(("false",)))
    expected = replace(fails, name="expected", expected=Expectation("build-fails"))
    first = bench.build(fails, expected)
    assert bench.build(fails, expected)["expected"] == first["expected"]
    assert bench.old == ["expected"]


def test_only_some(bench: Bench) -> None:
    variants = copying("c.one"), copying("c.two", "c.one"), copying("go.one")
    assert list(bench.build(*variants, only=("*.two",))) == ["c.one", "c.two"]
    assert list(bench.build(*variants, only=("go.*", "c.one"))) == ["c.one", "go.one"]
    with pytest.raises(UsageError, match=r"no variant is named d\.\*") as caught:
        bench.build(*variants, only=("go.*", "d.*"))
    assert caught.value.hint == "there are c.one, c.two, go.one"


def test_side_by_side(bench: Bench) -> None:
    # each waits for the other
    script = "touch ../$0; until test -e ../$1; do sleep 0.05; done; cp -r image {out}/image"
    pair = [
        variant(own, CommandBuild(("sh", "-c", script, own, other), OUT), timeout=20)
        for own, other in (("one", "two"), ("two", "one"))
    ]
    assert {each.outcome for each in bench.build(*pair, jobs=2).values()} == {"built"}


def test_names_that_cannot_be(bench: Bench) -> None:
    with pytest.raises(UsageError, match="is not an image name"):
        bench.build(copying("one"), tag="Upper")
    with pytest.raises(UsageError, match="there is no builder 'kaniko'"):
        bench.build(variant("one", DockerfileBuild("", "FROM scratch\n")), builder="kaniko")


def test_a_state_that_cannot_be_written_ends_it(bench: Bench) -> None:
    state = bench.state.directory
    (state / "builds").touch()
    with pytest.raises(CannotError, match="cannot be written"):
        bench.build(copying("one"))


INTERRUPTED = """
import sys
from pathlib import Path
from shave.events import silent
from shave.lab import CommandBuild, Lab, Variant
from shave.lab_state import open_state
from shave.verbs.lab_build import BuildWanted, build
one = Variant("one", "", "", "", CommandBuild(("cp", "-r", "image", "{out}/image"), "oci:{out}/image:test"))
two = Variant("two", "", "", "", CommandBuild(("sh", "-c", "echo $$; exec sleep 3202")), "one")
directory = Path(sys.argv[1])
state = open_state(directory, directory.parent / "state")
build(Lab("shave-test", (one, two)), directory, state, "auto", BuildWanted(), silent)
"""


def test_an_interrupt_keeps_what_is_done(bench: Bench) -> None:
    log = bench.state.log("two")
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED, bench.directory], stderr=subprocess.DEVNULL) as shave:
        while not (log.exists() and log.read_text().endswith("\n")):
            time.sleep(0.05)
        shave.send_signal(signal.SIGINT)
    assert shave.returncode == -signal.SIGINT
    assert not Path("/proc", log.read_text().strip()).exists()
    assert {name: each.outcome for name, each in bench.state.builds().items()} == {"one": "built"}
    assert bench.build(copying("one"))["one"].outcome == "built"
    assert bench.old == ["one"]


# removing an image takes away the steps that another build of them may be about to use
BASE = f"FROM scratch\nENV MADE_FOR={token_hex(6)}\nCOPY busybox /bin/sh\nCOPY busybox /bin/\n"


@pytest.fixture(params=["machine", "storage"])
def environment(request: pytest.FixtureRequest) -> Iterator[Mapping[str, str]]:
    if request.param == "machine":
        with in_environment(newer_builders.BUILDX):
            yield {"builder": "docker-classic", "command": "docker"}
    else:
        with newer_builders.storage() as storage, in_environment(storage):
            yield {"builder": "podman", "command": "podman"}


@pytest.mark.root
@pytest.mark.engine
@pytest.mark.oracle
def test_dockerfiles(bench: Bench, environment: Mapping[str, str]) -> None:
    busybox = shutil.which("busybox")
    assert busybox
    shutil.copy(busybox, bench.directory / "busybox")
    tag = f"shave-test/{token_hex(4)}"
    variants = (
        variant("base", DockerfileBuild("", f"{BASE}ENV MADE_FOR={tag}\n")),
        variant("one", DockerfileBuild("", "ARG SHAVE_FROM\nFROM $SHAVE_FROM\nCOPY a /a\n"), "base"),
        variant("two", DockerfileBuild("", "ARG SHAVE_FROM\nFROM $SHAVE_FROM\nRUN echo two >/a\n"), "base"),
        variant("bad", DockerfileBuild("", "FROM scratch\nCOPY missing /\n")),
        variant("newer", DockerfileBuild("", "FROM scratch\nCOPY <<EOF /a\na\nEOF\n")),
    )
    how = {"builder": environment["builder"], "tag": tag, "network": "host"}
    try:
        records = bench.build(*variants, **how)  # type: ignore[arg-type]
        assert [each.outcome for each in records.values()] == ["built"] * 3 + ["failed"] * 2
        assert "heredocs need Docker 23 with buildx, or buildah 1.33" in records["newer"].message
        for name in ("base", "one", "two"):
            image = found(records[name].reference)
            assert image and image.digest == records[name].digest
            assert any(line.startswith(f"{name}: built in ") and line.endswith(" MB") for line in bench.heard)
        (bench.directory / "a").write_text("other\n")
        (bench.directory / "unrelated").touch()
        again = bench.build(*variants, **how)  # type: ignore[arg-type]
        assert bench.old == ["base", "two"]
        assert again["one"].digest != records["one"].digest
    finally:
        images = [f"{tag}:{each}" for each in ("one", "two", "base")]
        images += [each.digest for each in (records["one"],)]
        subprocess.run([environment["command"], "rmi", *images], capture_output=True, check=False, env=os.environ)
