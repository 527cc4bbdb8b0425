import pytest
from msgspec.structs import replace

from laboratory import BUILDS, HELLO, WEIGHED, broken, hello, works
from shave.lab import Lab, RunRecord
from shave.verbs.lab_report import report
from shave.verbs.lab_reported import Report
from shave.views.lab.variants import about, answer, table, verdict

NAME = "c.gcc"


def one(run: RunRecord) -> Report:
    return report(Lab("l", HELLO.variants[:1]), BUILDS, {NAME: run}, WEIGHED)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (works(NAME, 0.1), "works, on the front"),
        (replace(works(NAME, 0.1), predicted="loader-missing"), "works, doctor said loader-missing, on the front"),
        (broken(NAME, "shell-missing", ""), "fails: shell-missing, NOT AS EXPECTED"),
        (
            replace(broken(NAME, "shell-missing", ""), observed=None),
            "fails: nobody knows why, doctor said shell-missing, NOT AS EXPECTED",
        ),
        (replace(works(NAME, 0.1), verdict="not run", message="no runner"), "not run"),
    ],
)
def test_verdict(run: RunRecord, words: str) -> None:
    assert verdict(one(run).rows[0]) == words


def test_answer() -> None:
    assert answer(hello()) == "8 of 9 expectations hold, 1 not; 6 of 10 variants work"
    assert answer(one(works(NAME, 0.1))) == "1 of 1 expectations hold; 1 of 1 variants work"


def test_the_front_is_told_where_there_is_a_choice() -> None:
    runs = {"c.gcc": works("c.gcc", 0.005), "c.gcc-static.scratch": works("c.gcc-static.scratch", 0.012)}
    found = report(HELLO, BUILDS, runs, WEIGHED)
    sentences = list(about(found.programs[0], found))
    assert sentences[1] == (
        "front of packed bytes and start: c.gcc-static.scratch (380.0 kB, 12 ms), c.gcc (267.1 MB, 5 ms)"
    )
    assert list(about(found.programs[1], found)) == ["none is known to work"]


def test_columns_without_anything_are_left_out() -> None:
    found = hello(links=(), compression="")
    names = [column.name for column in table(found.programs[1], found).columns]
    assert names == ["variant", "unpacked", "packed", "ratio", "layers", "start", "memory", "build", "verdict"]
