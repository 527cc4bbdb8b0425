"""Lists of archives, from archives made and signed for each test: fetched, verified, refused."""

import gzip
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from debian_archives import Key, Repository, Server, date, keys, repository, served
from shave.apt import mirror
from shave.apt.mirror import Suite, update
from shave.errors import CannotError
from shave.events import silent
from shave.net import Patience
from shave.spec import Archive

LIST = "0_dists_suite_c0_binary-amd64_Packages"
HASTY = Patience(attempts=2, first_pause=0.01, longest_pause=0.01)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Key, ...]]:
    with keys("owner", "other") as made:
        yield made


@pytest.fixture(scope="module")
def whole(both: tuple[Key, ...], tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return repository(tmp_path_factory.mktemp("archive") / "a", both[0])


@pytest.fixture
def made(whole: Repository, tmp_path: Path) -> Repository:
    return whole.copy(tmp_path / "archive")


@pytest.fixture
def server(made: Repository) -> Iterator[Server]:
    with served(made.root) as running:
        yield running


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    place = tmp_path / "lists"
    place.mkdir()
    return place


def fetched(archive: Archive, lists: Path) -> Suite:
    return update([archive], "amd64", lists, silent, HASTY)[0]


def refused(archive: Archive, lists: Path) -> str:
    with pytest.raises(CannotError) as raised:
        fetched(archive, lists)
    assert not [path for path in lists.iterdir() if path.name.endswith("Packages")]
    return str(raised.value)


@pytest.mark.oracle
def test_the_lists_of_a_mirror(made: Repository, server: Server, lists: Path) -> None:
    suite = fetched(made.archive(server.uri), lists)
    wanted = (made.dist / "main/binary-amd64/Packages").read_bytes()
    assert suite.indexes[0].data == (lists / LIST).read_bytes() == wanted
    assert (suite.locked.uri, suite.locked.suite, suite.locked.codename) == (server.uri, "test", "test")
    assert suite.locked.signer == made.key.fingerprint
    assert [path for path, _ in server.asked] == [
        "/dists/test/InRelease",
        "/dists/test/main/binary-amd64/Packages.xz",
    ]


@pytest.mark.oracle
def test_what_has_not_changed_is_asked_about_and_not_fetched(made: Repository, server: Server, lists: Path) -> None:
    before = fetched(made.archive(server.uri), lists)
    times = {path: path.stat().st_mtime_ns for path in lists.iterdir()}
    server.asked.clear()
    assert fetched(made.archive(server.uri), lists) == before
    assert server.asked == [("/dists/test/InRelease", 304)]
    assert {path: path.stat().st_mtime_ns for path in lists.iterdir()} == times


@pytest.mark.oracle
def test_a_mirror_does_not_lead_back(made: Repository, lists: Path) -> None:
    made.release(Date=date(days=-1))
    older = (made.dist / "InRelease").read_bytes()
    made.release()
    newer = fetched(made.archive(), lists)
    (made.dist / "InRelease").write_bytes(older)
    assert fetched(made.archive(), lists) == newer
    (lists / "0_dists_suite_InRelease").write_bytes(older[:-1])
    assert fetched(made.archive(), lists).locked.date < newer.locked.date


@pytest.mark.oracle
def test_a_list_that_the_disk_forgot_is_fetched_again(made: Repository, lists: Path) -> None:
    data = fetched(made.archive(), lists).indexes[0].data
    (lists / LIST).write_bytes(data[:-1])
    assert fetched(made.archive(), lists).indexes[0].data == (lists / LIST).read_bytes() == data


@pytest.mark.oracle
@pytest.mark.parametrize("kept", [("Packages.gz",), ("Packages",)])
def test_every_form_of_a_list(made: Repository, lists: Path, kept: tuple[str, ...]) -> None:
    folder = made.dist / "main/binary-amd64"
    wanted = (folder / "Packages").read_bytes()
    release = made.dist / "Release"
    lines = [
        line for line in release.read_text().splitlines() if not line.endswith((".xz", ".gz")) or line.endswith(kept)
    ]
    release.write_text("\n".join(lines) + "\n")
    made.key.sign(release)
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink()
    assert fetched(made.archive(), lists).indexes[0].data == wanted


@pytest.mark.oracle
def test_by_hash_comes_first(made: Repository, server: Server, lists: Path) -> None:
    made.release(**{"Acquire-By-Hash": "yes"})
    fetched(made.archive(server.uri), lists)
    asked = [(path.rpartition("/")[0], status) for path, status in server.asked[1:]]
    folder = "/dists/test/main/binary-amd64"
    assert asked == [(f"{folder}/by-hash/SHA256", 404), (folder, 200)]


@pytest.mark.oracle
def test_packages_for_all_apart(made: Repository, lists: Path) -> None:
    folder = made.dist / "main/binary-all"
    shutil.copytree(made.dist / "main/binary-amd64", folder)
    made.release(Architectures="all amd64")
    assert len(fetched(made.archive(), lists).indexes) == 2
    assert sorted(path.name for path in lists.glob("*_Packages")) == [LIST.replace("amd64", "all"), LIST]
    made.release(**{"Architectures": "all amd64", "No-Support-for-Architecture-all": "Packages"})
    assert len(fetched(made.archive(), lists).indexes) == 1


@pytest.mark.oracle
def test_a_flat_archive(made: Repository, lists: Path) -> None:
    flat = made.root / "flat"
    flat.mkdir()
    data = (made.dist / "main/binary-amd64/Packages").read_bytes()
    (flat / "Packages.gz").write_bytes(gzip.compress(data))
    (flat / "Packages").write_bytes(data)
    Repository(made.root, made.key, "../flat").release(Codename="", Suite="", Components="")
    assert fetched(made.archive(suite="flat/", components=()), lists).indexes[0].data == data


Spoil = Callable[[Repository], object]
SPOILT: dict[str, tuple[Spoil, str]] = {
    "a tampered InRelease": (
        lambda made: alter(made.dist / "InRelease", b"Origin: Test", b"Origin: Tost"),
        "is not believed: its signature by owner <owner@example.org> does not fit: it was altered",
    ),
    "a message before the signed one": (
        lambda made: alter(made.dist / "InRelease", b"-----BEGIN PGP SIGNED", b"Date: now\n-----BEGIN PGP SIGNED"),
        "InRelease is not signed",
    ),
    "another message behind the signed one": (
        lambda made: (made.dist / "InRelease").write_bytes((made.dist / "InRelease").read_bytes() * 2),
        "InRelease is not signed",
    ),
    "tampered Packages": (
        lambda made: [
            path.write_bytes(path.read_bytes() + b"\n") for path in (made.dist / "main/binary-amd64").iterdir()
        ],
        "Packages.xz is not what the signed InRelease says",
    ),
    "an expired Release": (
        lambda made: made.release(**{"Valid-Until": date(days=-1)}),
        "has expired: it was valid until ",
    ),
    "a Release of the future": (lambda made: made.release(Date=date(hours=1)), "which is in the future"),
    "a Release without a date": (lambda made: made.release(Date=""), "does not say when it was made"),
    "no signature": (lambda made: made.release(sign=False), "is not signed: it has a Release file, but no InRelease"),
    "another suite": (lambda made: made.release(Codename="old", Suite="oldstable"), "InRelease is of old, not test"),
    "no such component": (
        lambda made: [shutil.rmtree(made.dist / "main"), made.release()],
        "knows no component 'main' for amd64",
    ),
    "a file that is no xz": (
        lambda made: [(made.dist / "main/binary-amd64/Packages.xz").write_bytes(b"none" * 99), made.release()],
        "Packages.xz cannot be unpacked",
    ),
    "a list that unpacks to more than it says": (
        lambda made: [
            (made.dist / "main/binary-amd64/Packages.xz").write_bytes(xz(b"\n" * 1_000_000)),
            made.release(),
        ],
        "is not what the signed InRelease says",
    ),
    "nothing at all": (lambda made: shutil.rmtree(made.dist), "an archive cannot be read"),
}


def xz(data: bytes) -> bytes:
    import lzma

    return lzma.compress(data)


def alter(path: Path, before: bytes, after: bytes) -> None:
    data = path.read_bytes()
    assert before in data
    path.write_bytes(data.replace(before, after, 1))


@pytest.mark.oracle
@pytest.mark.parametrize("where", ["file", "http"])
@pytest.mark.parametrize("what", SPOILT)
def test_what_is_refused(made: Repository, server: Server, lists: Path, what: str, where: str) -> None:
    spoil, sentence = SPOILT[what]
    spoil(made)
    said = refused(made.archive(server.uri if where == "http" else ""), lists)
    assert sentence in said
    assert "\n" not in said


@pytest.mark.oracle
def test_a_key_that_is_not_believed(made: Repository, both: tuple[Key, ...], lists: Path) -> None:
    said = refused(made.archive(keyring=str(both[1].public)), lists)
    assert f"it is signed by a key that is not among those believed: {made.key.fingerprint[-16:]}" in said


@pytest.mark.oracle
def test_a_signer_that_is_not_wanted(made: Repository, both: tuple[Key, ...], lists: Path) -> None:
    ring = ",".join(str(key.public) for key in both)
    said = refused(made.archive(keyring=ring, signers=(both[1].fingerprint,)), lists)
    assert f"is signed by {both[0].fingerprint}, not by {both[1].fingerprint}" in said
    assert fetched(made.archive(keyring=ring, signers=tuple(key.fingerprint for key in both)), lists)


@pytest.mark.oracle
def test_nobody_answers(made: Repository, lists: Path) -> None:
    with served(made.root) as gone:
        uri = gone.uri
    said = refused(made.archive(uri), lists)
    assert f"an archive cannot be read: {uri.removeprefix('http://')} cannot be reached: Connection refused" in said


@pytest.mark.oracle
def test_a_line_that_breaks_once_goes_on(made: Repository, server: Server, lists: Path) -> None:
    data = fetched(made.archive(server.uri), lists).indexes[0].data
    (lists / LIST).unlink()
    server.asked.clear()
    server.breaks = 1
    assert fetched(made.archive(server.uri), lists).indexes[0].data == data
    assert [status for _, status in server.asked] == [304, 200, 206]


@pytest.mark.oracle
def test_a_mirror_that_breaks_off_again_and_again(made: Repository, server: Server, lists: Path) -> None:
    server.breaks = 1000
    assert "127.0.0.1" in refused(made.archive(server.uri), lists)


def test_addresses() -> None:
    assert mirror.base(Archive("http://x/debian/", "trixie")) == "http://x/debian/dists/trixie"
    assert mirror.base(Archive("https://x/flat", "./")) == "https://x/flat/."
    with pytest.raises(CannotError, match="is no archive that shave can read"):
        mirror.base(Archive("cdrom:[x]/", "trixie"))
    with pytest.raises(CannotError) as raised:
        mirror.base(Archive("https://ann:secret@x/debian", "trixie"))
    assert "secret" not in str(raised.value)
