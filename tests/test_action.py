"""The GitHub Action and the hook of pre-commit, as their programs read them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cli import layout

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
[STEP] = ACTION["runs"]["steps"]
# What stands in for uvx and pipx tells what it was asked for, and runs the shave of these tests.
RUNNER = f"""#!/bin/bash
echo "${{0##*/}} $*" >> calls
while [ "$1" != shave ]; do shift; done
shift
exec {sys.executable} -m shave "$@"
"""


def run(directory: Path, runner: str, inputs: dict[str, str]) -> tuple[int, str]:
    """How the action's step ends on a machine with that runner, and what it says."""
    programs = directory / "bin"
    programs.mkdir(exist_ok=True)
    (programs / runner).write_text(RUNNER)
    (programs / runner).chmod(0o755)
    given = {name: each.get("default", "") for name, each in ACTION["inputs"].items()} | inputs
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(directory),
        "GITHUB_ACTION_PATH": "/the/action",
        "GITHUB_STEP_SUMMARY": str(directory / "summary"),
        **{
            key: re.sub(r"\$\{\{ inputs\.(.*) \}\}", lambda found: given[found[1]], value)
            for key, value in STEP["env"].items()
        },
    }
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", STEP["run"]]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_the_action_is_one() -> None:
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml")]
    assert subprocess.run([sys.executable, "-m", *command], capture_output=True).returncode == 0


def test_inputs_come_through_the_environment() -> None:
    assert "${{" not in STEP["run"]
    assert set(STEP["env"].values()) == {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}


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


def test_the_hooks() -> None:
    check, lint = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (check["id"], check["entry"], check["pass_filenames"]) == ("shave-check", "shave check", False)
    assert (lint["id"], lint["entry"], lint["types"]) == ("shave-lint", "shave lint", ["dockerfile"])
    assert {each["language"] for each in (check, lint)} == {"python"}
