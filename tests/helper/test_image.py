"""The helper's image: made once, named by what is in it."""

import subprocess
from pathlib import Path

import pytest

from shave import api
from shave.containers import connected
from shave.events import Event, StageStarted
from shave.helper import host
from shave.helper.image import REPOSITORY, helper_image
from shave.reference import parse
from shave.testing import image

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


def test_superseded_ones_go_unless_a_container_uses_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "addition"
    package.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(host, "PACKAGES", (*host.PACKAGES, "addition"))
    with connected() as engine:
        made = []
        for age in ("used", "unused"):
            old = f"{REPOSITORY}:test-{age}"
            imported(old)
            made.append(old)
        container = subprocess.check_output(["docker", "create", made[0], "/none"], text=True).strip()
        try:
            (package / "__init__.py").write_text("answer = 3\n")
            made.append(helper_image(engine, tmp_path, lambda event: None))
            assert [bool(engine.image(name)) for name in made] == [True, False, True]
        finally:
            subprocess.run(["docker", "rm", container], check=True, capture_output=True)
            for name in (made[0], made[-1]):
                subprocess.run(["docker", "rmi", name], check=True, capture_output=True)


def imported(name: str) -> None:
    """An image that does not say when it was made: long ago, then."""
    api.write(image({"/name": name.encode()}, config={"Cmd": ["/none"]}), parse(f"docker-daemon:{name}"))
