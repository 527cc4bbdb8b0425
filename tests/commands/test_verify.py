"""``shave verify`` from the outside."""

import json
from pathlib import Path

import pytest

from cli import Shave, layout, shell_layers


def test_an_image_is_the_same_as_itself(shave: Shave, tmp_path: Path) -> None:
    one = layout(tmp_path / "one", *shell_layers(), Cmd=["/app/run"])
    done = shave("verify", one, one, "--format", "json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert (document["schema"], document["verdict"]["verdict"]) == ("shave.verify/v1", "same")


def test_another_answer_is_shown(shave: Shave, tmp_path: Path) -> None:
    base, application = shell_layers()
    one = layout(tmp_path / "one", base, application, Cmd=["/app/run"])
    two = layout(tmp_path / "two", base, {**application, "/etc/app.conf": b"greeting=bye\n"}, Cmd=["/app/run"])
    done = shave("verify", one, two)
    assert done.code == 1
    assert "verdict different" in done.out and "hello" in done.out and "bye" in done.out


def test_a_command_is_run_in_both(shave: Shave, tmp_path: Path) -> None:
    base, application = shell_layers()
    one = layout(tmp_path / "one", base, application, Entrypoint=["/bin/cat"])
    two = layout(tmp_path / "two", base, Entrypoint=["/bin/cat"])
    assert shave("verify", one, two, "--", "/etc/passwd").code == 0
    assert shave("verify", one, two, "--", "/app/index.html").code == 1


@pytest.mark.engine
@pytest.mark.root
def test_the_engine_itself_is_asked_whatever_its_version(shave: Shave, tmp_path: Path) -> None:
    one = layout(tmp_path / "one", *shell_layers(), Cmd=["/app/run"])
    done = shave("verify", one, one, "--runner", "docker")
    assert done.code == 0, done.err
