"""What first users of ``shave lint`` stumbled over."""

import json
from os import urandom
from pathlib import Path

import pytest

from cli import Shave

FAT = "FROM base\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5\n"


@pytest.fixture
def fat(shave: Shave) -> Path:
    path = Path("Dockerfile")
    path.write_text(FAT)
    return path


def test_rules_are_found_by_the_names_that_hadolint_has(shave: Shave) -> None:
    assert shave("lint", "--rule", "dl3042").out.startswith("SHV120: pip's cache stays in the layer.")
    several = shave("lint", "--rule", "DL3009").out
    assert all(f"{rule}: " in several for rule in ("SHV101", "SHV105"))


def test_the_next_step_keeps_the_options_that_choose(shave: Shave, fat: Path) -> None:
    done = shave("lint", "--select", "SHV1,SHV2", "--context", ".", "Dockerfile")
    assert done.out.splitlines()[-1] == "next: shave lint --fix --select SHV1,SHV2 --context . Dockerfile"


def test_what_would_tell_more_is_hinted_at(shave: Shave, fat: Path) -> None:
    fat.write_text("FROM python:3.13\nCOPY . /app\nRUN pip install /app\n")
    for form in ("text", "markdown"):
        said = " ".join(shave("lint", "--format", form).out.split())
        assert "ore is known with --image IMAGE (what the layers of the image built from it hold), --context" in said
    assert "--context DIRECTORY" not in shave("lint", "--context", ".").out


def test_what_was_fixed_and_what_is_left_have_their_bytes(shave: Shave, fat: Path) -> None:
    fat.write_text(f"{FAT}RUN pip install -r requirements.txt\n")
    done = shave("lint", "--fix", "--select", "SHV101,SHV102,SHV120")
    assert done.out.splitlines()[0] == "Dockerfile: 2 fixed, ~46.7 MB estimated (packed); nothing left"


def test_a_patch_has_no_other_form(shave: Shave, fat: Path) -> None:
    assert shave("lint", "--diff", "--format", "sarif").code == 2
    assert shave("lint", "-", "--fix", "--format", "json").code == 2


def test_statistics_tell_of_many_files_what_each_rule_found(shave: Shave, fat: Path) -> None:
    Path("other").write_text(f"{FAT}RUN npm install\n")
    lines = shave("lint", "Dockerfile", "other", "--statistics", "--select", "SHV101,SHV122").out.splitlines()
    assert lines[2:5] == [
        "saves, packed  findings  files  fixes  rule",
        "     ~38.0 MB         2      2      2  SHV101  apt's package lists stay in the layer",
        "     ~20.0 MB         1      1      1  SHV122  npm's cache stays in the layer",
    ]
    assert lines[-1].startswith("next: shave lint --fix ")
    assert shave("lint", "--statistics", "--format", "json").code == 2


def test_a_limit_in_the_settings_does_not_let_warnings_pass_where_nothing_is_measured(shave: Shave, fat: Path) -> None:
    Path("shave.toml").write_text('[lint]\nfail_over = "10MB"\n')
    done = shave("lint")
    assert done.code == 1
    assert done.out.splitlines()[0].endswith("nothing is measured, so that the limit of 10.0 MB says nothing")


@pytest.mark.parametrize("form", ["text", "markdown", "github", "json", "sarif"])
def test_a_limit_that_is_passed_is_told(shave: Shave, form: str) -> None:
    Path("Dockerfile").write_text("FROM base\nCOPY . /app\n")
    Path(".git/objects/pack").mkdir(parents=True)
    Path(".git/objects/pack/a.pack").write_bytes(urandom(100_000))
    words = ("lint", "--context", ".", "--format", form)
    over, within = shave(*words, "--fail-over", "10kB"), shave(*words, "--fail-over", "10MB")
    assert (over.code, within.code) == (1, 0)
    if form == "json":
        assert [json.loads(each.out)["limit"]["verdict"] for each in (over, within)] == ["over", "within"]
    else:
        assert "over the limit of 10.0 kB" in over.out
        assert "over the limit" not in within.out
