"""``shave build`` on full disks, beside itself, interrupted and killed: an image is there whole, or not at all."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from disks import on_disk
from shave import api
from sites import PREVIOUS, PROBED, Site

pytestmark = pytest.mark.oracle

PAGE = 4096
WORDS = ("build", "-q", "spec.toml", "--no-probe", "-o")


@pytest.mark.root
@pytest.mark.parametrize("target", ["oci:out:x", "oci-archive:out/file:x", "docker-archive:out/file:x:1"])
def test_a_full_disk_at_the_target(site: Site, target: str) -> None:
    site.spec("lib")
    site.locked()
    place = site.here / "out"
    place.mkdir()
    before = site.files()
    sizes = [
        *(f"size={PAGE * number}" for number in range(1, 20, 3)),
        *(f"nr_inodes={number}" for number in range(2, 16, 4)),
    ]
    ended = [on_disk(place, size, [*WORDS, target, "--locked"]) for size in sizes]
    assert {one.code for one in ended} == {0, 3}
    for one in ended:
        if one.code:
            assert one.files == ()
            told_in_one_sentence(one.err)
    assert site.files() == before
    site.nothing_left()


@pytest.mark.root
@pytest.mark.parametrize(("place", "pages"), [("xdg_cache_home/shave/work", 40), ("xdg_cache_home", 60)])
def test_a_full_disk_where_it_works(site: Site, place: str, pages: int) -> None:
    site.spec("lib")
    disk = site.here.parent / place
    disk.mkdir(parents=True, exist_ok=True)
    before, codes = site.files(), set()
    for number in (*range(1, pages, pages // 6), 1000):
        ended = on_disk(disk, f"size={PAGE * number}", [*WORDS, "oci:out:x", "--lock"])
        codes.add(ended.code)
        assert not [path for path in ended.files if "work-" in path or "/." in path]
        if ended.code:
            told_in_one_sentence(ended.err)
            assert site.files() == before
    assert codes == {0, 3}
    assert site.lock.read_text() != PREVIOUS
    site.nothing_left()


FULL = {"files": 3, "lists": 3, "layers": 0, "blobs": 0}
"""Shelves with an exit code: what is at work lies on the disk of the first two, and nothing else has room there."""


@pytest.mark.root
@pytest.mark.parametrize(("shelf", "code"), FULL.items())
def test_a_shelf_that_is_full_or_cannot_be_written(site: Site, shelf: str, code: int) -> None:
    disk = site.here.parent / "xdg_cache_home/shave" / shelf
    disk.mkdir(parents=True)
    site.spec("lib")
    before = site.files()
    full = on_disk(disk, f"size={PAGE}", [*WORDS, "oci:out:x", "--lock"])
    assert (full.code, site.files() == before) == (code, code == 3)
    if code:
        told_in_one_sentence(full.err)
    read_only = on_disk(disk, f"size={PAGE}", [*WORDS, "oci:out:x", "--lock"], read_only=True)
    assert (read_only.code, read_only.err) == (0, "")
    site.nothing_left()


def told_in_one_sentence(err: str) -> None:
    sentence, hint = err.splitlines()
    assert sentence.startswith("shave: ") and hint.startswith("hint: ")
    assert "Errno" not in sentence


def test_several_at_once_from_one_cache(site: Site) -> None:
    def one(number: int) -> str:
        done = site.shave("build", "-q", "spec.toml", "-o", f"oci:out{number}:x", "--format", "json")
        assert done.code == 0, done.err
        return str(json.loads(done.out)["digest"])

    with ThreadPoolExecutor(3) as pool:
        digests = set(pool.map(one, range(3)))
    assert digests == {site.built()["digest"]}
    site.nothing_left()


@contextmanager
def running(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """A build that tells its stages, one a line."""
    command = (sys.executable, "-m", "shave", "build", "-v", "spec.toml", "-o", "oci:out:x", *words)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        yield process


def undisturbed() -> list[float]:
    """Seconds of each stage."""
    times = [time.monotonic()]
    with running("--lock") as process:
        assert process.stderr
        for _ in process.stderr:
            times.append(time.monotonic())
    assert process.returncode == 0
    return [after - before for before, after in pairwise(times)]


def stopped(stages: list[float], number: int, moment: signal.Signals) -> tuple[int, str]:
    """A build that gets a signal in a stage, at a random moment of it: how it ends, and its last line."""
    with running("--locked" if number % 3 == 0 else "--lock") as process:
        assert process.stderr
        for _ in range(number % len(stages)):
            process.stderr.readline()
        time.sleep(Random(number).uniform(0, stages[number % len(stages)]))
        process.send_signal(moment)
        said = process.stderr.read().splitlines()
        return process.wait(), said[-1] if said else ""


def test_killed_at_any_moment(site: Site) -> None:
    site.spec("app", "shell", more=PROBED)
    stages = undisturbed()
    whole, lock = site.built("--locked")["digest"], site.lock.read_text()
    for number in range(12):
        shutil.rmtree(site.here / "out", ignore_errors=True)
        if number % 3:
            shutil.rmtree(site.here.parent / "xdg_cache_home")
            site.lock.write_text(PREVIOUS)
        code, _ = stopped(stages, number, signal.SIGKILL)
        assert code in (0, -signal.SIGKILL)
        if (site.here / "out/index.json").exists():
            with api.open("oci:out:x") as image:
                assert (image.manifest_digest, api.validate(image)) == (whole, ())
        assert site.lock.read_text() in (PREVIOUS, lock)
        assert site.built("--lock", "--no-probe")["digest"] == whole
        assert site.lock.read_text() == lock
        site.nothing_left()
        assert not list(site.here.rglob(".*"))


def test_interrupted(site: Site) -> None:
    site.spec("app", "shell", more=PROBED)
    stages = undisturbed()
    shutil.rmtree(site.here / "out")
    before = site.files()
    for number in range(1, len(stages) - 1, 2):
        code, said = stopped(stages, number, signal.SIGINT)
        assert (code, said) == (130, "shave: interrupted")
        assert site.files() == before
        assert not [path for path in site.here.iterdir() if path.name.startswith(".")]
        site.nothing_left()


def test_terminals_that_are_gone(site: Site) -> None:
    """Who reads the answer leaves: the image is there all the same."""
    reader, writer = os.pipe()
    os.close(reader)
    command = (sys.executable, "-m", "shave", "build", "-q", "spec.toml", "-o", "oci:out:x")
    assert subprocess.run(command, stdout=writer, check=False).returncode == 0
    os.close(writer)
    assert Path("out/index.json").exists()
