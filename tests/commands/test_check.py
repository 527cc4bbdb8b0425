"""``shave check`` as it is typed."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli import Shave, layout

MEMBERS = {"/app/a": b"a" * 5000, "/app/b": b"b" * 300}


@pytest.fixture
def made(tmp_path: Path) -> str:
    return layout(tmp_path / "made", MEMBERS)


def test_kept_and_broken(shave: Shave, made: str) -> None:
    kept = shave("check", made, "--max", "unpacked=5300", "--max", "layers=1")
    assert (kept.code, kept.out.splitlines()[0]) == (0, f"{made}: all 2 budgets are kept")
    broken = shave("check", made, "--max", "content=5299", "--max", "layers=1")
    assert (broken.code, broken.out.splitlines()[0]) == (1, f"{made}: 1 of 2 budgets is broken")
    assert "5.0 kB  /app/a" in broken.out
    found = json.loads(shave("check", made, "--max", "content=5299", "--format", "json").out)
    assert (found["schema"], found["broken"], found["budgets"][0]["found"]) == ("shave.check/v1", 1, 5300)


def test_growth(shave: Shave, made: str, tmp_path: Path) -> None:
    larger = layout(tmp_path / "larger", {**MEMBERS, "/app/c": b"c" * 1000})
    arguments = ("--max-growth", "unpacked=1%", "--against", made)
    done = shave("check", larger, *arguments)
    assert (done.code, done.out.splitlines()[-1]) == (1, f"next: shave diff {made} {larger}")
    assert shave("check", made, *arguments).code == 0


def test_files_say_budgets_and_the_command_line_stands_before_them(shave: Shave, made: str) -> None:
    Path("shave.toml").write_text('[check]\nlayers = 0\n"path:/app/b.unpacked" = "1kB"\n')
    Path(".dive-ci").write_text("rules:\n  lowestEfficiency: 0.5\n")
    done = shave("check", made)
    assert done.code == 1
    rows = {line.split()[0]: line.split()[-1] for line in done.out.splitlines()[3:-1] if not line.startswith(" ")}
    assert rows.keys() == {"layers", "path:/app/b.unpacked", "lowestEfficiency", "highestUserWastedPercent"}
    assert rows["lowestEfficiency"] == ".dive-ci"
    assert shave("check", made, "--max", "layers=1").code == 0


def test_growth_of_a_file(shave: Shave, made: str, tmp_path: Path) -> None:
    larger = layout(tmp_path / "larger", {**MEMBERS, "/app/c": b"c" * 1000})
    Path("pyproject.toml").write_text(f'[tool.shave.check]\nmax_growth = {{ content = "10%" }}\nagainst = "{made}"\n')
    assert (shave("check", larger).code, shave("check", made).code) == (1, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no budget is set"),
        (("--max", "pakced=1"), "'pakced' is no budget"),
        (("--max", "packed=much"), "no number of bytes"),
        (("--max-growth", "1%"), "against another image"),
        (("--max", "packed=1", "--against", "oci:x"), "no budget is about growth"),
    ],
)
def test_what_cannot_be_meant(shave: Shave, made: str, arguments: tuple[str, ...], said: str) -> None:
    done = shave("check", made, *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "hint: " in done.err


@pytest.mark.parametrize(
    ("name", "text"), [("shave.toml", "[check]\nx = 1\n"), (".dive-ci", "rules: ["), (".dive-ci", "\x80")]
)
def test_files_that_cannot_be_meant(shave: Shave, made: str, name: str, text: str) -> None:
    Path(name).write_text(text, "latin-1")
    done = shave("check", made, "--max", "layers=9")
    assert (done.code, name in done.err) == (2, True)


def test_github(shave: Shave, made: str, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    arguments = ("check", made, "--max", "layers=0", "--max", "content=1MB", "--format", "github")
    done = shave(*arguments, GITHUB_STEP_SUMMARY=str(summary))
    assert done.code == 1
    assert [line.split("::")[1] for line in done.out.splitlines()[:-1]] == ["error title=layers is 1%2C at most 0"]
    assert done.out.splitlines()[-1] == "shave check: 1 of 2 budgets is broken"
    assert summary.read_text().startswith(f"before\n## shave check `{made}`\n")
    assert shave(*arguments, GITHUB_STEP_SUMMARY="").code == 1
    lost = shave(*arguments, GITHUB_STEP_SUMMARY=f"{tmp_path}/none/x")
    assert (lost.code, "GITHUB_STEP_SUMMARY" in lost.err) == (3, True)


def test_other_forms(shave: Shave, made: str) -> None:
    def run(form: str) -> str:
        done = shave("check", made, "--max", "layers=0", "--format", form)
        assert done.code == 1
        return done.out

    assert json.loads(run("sarif"))["runs"][0]["results"][0]["ruleId"] == "layers"
    assert ElementTree.fromstring(run("junit"))[0][0].get("name") == "layers"
    assert run("markdown").startswith("## shave check ")
