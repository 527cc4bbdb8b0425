"""``shave why`` from the outside."""

import json
from pathlib import Path

import pytest

from cli import Shave, layout, shell_layers


@pytest.fixture
def slimmed(shave: Shave, tmp_path: Path) -> tuple[str, str]:
    """An image and what it was slimmed to."""
    original = layout(tmp_path / "original", *shell_layers(), Cmd=["/app/run"])
    result = f"oci:{tmp_path}/out:slim"
    assert shave("slim", original, "-o", result, "--grain", "file", "--report", f"{tmp_path}/report").code == 0
    return original, result


def test_the_chain_of_a_kept_path(shave: Shave, slimmed: tuple[str, str]) -> None:
    done = shave("why", slimmed[1], "/app/config")
    assert done.code == 0, done.err
    assert done.out.startswith("/etc/app.conf: 0.0 kB, kept\n")
    assert "reached by the symlinks /app/config" in done.out
    assert "opened by start" in done.out


def test_a_dropped_path_of_the_original_and_of_the_result(shave: Shave, slimmed: tuple[str, str]) -> None:
    for reference in slimmed:
        done = shave("why", reference, "/app/unused", "--format", "json")
        answer = json.loads(done.out)
        assert (answer["schema"], answer["fate"], answer["rule"]) == ("shave.why/v1", "dropped", "not used")


def test_without_a_plan_the_layer_is_told(shave: Shave, tmp_path: Path) -> None:
    original = layout(tmp_path / "original", *shell_layers(), Cmd=["/app/run"])
    done = shave("why", original, "/app/run")
    assert done.code == 0
    assert "layer 2: layer 2" in done.out and "no plan is known" in done.out


def test_a_plan_from_a_file(shave: Shave, slimmed: tuple[str, str], tmp_path: Path) -> None:
    plan = ("--plan", f"{tmp_path}/report/plan.json")
    assert "dropped" in shave("why", slimmed[0], "/app/unused", *plan, XDG_STATE_HOME=f"{tmp_path}/none").out
    (tmp_path / "report" / "plan.json").write_text("{}")
    done = shave("why", slimmed[0], "/app/unused", *plan)
    assert (done.code, "is not a plan" in done.err) == (2, True)


def test_a_path_that_is_not_there(shave: Shave, slimmed: tuple[str, str]) -> None:
    done = shave("why", slimmed[1], "/no/such")
    assert (done.code, "not in the image" in done.err) == (3, True)
