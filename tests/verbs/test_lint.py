"""Which rules are asked of a Dockerfile, what it asks to ignore, and when its findings fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.dockerfile.edits import Edit
from shave.dockerfiles import Source
from shave.errors import UsageError
from shave.events import Event, Remark
from shave.lint import Fix, LintFinding, LintSettings
from shave.recipe import read
from shave.verbs.lint import ALONE, World, lint, lint_file, seen
from shave.verbs.linted import Limit, Linted

FAT = "FROM base\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5\n"
LEAN = "FROM base\nCOPY app /app\n"
INFO = "FROM base\nRUN apt-get update && apt-get -y upgrade && rm -rf /var/lib/apt/lists/*\n"


def linted(text: str, path: str = "Dockerfile", world: World = ALONE, **settings: object) -> Linted:
    return lint([Source(path, text.encode())], settings=LintSettings(**settings), world=world)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("select", "ignore", "failed"),
    [
        (("SHV2",), (), False),
        (("SHV2", "SHV101"), (), True),
        (("DL3009",), (), True),
        ((), ("SHV101",), False),
        ((), ("DL3009",), False),
        (("SHV1",), ("SHV102", "shv101"), False),
    ],
)
def test_rules_are_chosen(select: tuple[str, ...], ignore: tuple[str, ...], failed: bool) -> None:
    assert linted(FAT, select=select, ignore=ignore).failed is failed


def test_unknown_rules() -> None:
    for word in ("SHV9", "", "DL9999", "x"):
        with pytest.raises(UsageError, match="is no rule"):
            linted(FAT, ignore=(word,))
        with pytest.raises(UsageError, match="is no rule"):
            linted(FAT, per_file_ignores={"other": (word,)})


@pytest.mark.parametrize(
    ("glob", "failed"),
    [("app/**", False), ("Dockerfile", False), ("*.dev", True), ("app/*", False), ("other/**", True)],
)
def test_rules_are_ignored_by_file(glob: str, failed: bool) -> None:
    assert linted(FAT, "app/Dockerfile", per_file_ignores={glob: ("SHV101",)}).failed is failed


@pytest.mark.parametrize(
    ("above", "notes"),
    [
        ("# hadolint ignore=DL3009", ()),
        ("# shave ignore=SHV101", ()),
        ("# shave ignore=SHV101,SHV102", ("line 2: ignore=SHV102: nothing to ignore",)),
        ("# shave ignore=SHV101 as the lists are small", ()),
        ("# hadolint ignore=DL3009,DL3008", ()),
    ],
)
def test_comments_silence(above: str, notes: tuple[str, ...]) -> None:
    found = linted(FAT.replace("RUN", f"{above}\nRUN"))
    assert (found.failed, found.files[0].notes) == (False, notes)


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# shave ignore=SHV101,SHV999", "x:2: ignore=SHV999: there is no such rule"),
        ("# shave ignore=DL3009,nonsense", "x:2: ignore=nonsense: there is no such rule"),
        ("# hadolint global ignore=SHV999", "x:2: ignore=SHV999: there is no such rule"),
        ("# shave:ignore=SHV101", "x:2: this comment is not read: it would be `# shave ignore=SHV101,SHV102 why`"),
        ("# shave ignore=SHV101\n", "x:2: this comment is not read"),
    ],
)
def test_comments_that_nobody_answers_are_told_unasked(comment: str, told: str) -> None:
    remarks: list[Event] = []
    lint([Source("x", FAT.replace("RUN", f"{comment}\nRUN").encode())], sink=remarks.append)
    (remark,) = remarks
    assert isinstance(remark, Remark) and remark.level == "warning" and remark.text.startswith(told)


def test_comments_of_other_linters_are_between_them_and_the_author() -> None:
    remarks: list[Event] = []
    lint([Source("x", f"# hadolint global ignore=DL3000,SC2046 why\n{FAT}".encode())], sink=remarks.append)
    assert remarks == []


def test_very_many_commands_of_a_run_are_read() -> None:
    commands = " && ".join(f"apt-get install -y package{number}" for number in range(1900))
    assert "SHV102" in {each.rule for each in linted(f"FROM debian:13\nRUN {commands}\n").findings}


def test_a_run_that_is_beyond_all_bounds_is_told() -> None:
    told: list[Event] = []
    text = f"FROM debian:13\n\nRUN true{'; (ls | wc)' * 2000}\nRUN true\n"
    lint([Source("x/Dockerfile", text.encode())], sink=told.append)
    words = "x/Dockerfile:3: RUN has more operators than are read: rules do not know its commands"
    assert told == [Remark(words, "warning")]


@pytest.mark.parametrize(
    ("top", "failed"),
    [
        ("# check=skip=all\n", False),
        ("# hadolint global ignore=DL3009\n", False),
        ("# shave global ignore=SHV101\n", False),
        ("# check=skip=JSONArgsRecommended\n", True),
    ],
)
def test_comments_for_the_whole_file(top: str, failed: bool) -> None:
    assert linted(top + FAT).failed is failed


def test_what_is_not_asked_needs_no_silence() -> None:
    text = FAT.replace("RUN", "# shave ignore=SHV101\nRUN")
    assert not linted(text, select=("SHV2",)).files[0].notes


def test_information_fails_where_the_file_is_strict() -> None:
    assert [linted(top + INFO, select=("SHV104",)).failed for top in ("", "# check=error=true\n")] == [False, True]


def test_a_limit_of_bytes_counts_no_estimates() -> None:
    weighed = World(weigh=lambda _: ())
    for most in ("1MB", 0):
        found = linted(FAT, world=weighed, fail_over=most)
        assert (found.failed, found.limit and found.limit.verdict) == (False, "within")
    assert linted("FROM base\nCOPPY a b\n", world=weighed, fail_over="1MB").failed
    with pytest.raises(UsageError, match="fail_over"):
        linted(FAT, fail_over="much")


def test_a_limit_that_nothing_is_measured_for_does_not_let_warnings_pass() -> None:
    found = linted(FAT, fail_over="10MB")
    assert (found.failed, found.limit) == (True, Limit(10_000_000, "unmeasured"))


def test_files_that_cannot_work_come_first_then_the_dearest() -> None:
    texts = {"lean": LEAN, "fat": FAT, "fatter": FAT + "RUN npm install\n", "broken": "FROM base\nCOPPY a b\n"}
    found = lint([Source(name, text.encode()) for name, text in texts.items()])
    assert [each.path for each in found.files] == ["broken", "fatter", "fat", "lean"]
    assert [
        (each.rule, each.findings, each.files) for each in found.statistics if each.rule in ("SHV001", "SHV101")
    ] == [
        ("SHV101", 2, 2),
        ("SHV001", 1, 1),
    ]


def test_what_was_not_given_and_would_tell_more() -> None:
    assert linted(LEAN).files[0].unasked == ()
    assert linted(FAT).files[0].unasked == ("image",)
    assert linted("FROM base\nCOPY . /app\n").files[0].unasked == ("context",)
    build = "FROM python:3.13\nCOPY src /app\n"
    assert linted(build, select=("SHV217",)).files[0].unasked == ("bases",)
    assert linted(build, world=World(weigh=lambda _: ()), select=("SHV217",)).files[0].unasked == ()


def test_what_is_next() -> None:
    assert linted(FAT).next == "shave lint --fix"
    assert linted(INFO, select=("SHV104",)).next == "shave lint --image IMAGE Dockerfile"
    assert linted("COPPY\n").next == "shave lint --rule SHV001"
    assert linted("FROM base\n").next == "shave inspect IMAGE"


@given(st.binary(max_size=200) | st.text("FROM RUNaptge&|;\\\n\t'\"<=#-äß", max_size=200).map(str.encode))
def test_any_bytes(text: bytes) -> None:
    for each in lint_file(Source("x", text)).findings:
        assert (each.line, each.column) <= (each.end_line, each.end_column)


@given(st.text("aä\n\r😀", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_places_are_those_of_characters(text: str, one: int, two: int) -> None:
    start, end = sorted((min(one, len(text)), min(two, len(text))))
    spans = len(text[:start].encode()), len(text[:end].encode())
    finding = LintFinding("SHV101", "warning", "x", 0, *spans, fix=Fix("y", (Edit(*spans, b"z"),), True))
    shown = seen(read(text.encode()).file, finding)
    lines = text.split("\n")
    for line, column, offset in ((shown.line, shown.column, start), (shown.end_line, shown.end_column, end)):
        assert len("\n".join(lines[: line - 1])) + (line > 1) + column - 1 == offset
    assert shown.fix and (shown.fix.edits[0].line, shown.fix.edits[0].end_column) == (shown.line, shown.end_column)
