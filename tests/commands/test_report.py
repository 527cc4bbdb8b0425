from pathlib import Path

import pytest
from msgspec.structs import replace

from shave.commands.report import make_directory, write_report
from shave.errors import CannotError
from shave.evidence import Evidence
from shave.plan import Dropped, Plan
from shave.verbs.slim import Slimmed
from summaries import BEFORE, summary

SLIMMED = Slimmed(
    "planned", None, BEFORE, Plan("sha256:0", "file", "file", False, (), ()), Evidence("sha256:0", "seccomp"), "crun"
)


def test_a_place_where_no_directory_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotError, match="cannot be made: Not a directory"):
        make_directory(tmp_path / "file" / "report")


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "plan.json" / "in the way").mkdir(parents=True)
    with pytest.raises(CannotError, match=r"plan.json cannot be written: Is a directory"):
        write_report(tmp_path, summary(), SLIMMED)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["plan.json", "report.html", "report.md"]


def test_removed_paths_keep_to_their_lines(tmp_path: Path) -> None:
    gone = (Dropped("a\n/b\t1\\n", 5, "not used"), Dropped("\udcff", 6, "man pages"))
    write_report(tmp_path, summary(), replace(SLIMMED, plan=replace(SLIMMED.plan, dropped=gone)))
    assert (tmp_path / "removed.txt").read_bytes() == b"/a\\n/b\\t1\\\\n\t5\tnot used\n/\xff\t6\tman pages\n"
    assert b'id="slimmed"' in (tmp_path / "report.html").read_bytes()
