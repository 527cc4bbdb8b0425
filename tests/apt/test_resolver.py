"""apt in a private root: what it chooses, what it says when it cannot, and who shares the root."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from debian_archives import Repository, keys, repository
from shave import cache
from shave.apt import mirror, resolver
from shave.apt.resolver import Chosen, Root, choose, private_root
from shave.errors import CannotError
from shave.events import silent

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    with keys("owner") as (key,):
        yield repository(tmp_path_factory.mktemp("archive") / "a", key)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def root(made: Repository) -> Iterator[Root]:
    with private_root([made.archive()], "amd64") as found:
        mirror.update([made.archive()], "amd64", found.lists, silent)
        yield found


def test_what_it_chooses_and_in_which_order(root: Root) -> None:
    assert choose(root, ["app"], ()) == (
        Chosen("perl-base", "5", "all"),
        Chosen("debconf", "1.5", "all"),
        Chosen("lib", "2.0", "all"),
        Chosen("app", "1.0", "all"),
    )


def test_the_same_question_is_asked_once(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    before = choose(root, ["lib"], ("a",))
    monkeypatch.setenv("PATH", "/nowhere")
    assert choose(root, ["lib"], ("a",)) == before
    for wanted, state in (("app", "a"), ("lib", "b")):
        with pytest.raises(CannotError, match="apt-get is not installed"):
            choose(root, [wanted], (state,))
    for path in (root.path / "chosen").iterdir():
        path.write_bytes(b"[[")
    with pytest.raises(CannotError, match="apt-get is not installed"):
        choose(root, ["lib"], ("a",))


def test_nothing_essential_comes_unasked(root: Root) -> None:
    assert choose(root, ["lib"], ()) == (Chosen("lib", "2.0", "all"),)


def test_nothing_is_installed(root: Root) -> None:
    choose(root, ["app"], ())
    assert (root.path / "var/lib/dpkg/status").read_text() == ""
    assert not list((root.path / "var/cache/apt/archives").glob("*.deb"))


def test_a_packages_file_for_all_apart(made: Repository, tmp_path: Path) -> None:
    other = made.copy(tmp_path / "other")
    folder = other.dist / "main/binary-amd64"
    folder.rename(other.dist / "main/binary-all")
    folder.mkdir()
    (folder / "Packages").write_text("")
    other.release(Architectures="all amd64")
    with private_root([other.archive()], "amd64") as found:
        mirror.update([other.archive()], "amd64", found.lists, silent)
        assert choose(found, ["lib"], ()) == (Chosen("lib", "2.0", "all"),)


def test_of_two_archives_the_newer_version(made: Repository, tmp_path: Path) -> None:
    newer = repository(tmp_path / "newer", made.key, {"lib_3.0": ""}, "newer")
    archives = [made.archive(), newer.archive()]
    with private_root(archives, "amd64") as found:
        mirror.update(archives, "amd64", found.lists, silent)
        assert choose(found, ["lib"], ())[0].version == "3.0"
        assert choose(found, ["lib/test"], ())[0].version == "2.0"
        assert choose(found, ["lib/newer-suite"], ())[0].version == "3.0"


def test_whoever_comes_second_waits(made: Repository) -> None:
    def work(_: int) -> tuple[Chosen, ...]:
        with private_root([made.archive()], "amd64") as found:
            mirror.update([made.archive()], "amd64", found.lists, silent)
            return choose(found, ["app"], ())

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(work, range(4)))) == 1
    assert len(list(cache.directory(cache.LISTS).iterdir())) == 1


def test_lists_in_use_are_not_evicted(made: Repository, root: Root) -> None:
    release = root.lists / "0_dists_suite_InRelease"
    with ExitStack() as closing:
        resolver._guard(root, closing)
        cache.clear(cache.LISTS)
        assert release.exists()
    cache.clear(cache.LISTS)
    assert not release.exists()


# what apt 2.6 and apt 3.0 print to stdout and stderr
_HEAD = "Some packages could not be installed.\n\nThe following packages have unmet dependencies:\n"
SAID = {
    (
        f"{_HEAD} broken : Depends: absent (>= 2) but it is not installable\n",
        "E: Unable to correct problems, you have held broken packages.\n",
    ): "the packages cannot be installed together: broken depends on absent (>= 2), which is not available",
    (
        f"{_HEAD} a : Depends: b (= 1) but 2 is to be installed\n     Depends: c but it is not going to be installed\n"
        " d : Conflicts: e\n f : PreDepends: g (>= 1) but it is not installable\n",
        "E: Unable to correct problems.\n",
    ): "the packages cannot be installed together: a depends on b (= 1), which would come as 2; a depends on c, which "
    "cannot be installed; d conflicts with e, and 1 more",
    (
        "",
        "W: no matter\nE: Release 'x' for 'y' was not found\n",
    ): "apt cannot resolve the packages: Release 'x' for 'y' was not found",
    ("", ""): "apt cannot resolve the packages: it does not say why",
}


@pytest.mark.parametrize("said", SAID)
def test_apts_explanations(said: tuple[str, str]) -> None:
    assert str(resolver._refused(*said)) == SAID[said]


def test_a_root_that_cannot_be_filled(made: Repository, root: Root) -> None:
    broken = Root(root.path / "apt.conf")
    with pytest.raises(CannotError, match="apt has no place to work in: Not a directory"):
        resolver._fill(broken, [made.archive()], "amd64")
