"""The helper's image: made once, named by what is in it."""

import subprocess
from pathlib import Path

import pytest

from shave.containers import connected
from shave.events import Event, StageStarted
from shave.helper import host
from shave.helper.image import REPOSITORY, helper_image

pytestmark = [pytest.mark.engine, pytest.mark.root]


def test_it_is_made_once_and_anew_when_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "addition"
    package.mkdir()
    (package / "__init__.py").write_text("answer = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(host, "PACKAGES", (*host.PACKAGES, "addition"))
    heard: list[Event] = []
    with connected() as engine:
        first = helper_image(engine, tmp_path, heard.append)
        assert first.startswith(f"{REPOSITORY}:")
        try:
            assert [event.stage for event in heard if isinstance(event, StageStarted)] == ["make helper", "load"]
            assert helper_image(engine, tmp_path, heard.append) == first
            assert sum(isinstance(event, StageStarted) for event in heard) == 2
            command = ["docker", "run", "--rm", "--network=none", f"--entrypoint={host.PYTHON}", first, "-c"]
            code = "import addition, shave.helper.main as main; print(addition.answer, main.__name__)"
            assert subprocess.check_output([*command, code], text=True) == "1 shave.helper.main\n"
            (package / "__init__.py").write_text("answer = 2\n")
            second = helper_image(engine, tmp_path, heard.append)
            subprocess.run(["docker", "rmi", second], check=True, capture_output=True)
            assert second != first
        finally:
            subprocess.run(["docker", "rmi", first], check=True, capture_output=True)
