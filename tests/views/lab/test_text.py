from syrupy.assertion import SnapshotAssertion

from laboratory import HOSTILE, hello, variant
from shave.lab import Lab
from shave.verbs.lab_report import report
from shave.views.lab import text


def test_a_lab(snapshot: SnapshotAssertion) -> None:
    assert text(hello()) == snapshot


def test_less_is_known(snapshot: SnapshotAssertion) -> None:
    assert text(hello(links=(), compression="")) == snapshot


def test_compared(snapshot: SnapshotAssertion) -> None:
    assert text(hello(previous=hello())) == snapshot


def test_nothing_is_built() -> None:
    lines = text(report(Lab("new", (variant("a.b"),)), {}, {}, {})).splitlines()
    assert lines[0] == "new: 0 of 1 variants work"
    assert lines[-1] == "next: shave lab build ."


def test_nothing_at_all() -> None:
    assert text(report(Lab("empty", ()), {}, {}, {})) == "empty: 0 of 0 variants work\n\nnext: shave lab build .\n"


def test_names_and_messages_say_no_line_of_their_own() -> None:
    made = text(HOSTILE)
    assert "\x1b" not in made and "\nnext: rm" not in made
