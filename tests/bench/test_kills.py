"""A small sample of bench/kills.py, other moments than its own."""

from pathlib import Path

import pytest

from journal import Journal
from kills import Kill, Way, measure, missed, report

WAYS = [
    Way("copy", "oci", "oci"),
    Way("copy", "docker", "oci-archive"),
    Way("slim", "oci", "docker-archive", ("--runner", "namespaces")),
]


@pytest.mark.root
@pytest.mark.engine
def test_six_moments(tmp_path: Path) -> None:
    kills = measure(WAYS, count=6, seed=7, jobs=2, journal=Journal(tmp_path / "journal"))
    assert len(kills) == 6
    assert missed(kills) == []


def test_the_table() -> None:
    killed = Kill("copy oci → oci", 0, "alone", "write", True)
    left = Kill("copy oci → oci", 1, "with all below", "end", False, ("x is left",))
    assert report([killed, left]).splitlines()[2:] == ["| copy oci → oci | 2 | 1 | 1 | 1 | write 1, end 1 |"]
    assert missed([killed, left]) == ["copy oci → oci, kill 1 in end: x is left"]
