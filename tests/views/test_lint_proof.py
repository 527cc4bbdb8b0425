"""What a proof says, in words."""

from syrupy.assertion import SnapshotAssertion

from shave.lint import Amount
from shave.probe import Judgement, Verdict, Witness
from shave.verbs.lint_trees import Compared, PathSeen
from shave.verbs.proved import Proved, Refuted, Weighed, holds
from shave.views.lint_proof import headline, lines

PROVEN = Proved(
    "proven",
    "",
    "podman",
    ("SHV101", "SHV108"),
    Weighed(301_000_000, 812_400_000),
    Weighed(140_200_000, 402_100_000),
    Amount(161_000_000, 410_000_000),
    Compared("same", 812, 410_300_000, notes=("dpkg:one has another version: the archive changed meanwhile",)),
    Verdict("same", (Judgement("home", "same"), Judgement("version", "same"))),
    (Refuted("SHV102", "it does not build: no such \x1bfile"),),
)
REFUTED = Proved(
    "refuted",
    "the probe home says different: status differs",
    "podman",
    ("SHV102",),
    trees=Compared("different", 2, 10, 5, tuple(PathSeen(f"srv/{each}\n", "gone", 9) for each in "abcde")),
    probes=Verdict("different", (Judgement("home", "different", "status", (Witness("status", "200", "404\n"),)),)),
)


def test_what_holds(snapshot: SnapshotAssertion) -> None:
    assert "\n".join([headline(PROVEN), *lines(PROVEN)]) == snapshot
    assert not holds(PROVEN)


def test_what_does_not(snapshot: SnapshotAssertion) -> None:
    assert "\n".join([headline(REFUTED), *lines(REFUTED)]) == snapshot
    assert not holds(REFUTED)


def test_the_last_words_of_the_second_build() -> None:
    failed = Proved("refuted", "it does not build: no zlib.h", "podman", ("SHV102",), last_words=("gcc x.c", "\x1b no"))
    assert list(lines(failed))[:3] == ["it does not build: no zlib.h", "  | gcc x.c", "  | \\x1b no"]


def test_nothing_to_prove() -> None:
    nothing = Proved("unknown", "there is nothing to fix", "podman")
    assert holds(nothing)
    assert list(lines(nothing)) == ["there is nothing to fix", "built by podman"]
