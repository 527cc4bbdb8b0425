"""The family: every detector is listed, documented and tested."""

import sys
from pathlib import Path

from shave import waste
from shave.waste import DETECTORS
from shave.waste.facts import facts

HERE = Path(__file__).parent
MODULES = {find.__module__.rpartition(".")[2] for find in DETECTORS}  # type: ignore[attr-defined]


def test_every_detector_is_listed() -> None:
    files = Path(waste.__file__).parent.glob("*.py")
    detectors = {path.stem for path in files if "\ndef find(image: Explained)" in path.read_text()}
    assert detectors == MODULES
    assert len(MODULES) == len(DETECTORS)


def test_every_detector_is_a_page_and_has_a_test() -> None:
    for name in MODULES:
        page = sys.modules[f"shave.waste.{name}"].__doc__
        assert page and "\n\nFix: " in page, name
        assert (HERE / f"test_{name}.py").exists()


def test_every_fact_has_a_detector() -> None:
    assert {fact.kind for fact in facts()} <= MODULES
