"""A disk that is full, at every write in turn: one sentence and a hint, no half of anything, nothing left behind.

Where only a cache or a memory of the past lies on it, nobody notices.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from cli import BUSYBOX
from disks import Ended, on_disk
from shave import api
from shave.reference import parse
from shave.testing import File, Symlink, image

pytestmark = pytest.mark.root

HOMES = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME")
PAGE = 4096
Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in HOMES:
        (tmp_path / name.lower()).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def program(tmp_path: Path) -> str:
    """A program that says something and ends, and waste: about 20 pages packed, its shell aside."""
    noise = Random(1)
    base = {"/bin/busybox": File(BUSYBOX.read_bytes(), 0o755), "/bin/sh": Symlink("busybox")}
    waste = {f"/usr/{number}": noise.randbytes(3000) for number in range(5)}
    made = image(base, {"/app": noise.randbytes(30_000), **waste}, config={"Cmd": ["/bin/sh", "-c", "echo hello"]})
    api.write(made, parse(f"oci:{tmp_path}/program:1"))
    return f"oci:{tmp_path}/program:1"


@pytest.fixture
def small(tmp_path: Path) -> str:
    """Two layers of some pages that nothing compresses."""
    noise = Random(2)
    made = image({f"/a{number}": noise.randbytes(3000) for number in range(5)}, {"/b": noise.randbytes(15_000)})
    api.write(made, parse(f"oci:{tmp_path}/small:1"))
    return f"oci:{tmp_path}/small:1"


def sizes(pages: int, step: int = 1) -> Iterator[str]:
    return (f"size={PAGE * number}" for number in range(1, pages, step))


def inodes(most: int) -> Iterator[str]:
    return (f"nr_inodes={number}" for number in range(1, most))


def said_in_one_sentence(ended: Ended) -> None:
    assert ended.code == 3, ended
    sentence, hint = ended.err.splitlines()
    assert sentence.startswith("shave: ")
    assert hint.startswith("hint: ")
    assert "Errno" not in sentence


def nothing_left(tmp_path: Path) -> None:
    for name in ("tmpdir", "xdg_cache_home/shave/work"):
        assert not list((tmp_path / name).glob("*/*" if name == "tmpdir" else "*"))


@pytest.mark.parametrize("options", [[*sizes(16)], [*inodes(18)]], ids=["bytes", "inodes"])
@pytest.mark.parametrize("target", ["oci:{}/image:1", "oci-archive:{}/file:1", "docker-archive:{}/file:a:1"])
def test_copy_to_a_full_disk(target: str, options: list[str], small: str, tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    ended = [on_disk(place, size, ["copy", "-q", small, target.format(place)]) for size in options]
    for one in ended:
        if one.code:
            said_in_one_sentence(one)
            assert one.files == ()
        else:
            assert one.files == ended[-1].files
    assert {one.code for one in ended} == {0, 3}
    nothing_left(tmp_path)


@pytest.mark.parametrize("options", [[*sizes(60, 3)], [*inodes(18)]], ids=["bytes", "inodes"])
def test_copy_where_there_is_no_room_to_work(options: list[str], small: str, tmp_path: Path) -> None:
    place = tmp_path / "xdg_cache_home"
    for size in options:
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        ended = on_disk(place, size, ["copy", "-q", "--squash", small, f"oci:{tmp_path}/out:1"])
        assert not any("work-" in path or "/." in path for path in ended.files)
        assert (tmp_path / "out").exists() == (ended.code == 0)
        if ended.code:
            said_in_one_sentence(ended)
    assert ended.code == 0
    nothing_left(tmp_path)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("place", ["xdg_cache_home/shave/layers", "xdg_cache_home/shave/blobs", "xdg_state_home"])
def test_a_cache_or_a_memory_is_no_reason_to_fail(place: str, read_only: bool, program: str, tmp_path: Path) -> None:
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    for options in ("size=4096", "nr_inodes=4"):
        words = ["slim", "-q", program, "-o", f"oci:{tmp_path}/out:1", "--runner", "namespaces"]
        ended = on_disk(tmp_path / place, options, words, read_only)
        assert (ended.code, ended.err) == (0, "")
        assert not any("/." in path for path in ended.files)
    nothing_left(tmp_path)


@pytest.mark.parametrize(("place", "pages"), [("xdg_cache_home/shave/work", 3000), ("out", 400), ("report", 14)])
def test_slim_on_a_full_disk(place: str, pages: int, program: str, tmp_path: Path) -> None:
    for name in (place, "out", "report"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    target = f"oci-archive:{tmp_path}/out/file:1"
    words = ["slim", "-q", program, "-o", target, "--runner", "namespaces", "--report", str(tmp_path / "report")]
    for size in sizes(pages + 2, pages // 2):
        ended = on_disk(tmp_path / place, size, words)
        if ended.code:
            said_in_one_sentence(ended)
        if place == "out":
            assert ended.files == (() if ended.code else ("file",))
        if place == "report":
            assert not any(path.startswith(".") for path in ended.files)
        elif place != "out":
            assert ended.files == ()
        nothing_left(tmp_path)
    assert ended.code == 0


@pytest.mark.parametrize("options", [[*sizes(3)], [*inodes(4)]], ids=["bytes", "inodes"])
def test_evidence_on_a_full_disk(options: list[str], program: str, tmp_path: Path) -> None:
    place = tmp_path / "evidence"
    place.mkdir()
    for size in options:
        words = ["trace", "-q", program, "--runner", "namespaces", "--evidence", str(place / "file")]
        ended = on_disk(place, size, words)
        if ended.code:
            said_in_one_sentence(ended)
        assert ended.files == (() if ended.code else ("file",))
    assert ended.code == 0
    nothing_left(tmp_path)
