from syrupy.assertion import SnapshotAssertion

from laboratory import HOSTILE, hello
from shave.views.lab import markdown


def test_a_lab(snapshot: SnapshotAssertion) -> None:
    assert markdown(hello()) == snapshot


def test_compared(snapshot: SnapshotAssertion) -> None:
    assert markdown(hello(previous=hello(), links=(), compression="")) == snapshot


def test_names_and_messages_say_no_line_of_their_own() -> None:
    made = markdown(HOSTILE)
    assert "\x1b" not in made and "\nnext: rm" not in made
    rows = [line for line in made.splitlines() if "<b>" in line and line.startswith("| ")]
    assert rows and all("`a|" not in line for line in rows)
