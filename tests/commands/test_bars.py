"""What is drawn on a terminal."""

import pytest

from shave.commands.bars import Bars
from shave.events import Priced, Remark, StageAdvanced, StageStarted
from summaries import PRICES


def test_a_name_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        bars(Remark("reading oci:/tmp/[/red]"))
    assert "reading oci:/tmp/[/red]" in capsys.readouterr().err


def test_a_stage_says_what_it_is_about_and_moves_before_anything_is_done() -> None:
    with Bars() as bars:
        bars(StageStarted("export", 100, "app[/red]:1"))
        (task,) = bars.progress.tasks
        assert (task.description, task.total) == ("export app[/red]:1", None)
        bars(StageAdvanced("export", 30))
        assert (task.completed, task.total) == (30, 100)


def test_the_price_is_told_before_anything_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        bars(Priced("unit", PRICES))
    assert "* unit    75.0 MB" in capsys.readouterr().err
