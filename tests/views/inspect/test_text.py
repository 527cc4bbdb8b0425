import re

import pytest
from syrupy.assertion import SnapshotAssertion

from inspections import HOSTILE_INSPECTED, INSPECTED, MANY, SAMPLES
from shave.views.inspect import text


@pytest.mark.parametrize("sample", SAMPLES)
def test_text(sample: str, snapshot: SnapshotAssertion) -> None:
    assert text(SAMPLES[sample], 100) == snapshot


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("sample", ["one", "many"])
def test_no_line_is_wider_than_the_terminal(sample: str, width: int) -> None:
    assert max(map(len, text(SAMPLES[sample], width).splitlines())) <= width


def test_the_width_is_that_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    assert text(INSPECTED) == text(INSPECTED, 140)
    monkeypatch.setenv("COLUMNS", "20")
    assert text(INSPECTED) == text(INSPECTED, 80)


def test_the_answer_is_on_top_and_the_next_step_at_the_end() -> None:
    lines = text(INSPECTED).splitlines()
    assert lines[2].split()[:2] == ["packed", "unpacked"] and lines[3].startswith("96.0 MB  288.0 MB")
    assert "save 13.5 MB packed" in lines[5]
    assert lines[-1] == "next: shave slim oci:app:1 --dry-run"


def test_what_is_not_shown_is_counted() -> None:
    said = text(MANY)
    for names in ("findings", "layers", "units", "directories"):
        assert re.search(rf"^and \d+ more {names}, [\d.]+ [kM]B packed", said, re.M)


def test_names_neither_speak_to_the_terminal_nor_say_lines_of_their_own() -> None:
    said = text(HOSTILE_INSPECTED)
    assert not set(said) & set("\x1b\u202e\udcff")
    assert not [line for line in said.splitlines() if line.startswith("- [a]")]
