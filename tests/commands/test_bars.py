"""What is drawn on a terminal."""

import pytest

from shave.commands.bars import Bars
from shave.events import Remark


def test_a_name_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        bars(Remark("reading oci:/tmp/[/red]"))
    assert "reading oci:/tmp/[/red]" in capsys.readouterr().err
