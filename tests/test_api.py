"""The page about Python says what happens."""

import re
from pathlib import Path

import pytest

import shave
from cli import layout, shell_layers
from shave.errors import CannotError, UsageError

PAGE = Path(__file__).parent.parent / "docs" / "python.md"


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    layout(tmp_path / "app", *shell_layers(), Cmd=["/app/run"])
    index = tmp_path / "app" / "index.json"
    index.write_text(index.read_text().replace('"test"', '"1"'))
    blocks = re.findall(r"```(python)?\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(blocks[0][1], str(PAGE), "exec"), {})
    assert capsys.readouterr().out == blocks[1][1]
    exec(compile(blocks[2][1], str(PAGE), "exec"), {})


def test_names_are_those_of_the_page() -> None:
    named = set(re.findall(r"shave\.([a-z_]+)\(", PAGE.read_text()))
    assert set(shave.__all__) == {"__version__", *named}
    with pytest.raises(AttributeError):
        shave.polish  # noqa: B018


def test_errors_are_values_too(tmp_path: Path) -> None:
    with pytest.raises(CannotError), shave.open(f"oci:{tmp_path}/none:x"):
        pass
    with pytest.raises(UsageError):
        shave.open("oci:")
