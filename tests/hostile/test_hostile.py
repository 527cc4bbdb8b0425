"""Every hostile image through the doors that users go through."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostile import many, measured, oracles, shown
from hostile.case import Case
from hostile.cases import CASES, CLAIMS, TREES
from shave import api, commands
from shave.commands.failure import guarded
from shave.errors import ShaveError
from shave.events import silent
from shave.runners.prepared import prepare
from shave.store import tree_of, unpack
from shave.workspace import workspace

OUTSIDE = Path("/tmp/shave-was-here")
QUICK = [case for case in CASES if not case.slow]
BOMBS = [case for case in CASES if "bomb" in case.name]
CROWDED = [case for case in CASES if case.slow and case not in BOMBS and case.name != "a million entries"]
MAX_MEMORY = 150 << 20
"""What reading any image may take."""
REFUSED = [case for case in QUICK if case.says]
ACCEPTED = [case for case in QUICK if not case.says]


def by_name(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where an image is made. Whatever shave does with it, it is not changed, and nothing else is left anywhere."""
    image, cache, temporary = (tmp_path / name for name in ("image", "cache", "temporary"))
    for directory in (image, cache, temporary):
        directory.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    links = Path("/etc/passwd").stat().st_nlink
    yield image
    assert not os.path.lexists(OUTSIDE)
    assert Path("/etc/passwd").stat().st_nlink == links
    assert not list((cache / "shave").glob("work/*"))
    assert not [path for path in temporary.rglob("*") if not path.is_dir()]


def ends(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code of the command line, and all it says: never a traceback, nothing that speaks to a terminal."""
    code = guarded(lambda: commands.shave.main(list(arguments), standalone_mode=False))
    said = "".join(capfd.readouterr())
    assert "Traceback" not in said
    assert not re.search(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]", said)
    said.encode()
    return code, said


@by_name(REFUSED)
def test_is_refused(case: Case, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    reference = case.make(place)
    with pytest.raises(ShaveError, match=re.escape(case.says)) as caught, api.open(reference) as image:
        tree_of(image, silent)
    assert (caught.value.exit_code, len(str(caught.value)) < 1000) == (3, True)
    with pytest.raises(ShaveError, match=re.escape(case.says)), api.open(reference) as image, workspace() as work:
        unpack(image, work, silent)
    code, said = ends(capfd, "why", reference, "/")
    assert (code, said.count("shave: ")) == (3, 1)
    assert case.says in said
    for verb in (("slim", "--dry-run"), ("inspect",)):
        code, said = ends(capfd, *verb, reference)
        assert (code, said.count("shave: ")) == (3, 1)


@by_name(ACCEPTED)
def test_is_read(case: Case, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    reference = case.make(place)
    with api.open(reference) as image, workspace() as work:
        unpacked = unpack(image, work, silent)
        assert tree_of(image, silent).nodes == unpacked.tree.nodes
        tree = shown.of_image(unpacked)
        if case.tree is not None:
            assert tree == case.tree
    some = next(iter(tree), "")
    assert ends(capfd, "why", reference, f"/{some}")[0] == 0
    code, said = ends(capfd, "inspect", "--format", "json", reference)
    assert code == 0
    assert case.unread in said


@pytest.mark.root
@by_name([case for case in ACCEPTED if case in TREES])
def test_is_extracted(case: Case, place: Path) -> None:
    with api.open(case.make(place)) as image, workspace() as work:
        unpacked = unpack(image, work, silent)
        wanted = shown.of_image(unpacked, without=("character", "block"))
        if case.extract:
            with pytest.raises(ShaveError, match=case.extract), prepare(unpacked, work / "tree", silent):
                pass
            return
        with prepare(unpacked, work / "tree", silent) as prepared:
            assert shown.of_directory(f"/proc/{prepared.holder}/root{work}/tree/tree") == wanted


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda case: str(case.name))
def test_bombs_are_let_off_before_they_fill_anything(bomb: Case, place: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run = measured.shave(home, "slim", "--dry-run", bomb.make(place), SHAVE_UNPACKED_MAX="64MB")
    assert run.code == 3
    assert "unpacks to more than 64000000 bytes" in run.said
    assert run.memory_bytes < MAX_MEMORY
    assert run.disk_bytes < 70_000_000


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda case: str(case.name))
def test_bombs_are_let_off_where_nothing_is_unpacked(bomb: Case, place: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run = measured.shave(home, "inspect", bomb.make(place), SHAVE_UNPACKED_MAX="64MB")
    assert run.code == 3
    assert "unpacks to more than 64000000 bytes" in run.said
    assert run.memory_bytes < MAX_MEMORY
    assert run.disk_bytes < 1_000_000


@pytest.mark.parametrize("case", CROWDED, ids=lambda case: str(case.name))
def test_memory_is_bounded(case: Case, place: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    reference = case.make(place)
    for arguments in (("why", reference, "/"), ("inspect", reference)):
        run = measured.shave(home, *arguments)
        assert case.says in run.said
        assert run.code == (3 if case.says else 0)
        assert run.memory_bytes < MAX_MEMORY


def test_ten_gigabytes_of_zeros_are_measured(place: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run = measured.shave(home, "inspect", "--format", "json", many.zeros(place))
    assert (run.code, f'"unpacked_bytes": {many.ZEROS}' in run.said) == (0, True)
    assert run.memory_bytes < MAX_MEMORY
    assert run.disk_bytes < 1_000_000


@pytest.mark.oracle
@pytest.mark.root
@by_name([case for case in ACCEPTED if case in TREES and not case.extract])
def test_umoci_sees_the_same(case: Case, place: Path, tmp_path: Path) -> None:
    reference = case.make(place)
    _, theirs = oracles.umoci(reference, tmp_path / "umoci")
    with api.open(reference) as image, workspace() as work:
        ours = shown.of_image(unpack(image, work, silent))
    assert (theirs in (None, ours)) == (not case.why)


@by_name([case for case in CLAIMS if not case.slow])
def test_is_copied_or_not(case: Case, place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "copy"
    code, _ = ends(capfd, "copy", case.make(place), f"oci:{output}:t")
    assert (code, output.exists()) in (((3, False),) if case.says else ((0, True), (3, False)))
