"""The GitHub Action and the hook of pre-commit, as their programs read them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cli import layout

ROOT = Path(__file__).parents[1]
ACTIONS = {name: yaml.safe_load((ROOT / name / "action.yml").read_text()) for name in (".", "lint")}
# What stands in for uvx and pipx tells what it was asked for, and runs the shave of these tests.
RUNNER = f"""#!/bin/bash
echo "${{0##*/}} $*" >> calls
while [ "$1" != shave ]; do shift; done
shift
exec {sys.executable} -m shave "$@"
"""


def run(directory: Path, runner: str, inputs: dict[str, str], name: str = ".") -> tuple[int, str]:
    """How the action's step ends on a machine with that runner, and what it says."""
    action = ACTIONS[name]
    [step] = action["runs"]["steps"]
    programs = directory / "bin"
    programs.mkdir(exist_ok=True)
    (programs / runner).write_text(RUNNER)
    (programs / runner).chmod(0o755)
    given = {name: each.get("default", "") for name, each in action["inputs"].items()} | inputs
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(directory),
        "GITHUB_ACTION_PATH": str(Path("/the/action", name)),
        "GITHUB_STEP_SUMMARY": str(directory / "summary"),
        **{
            key: re.sub(r"\$\{\{ inputs\.(.*) \}\}", lambda found: given[found[1]], value)
            for key, value in step["env"].items()
        },
    }
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", ACTIONS)
def test_the_action_is_one(name: str) -> None:
    path = str(ROOT / name / "action.yml")
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-actions", path]
    assert subprocess.run([sys.executable, "-m", *command], capture_output=True).returncode == 0


@pytest.mark.parametrize("name", ACTIONS)
def test_inputs_come_through_the_environment(name: str) -> None:
    [step] = ACTIONS[name]["runs"]["steps"]
    assert "${{" not in step["run"]
    assert set(step["env"].values()) == {f"${{{{ inputs.{each} }}}}" for each in ACTIONS[name]["inputs"]}


@pytest.mark.parametrize(
    ("runner", "version", "asked"),
    [
        ("uvx", "", "uvx --from /the/action shave check "),
        ("uvx", "1.2", "uvx --from shave==1.2 shave check "),
        ("pipx", "", "pipx run --spec /the/action shave check "),
    ],
)
def test_the_action_checks(tmp_path: Path, runner: str, version: str, asked: str) -> None:
    image, other = layout(tmp_path / "image", {"/a": b"1" * 5000}), layout(tmp_path / "other", {"/a": b"1"})
    inputs = {"image": image, "max": "layers=0\n\n  content=1MB\n", "version": version}
    code, said = run(tmp_path, runner, inputs | {"max-growth": "content=1%", "against": other})
    assert code == 1, said
    titles = [line.partition("::error title=")[2].partition("::")[0] for line in said.splitlines() if "::error" in line]
    assert titles == ["layers is 1%2C at most 0", "growth.content is 499900.0 %25%2C at most 1.0 %25"]
    assert (tmp_path / "summary").read_text().startswith("## shave check ")
    assert (tmp_path / "calls").read_text().startswith(asked)
    assert run(tmp_path, runner, {"image": image, "max": "layers=1", "format": "text"})[0] == 0


def test_values_stay_values(tmp_path: Path) -> None:
    image = layout(tmp_path / "image", {"/a": b"1"})
    for name in ("image", "max", "max-growth", "against", "format", "version"):
        inputs = {"image": image, "max": "layers=9", name: '$(touch hacked)`touch hacked`"; touch hacked #'}
        run(tmp_path, "uvx", inputs)
        assert not (tmp_path / "hacked").exists(), name
    code, said = run(tmp_path, "uvx", {"image": "--config=/etc/passwd", "max": "layers=9"})
    assert (code, said) == (2, "shave: the image '--config=/etc/passwd' is an option\n")


@pytest.mark.parametrize(
    ("version", "asked"),
    [("", "uvx --from /the/action/lint/.. shave lint "), ("1.2", "uvx --from shave==1.2 shave lint ")],
)
def test_the_action_lints(tmp_path: Path, version: str, asked: str) -> None:
    fat = "FROM base\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5\n"
    names = ("a b/Dockerfile", "-x")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(fat)
    code, said = run(tmp_path, "uvx", {"dockerfiles": "a b\n\n  -x\n", "version": version}, "lint")
    assert code == 1, said
    found = [line.partition(",")[0] for line in said.splitlines() if line.startswith("::warning")]
    assert found == ["::warning file=a b/Dockerfile", "::warning file=./-x"]
    assert (tmp_path / "summary").read_text().startswith("## shave lint")
    assert (tmp_path / "calls").read_text().startswith(asked)
    assert run(tmp_path, "pipx", {"context": ".", "fail-over": "10MB"}, "lint")[0] == 0


def test_values_stay_values_for_lint(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    for name in ACTIONS["lint"]["inputs"]:
        run(tmp_path, "uvx", {name: '$(touch hacked)`touch hacked`"; touch hacked #'}, "lint")
        assert not (tmp_path / "hacked").exists(), name


def test_the_hooks() -> None:
    check, lint = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (check["id"], check["entry"], check["pass_filenames"]) == ("shave-check", "shave check", False)
    assert (lint["id"], lint["entry"], lint["types"]) == ("shave-lint", "shave lint", ["dockerfile"])
    assert {each["language"] for each in (check, lint)} == {"python"}
