"""Files by their hashes: fetched once, gone on with, never wrong."""

import base64
import fcntl
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from debian_archives import Server, served
from shave import cache, downloads
from shave.downloads import Wanted, fetch
from shave.errors import CannotError
from shave.events import Event, StageAdvanced, silent
from shave.net import Patience

DATA = Random(1).randbytes(1 << 20)
SHA256 = hashlib.sha256(DATA).hexdigest()
SHA512 = "sha512-" + base64.b64encode(hashlib.sha512(DATA).digest()).decode()
HASTY = Patience(attempts=2, first_pause=0.01, longest_pause=0.01)


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/shave/files/v1"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "www").mkdir()
    (tmp_path / "www/a.deb").write_bytes(DATA)
    with served(tmp_path / "www") as running:
        yield running


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def wanted(server: Server, digest: str = SHA256, size: int = len(DATA), name: str = "a.deb") -> Wanted:
    return Wanted("a", f"{server.uri}/{name}", digest, size)


def once(one: Wanted, work: Path) -> bytes:
    return fetch([one], work, silent, HASTY)[one.digest].read_bytes()


def refused(one: Wanted, work: Path) -> str:
    with pytest.raises(CannotError) as raised:
        once(one, work)
    assert not list(work.iterdir())
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("digest", [SHA256, SHA512])
@pytest.mark.parametrize("size", [len(DATA), 0])
def test_the_second_time_nobody_is_asked(server: Server, work: Path, shelf: Path, digest: str, size: int) -> None:
    amounts: list[Event] = []
    for _ in range(2):
        found = fetch([wanted(server, digest, size)], work, amounts.append)
        assert found[digest].read_bytes() == DATA
        found[digest].unlink()
    assert len(server.asked) == 1
    assert [path.stat().st_size for path in shelf.iterdir()] == [len(DATA)]
    assert sum(each.amount for each in amounts if isinstance(each, StageAdvanced)) == len(DATA) + size


def test_what_is_wanted_twice_is_fetched_once(server: Server, work: Path) -> None:
    fetch([wanted(server), wanted(server, name="other")], work, silent)
    assert len(server.asked) == 1


def test_a_file_stays_while_it_is_used(server: Server, work: Path) -> None:
    found = fetch([wanted(server)], work, silent)[SHA256]
    cache.clear(cache.FILES)
    assert found.read_bytes() == DATA


def test_what_the_disk_forgot_is_fetched_again(server: Server, work: Path, shelf: Path) -> None:
    once(wanted(server), work)
    (work / SHA256).unlink()
    (shelf / SHA256).write_bytes(DATA[:-1] + b"x")
    assert once(wanted(server), work) == DATA
    (work / SHA256).unlink()
    assert once(wanted(server), work) == DATA
    assert len(server.asked) == 2


def test_what_broke_off_goes_on(server: Server, work: Path, shelf: Path) -> None:
    server.breaks = 2
    assert once(wanted(server), work) == DATA
    assert [status for _, status in server.asked] == [200, 206, 206]
    assert [path.name for path in shelf.iterdir()] == [SHA256]


@pytest.mark.parametrize("kept", [DATA[:1000], DATA, DATA + b"more"])
@pytest.mark.parametrize("size", [len(DATA), 0])
def test_what_a_kill_left_goes_on(server: Server, work: Path, shelf: Path, kept: bytes, size: int) -> None:
    shelf.mkdir(parents=True)
    (shelf / f"{SHA256}.part").write_bytes(kept)
    if len(kept) > len(DATA) and not size:
        refused(wanted(server, size=size), work)
    assert once(wanted(server, size=size), work) == DATA


def test_a_part_that_was_wrong_is_gone(server: Server, work: Path, shelf: Path) -> None:
    shelf.mkdir(parents=True)
    (shelf / f"{SHA256}.part").write_bytes(b"x" * 1000)
    assert "a is not what it must be" in refused(wanted(server), work)
    assert not list(shelf.iterdir())
    assert once(wanted(server), work) == DATA


def test_while_another_fills_it(server: Server, work: Path, shelf: Path) -> None:
    shelf.mkdir(parents=True)
    with (shelf / f"{SHA256}.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert once(wanted(server), work) == DATA
    assert [path.name for path in work.iterdir()] == [SHA256]


def test_two_at_once(server: Server, tmp_path: Path) -> None:
    places = [tmp_path / "one", tmp_path / "two"]
    found: list[bytes] = []

    def run(place: Path) -> None:
        place.mkdir()
        found.append(once(wanted(server), place))

    threads = [threading.Thread(target=run, args=(place,)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [DATA, DATA]


@pytest.mark.parametrize("change", [DATA[:-1], DATA + b"x", DATA[:-1] + bytes([DATA[-1] ^ 1]), b""])
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_tampered(server: Server, work: Path, shelf: Path, change: bytes, scheme: str) -> None:
    (server.root / "a.deb").write_bytes(change)
    url = f"{server.uri}/a.deb" if scheme == "http" else (server.root / "a.deb").as_uri()
    assert (
        refused(Wanted("a 1.0", url, SHA256, len(DATA)), work) == f"a 1.0 is not what it must be: {url} is another file"
    )
    assert not list(shelf.iterdir())


def test_a_file_of_this_machine(server: Server, work: Path) -> None:
    (server.root / "with a+b%.deb").write_bytes(DATA)
    assert once(Wanted("a", (server.root / "with a+b%.deb").as_uri(), SHA256, 0), work) == DATA


def test_lost(server: Server, work: Path) -> None:
    said = refused(wanted(server, name="gone.deb"), work)
    assert said == f"a cannot be fetched: {server.uri}/gone.deb answers 404 Not Found"
    assert "cannot be read: No such file" in refused(Wanted("a", "file:///none/a", SHA256, 1), work)
    server.breaks = 1000
    assert "a cannot be fetched: " in refused(wanted(server, SHA512), work)


def test_secrets_of_an_address_are_not_told(server: Server, work: Path) -> None:
    url = server.uri.replace("http://", "http://ann:secret@") + "/gone?token=secret"
    said = refused(Wanted("a", url, SHA256, 0), work)
    assert "404" in said
    assert "secret" not in said


def test_what_has_no_checksum(server: Server, work: Path) -> None:
    for digest in ("", "sha1-abc", "sha512-x", "../" + "0" * 61):
        assert "has no checksum to verify" in refused(wanted(server, digest), work)


def test_a_shelf_that_cannot_be_used(server: Server, work: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no directory")
    assert once(wanted(server), work) == DATA


def test_one_failure_ends_all(server: Server, work: Path) -> None:
    with pytest.raises(CannotError, match="404"):
        fetch([wanted(server), wanted(server, SHA512, name="gone")], work, silent, HASTY)


def test_what_apt_shows_the_mirror(server: Server, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "auth.conf").write_text(f"machine {server.uri} login ann password secret\n")
    server.authorization = "Basic " + base64.b64encode(b"ann:secret").decode()
    assert "401" in refused(wanted(server), work)
    monkeypatch.setattr("shave.apt.credentials.APT", tmp_path)
    assert once(wanted(server), work) == DATA


def test_shown() -> None:
    assert downloads.shown("https://ann:secret@x.org:8/a/b?c#d") == "https://x.org:8/a/b"
