import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from shave.commands.report import made_at, make_directory, write_report
from shave.errors import CannotError
from shave.evidence import Evidence
from shave.plan import Dropped, Plan
from shave.testing import image
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


@pytest.mark.parametrize(
    ("epoch", "created", "expected"),
    [
        ("1700000000", "2026-01-02T03:04:05Z", "2023-11-14T22:13:20+00:00"),
        ("", "2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456+00:00"),
        ("", "2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00"),
        ("", "", "1970-01-01T00:00:00+00:00"),
        ("soon", "2026-01-02T03:04:05Z", "1970-01-01T00:00:00+00:00"),
        (str(10**30), "", "1970-01-01T00:00:00+00:00"),
    ],
)
def test_the_time_of_what_is_made_is_no_clocks(epoch: str, created: str, expected: str) -> None:
    assert made_at(epoch, created).isoformat() == expected


def test_the_packages_of_a_result_where_there_is_one(tmp_path: Path) -> None:
    write_report(tmp_path, summary(), SLIMMED)
    assert not (tmp_path / "after.cdx.json").exists()
    write_report(tmp_path, summary(), replace(SLIMMED, outcome="slimmed", image=image({"a": b""})))
    documents = [json.loads((tmp_path / f"{name}.cdx.json").read_bytes()) for name in ("before", "after")]
    assert [document["metadata"]["component"]["name"] for document in documents] == ["oci:dir:app", "oci:dir:app-slim"]
