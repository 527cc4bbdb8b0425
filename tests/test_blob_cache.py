"""Blobs on their way through the shelf: kept as they pass, gone on with, never wrong."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shave import blob_cache, cache
from shave.errors import BadImageError, CannotError
from shave.oci import digest_of

DATA = os.urandom(1 << 20)
DIGEST = digest_of(DATA)


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SHAVE_CACHE_MAX", raising=False)
    return cache.directory(cache.BLOBS)


class Net:
    """A blob far away. ``asked`` is from where on; after ``breaks`` bytes the line breaks."""

    def __init__(self, data: bytes = DATA, breaks: int = sys.maxsize) -> None:
        self.data, self.breaks = data, breaks
        self.asked: list[int] = []

    def __call__(self, at: int) -> Iterator[bytes]:
        self.asked.append(at)
        for start in range(at, len(self.data), 50_000):
            if start - at >= self.breaks:
                raise CannotError("the line broke")
            yield self.data[start : start + 50_000]


def read(net: Callable[[int], Iterable[bytes]], size: int = len(DATA)) -> bytes:
    with blob_cache.open(DIGEST, size, net) as file:
        return file.read()


def names(shelf: Path) -> list[str]:
    return sorted(path.name for path in shelf.iterdir()) if shelf.exists() else []


def test_the_second_time_nobody_is_asked(shelf: Path) -> None:
    net = Net()
    assert [read(net), read(net)] == [DATA, DATA]
    assert net.asked == [0]
    assert names(shelf) == [DIGEST.partition(":")[2]]
    assert (shelf / names(shelf)[0]).stat().st_mode & 0o777 == 0o600


def test_nothing_is_visible_before_its_end(shelf: Path) -> None:
    with blob_cache.open(DIGEST, len(DATA), Net()) as file:
        file.read(1000)
        assert names(shelf) == [DIGEST.partition(":")[2] + ".part"]
        file.read()
        assert names(shelf) == [DIGEST.partition(":")[2]]


def test_what_broke_off_goes_on(shelf: Path) -> None:
    with pytest.raises(CannotError, match="the line broke"):
        read(Net(breaks=200_000))
    rest = Net()
    assert read(rest) == DATA
    assert rest.asked == [200_000]


def test_who_stops_reading_leaves_what_came(shelf: Path) -> None:
    with blob_cache.open(DIGEST, len(DATA), Net()) as file:
        file.read(300_000)
    rest = Net()
    assert read(rest) == DATA
    assert 300_000 <= rest.asked[0] < len(DATA)


def test_kill_9_leaves_what_came(shelf: Path) -> None:
    """A process that is killed in the middle, for the next to go on from."""
    program = (
        "import os, sys; from shave import blob_cache\n"
        "data = sys.stdin.buffer.read()\n"
        "def net(at):\n"
        "    yield data[:400_000]\n"
        "    os.kill(os.getpid(), 9)\n"
        f"blob_cache.open({DIGEST!r}, len(data), net).read()\n"
    )
    assert subprocess.run([sys.executable, "-c", program], input=DATA).returncode == -9
    rest = Net()
    assert read(rest) == DATA
    assert rest.asked == [400_000]


def test_killed_between_the_last_byte_and_the_name(shelf: Path) -> None:
    shelf.mkdir(parents=True)
    (shelf / (DIGEST.partition(":")[2] + ".part")).write_bytes(DATA)
    net = Net()
    assert [read(net), read(net)] == [DATA, DATA]
    assert net.asked == []


@pytest.mark.parametrize("kept", [b"x" * 1000, DATA[:-1] + b"x", DATA + b"x", b"x" * len(DATA)])
def test_what_was_kept_was_wrong(shelf: Path, kept: bytes) -> None:
    shelf.mkdir(parents=True)
    (shelf / (DIGEST.partition(":")[2] + ".part")).write_bytes(kept)
    if kept[: len(DATA)] == DATA:
        assert read(Net()) == DATA
        return
    with pytest.raises(BadImageError, match="is not what its digest says") as caught:
        read(Net())
    assert caught.value.hint == "the part of it that was kept from before is gone: try again"
    assert names(shelf) == []
    assert read(Net()) == DATA


def test_a_liar_is_never_believed_nor_kept(shelf: Path) -> None:
    got = bytearray()
    with blob_cache.open(DIGEST, len(DATA), Net(DATA[:-1] + b"x")) as file, pytest.raises(BadImageError) as caught:
        while chunk := file.read(1000):
            got += chunk
    assert len(got) < len(DATA)
    assert caught.value.hint == ""
    assert names(shelf) == []


def test_a_file_that_lost_its_end(shelf: Path) -> None:
    read(Net())
    os.truncate(shelf / names(shelf)[0], 10)
    net = Net()
    assert read(net) == DATA
    assert net.asked == [0]


def test_a_file_that_rotted(shelf: Path) -> None:
    read(Net())
    kept = shelf / names(shelf)[0]
    kept.write_bytes(bytes(len(DATA)))
    net = Net()
    assert [read(net), read(net)] == [DATA, DATA]
    assert net.asked == [0]
    assert kept.read_bytes() == DATA


def test_two_at_once(shelf: Path) -> None:
    """The second does not wait for the first, who may be waiting for it."""
    one, two = Net(), Net()
    with blob_cache.open(DIGEST, len(DATA), one) as first:
        begun = first.read(10)
        assert read(two) == DATA
        assert begun + first.read() == DATA
    assert (one.asked, two.asked) == ([0], [0])
    assert names(shelf) == [DIGEST.partition(":")[2]]


def test_many_threads(shelf: Path) -> None:
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(read(Net()) == DATA)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8
    assert names(shelf) == [DIGEST.partition(":")[2]]


def test_somebody_else_completes_it(shelf: Path) -> None:
    """An old part whose name is gone is not written to: it may be somebody's blob by now."""
    shelf.mkdir(parents=True)
    part = shelf / (DIGEST.partition(":")[2] + ".part")
    with part.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert read(Net()) == DATA
        held.write(DATA)
        held.flush()
        part.rename(shelf / DIGEST.partition(":")[2])
    net = Net()
    assert read(net) == DATA
    assert net.asked == []


def test_clearing_leaves_what_is_being_filled(shelf: Path) -> None:
    with blob_cache.open(DIGEST, len(DATA), Net()) as file:
        file.read(10)
        cache.clear(cache.BLOBS)
        assert len(names(shelf)) == 1
        file.read()
    assert len(names(shelf)) == 1
    cache.clear(cache.BLOBS)
    assert names(shelf) == []


def test_what_does_not_fit_is_not_kept(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHAVE_CACHE_MAX", "1MB")
    assert read(Net()) == DATA
    assert names(shelf) == []


@pytest.mark.parametrize("place", ["file", "nowhere", "link"])
def test_a_shelf_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    if place == "file":
        home.write_text("")
    elif place == "nowhere":
        monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    else:
        shelf = cache.directory(cache.BLOBS)
        shelf.mkdir(parents=True)
        (tmp_path / "target").write_text("")
        (shelf / (DIGEST.partition(":")[2] + ".part")).symlink_to(tmp_path / "target")
    net = Net()
    assert [read(net), read(net)] == [DATA, DATA]
    assert net.asked == [0, 0]
    assert place != "link" or (tmp_path / "target").read_bytes() == b""


@pytest.mark.root
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", small], check=True)
    try:
        monkeypatch.setenv("XDG_CACHE_HOME", str(small))
        assert read(Net()) == DATA
        assert names(cache.directory(cache.BLOBS)) == []
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            (small / "x").write_bytes(DATA)
    finally:
        subprocess.run(["umount", small], check=True)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 12), max_size=5), st.integers(1, 700_000))
def test_however_it_is_read_and_broken_off(breaks: list[int], amount: int) -> None:
    """Any number of readers who stop or fail anywhere, in pieces of any size: the last one has it all."""
    digest = digest_of(DATA[:600_000])
    cache.clear(cache.BLOBS)
    for some in breaks:
        try:
            with blob_cache.open(digest, 600_000, Net(DATA[:600_000], some * 50_000)) as file:
                file.read(amount)
        except CannotError:
            pass
    with blob_cache.open(digest, 600_000, Net(DATA[:600_000])) as file:
        assert b"".join(iter(lambda: file.read(amount), b"")) == DATA[:600_000]
