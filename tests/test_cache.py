"""Shelves: bounded, cleared, and shared by processes that know nothing of each other."""

import fcntl
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from xxhash import xxh3_128_digest

from shave import cache
from shave.cache import BLOBS, LAYERS, PLANS, SHELVES, Shelf, Usage
from shave.errors import BadImageError, UsageError

SMALL = Shelf("small", "v2", 10_000)
DIGESTS = [f"sha256:{number:064}" for number in range(4)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv(cache.BOUND, raising=False)
    return tmp_path


def put(number: int, size: int = 4000, age: int = 0, shelf: Shelf = SMALL) -> Path:
    """A file that was last used ``age`` seconds before the year 2001."""
    path = cache.place(shelf, DIGESTS[number])
    cache.put(shelf, path, bytes(size))
    os.utime(path, (10**9 - age, 10**9 - age))
    return path


def test_what_is_where(home: Path) -> None:
    assert put(0) == home / "cache/shave/small/v2" / ("0" * 64)
    assert cache.used(SMALL) == Usage(1, 4000)
    assert cache.directory(PLANS) == home / "state/shave/plans"
    assert cache.used(PLANS) == Usage(0, 0)


@pytest.mark.parametrize("digest", ["", "sha256:../../etc/passwd", "sha256:" + "/" * 64, "md5:" + "a" * 64])
def test_what_is_no_digest_has_no_place(digest: str) -> None:
    with pytest.raises(BadImageError):
        cache.place(SMALL, digest)


def test_the_longest_unused_goes_first() -> None:
    first, second = put(0, age=20), put(1, age=30)
    cache.touch(second)
    third = put(2)
    assert [path.exists() for path in (first, second, third)] == [False, True, True]


def test_what_a_killed_writer_left_goes_with_the_next_file(home: Path) -> None:
    dead, living = (put(0).with_name(f".new-{name}") for name in ("dead", "living"))
    dead.touch()
    with living.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        put(1)
        assert [dead.exists(), living.exists()] == [False, True]


def test_what_an_older_shave_left_counts(home: Path) -> None:
    old = home / "cache/shave/small/v1/x"
    old.parent.mkdir(parents=True)
    old.write_bytes(bytes(9000))
    os.utime(old, (1, 1))
    assert cache.used(SMALL) == Usage(1, 9000)
    put(0)
    assert not old.exists()


def test_a_file_that_is_worked_on_stays() -> None:
    busy, idle = put(0, age=50), put(1)
    with busy.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert cache.clear(SMALL) == Usage(1, 4000)
        assert (busy.exists(), idle.exists()) == (True, False)
    assert cache.clear(SMALL) == Usage(1, 4000)
    assert cache.clear(SMALL) == Usage(0, 0)


def test_an_open_file_outlives_its_deletion() -> None:
    with put(0).open("rb") as file:
        cache.clear(SMALL)
        assert file.read() == bytes(4000)


def test_a_file_larger_than_the_bound_is_not_kept() -> None:
    assert put(0, 10_000).exists()
    with pytest.raises(FileNotFoundError):
        put(1, 10_001)
    assert cache.used(SMALL).bytes <= SMALL.max_bytes


@pytest.mark.parametrize(
    ("text", "together"), [("9GiB", 9 << 30), ("5GB", 5 * 10**9), ("500 mb", 5 * 10**8), ("9000", 9000), ("0", 0)]
)
def test_the_bound_of_the_user_is_shared_out(monkeypatch: pytest.MonkeyPatch, text: str, together: int) -> None:
    monkeypatch.setenv(cache.BOUND, text)
    assert cache.max_bytes(LAYERS) == together // 19
    caches = [shelf for shelf in SHELVES if shelf.home == "cache"]
    assert together - len(caches) < sum(map(cache.max_bytes, caches)) <= together
    assert cache.max_bytes(PLANS) == PLANS.max_bytes


@pytest.mark.parametrize("text", ["much", "-1", "5 G", "1e9", "٣GB", "9" * 99])
def test_a_bound_that_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(cache.BOUND, text)
    with pytest.raises(UsageError, match=cache.BOUND):
        cache.max_bytes(LAYERS)


def test_without_a_bound_of_anything_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.BOUND, "0")
    path = cache.place(BLOBS, DIGESTS[0])
    cache.put(BLOBS, path, b"x")
    assert not path.exists()


def test_a_place_that_cannot_be_written(home: Path) -> None:
    (home / "cache").write_text("in the way")
    with pytest.raises(OSError):
        put(0)
    assert (cache.used(SMALL), cache.clear(SMALL)) == (Usage(0, 0), Usage(0, 0))


def test_names_are_once() -> None:
    assert len({shelf.name for shelf in SHELVES}) == len(SHELVES)


# Contents say by a checksum whether they are whole; sizes and names collide as often as possible.
CROWD = """
import random, sys
from xxhash import xxh3_128_digest
from shave import cache
from shave.cache import Shelf

shelf, chance = Shelf("crowd", "v1", 50_000), random.Random(int(sys.argv[1]))
for _ in range(150):
    path = cache.place(shelf, f"sha256:{chance.randrange(20):064}")
    action = chance.random()
    try:
        if action < 0.5:
            body = chance.randbytes(chance.randrange(9000))
            cache.put(shelf, path, xxh3_128_digest(body) + body)
        elif action < 0.9:
            data = path.read_bytes()
            assert data[:16] == xxh3_128_digest(data[16:]), "half a file"
            cache.touch(path)
        elif action < 0.97:
            cache.bound(shelf)
        else:
            cache.clear(shelf)
    except OSError:
        pass
"""


def test_a_crowd_on_one_shelf() -> None:
    crowd = [subprocess.Popen([sys.executable, "-c", CROWD, str(number)]) for number in range(8)]
    assert [process.wait(timeout=60) for process in crowd] == [0] * 8
    shelf = Shelf("crowd", "v1", 50_000)
    cache.bound(shelf)
    assert cache.used(shelf).bytes <= 50_000
    files = list(cache.directory(shelf).iterdir())
    assert not [path for path in files if path.name.startswith(".new-")]
    for path in files:
        assert path.read_bytes()[:16] == xxh3_128_digest(path.read_bytes()[16:])


def test_whoever_evicts_meanwhile_takes_no_file_that_has_just_begun() -> None:
    shelf = Shelf("large", "v2", 1 << 30)
    done = threading.Event()

    def evict() -> None:
        while not done.is_set():
            cache.bound(shelf)

    with ThreadPoolExecutor(1) as pool:
        evicting = pool.submit(evict)
        paths = [cache.place(shelf, f"sha256:{number:064}") for number in range(400)]
        try:
            for path in paths:
                cache.put(shelf, path, b"here")
        finally:
            done.set()
        evicting.result()
    assert all(path.read_bytes() == b"here" for path in paths)
