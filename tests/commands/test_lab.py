"""``shave lab`` as it is typed, of images that are there already."""

import json
import shutil
from pathlib import Path

import pytest

from cli import Shave, layout
from patients import tools, without

LAB = """
baseline = "a.whole"
[[variant]]
name = "a.whole"
reference = "oci:whole"
[[variant]]
name = "a.bare"
reference = "oci:bare"
[expect]
"a.whole" = "ok"
"a.bare" = "run-fails:shell-missing"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    made = tmp_path / "lab"
    made.mkdir()
    (made / "lab.toml").write_text(LAB)
    layout(made / "whole", tools(), Cmd=["/bin/sh", "-c", "openssl version"])
    layout(made / "bare", without(tools(), "/usr/bin/sh"), Cmd=["/bin/sh", "-c", "openssl version"])
    return made


@pytest.mark.root
def test_a_lab_from_its_file_to_its_report(shave: Shave, place: Path) -> None:
    done = shave("lab", "build", place)
    assert (done.code, done.out.splitlines()[0]) == (0, "2 of 2 variants are built, all as expected")
    done = shave("lab", "run", place)
    assert (done.code, done.out.splitlines()[0]) == (0, "1 of 2 variants work, all as expected")
    done = shave("lab", "report", place)
    assert (done.code, done.out.splitlines()[0]) == (0, "lab: 2 of 2 expectations hold; 1 of 2 variants work")
    old = place / "old.json"
    old.write_text(shave("lab", "report", place, "--format", "json").out)
    (place / "lab.toml").write_text(LAB.replace("run-fails:shell-missing", "ok"))
    done = shave("lab", "report", place, "--compare", old, "--format", "markdown")
    assert done.code == 1 and "NOT AS EXPECTED" in done.out and "Since the older report" in done.out
    assert shave("lab", "run", place).code == 1


@pytest.mark.root
def test_what_cannot_be_run_takes_nothing_away(shave: Shave, place: Path) -> None:
    assert shave("lab", "build", place).code == shave("lab", "run", place).code == 0
    shutil.move(place / "whole", place / "away")
    shutil.move(place / "bare", place / "away-too")
    done = shave("lab", "run", place, "--again")
    assert done.code == 3 and "no variant could be run: " in done.err
    found = json.loads(shave("lab", "report", place, "--format", "json").out)
    assert [row["verdict"] for row in found["rows"]] == ["works", "fails"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("run",), 3, "nothing is built that could be run"),
        (("run", "--runner", "qemu"), 2, "there is no runner 'qemu'"),
        (("run", "--only", "b.*"), 2, "no variant is named b.*"),
        (("build", "--only", "b.*"), 2, "no variant is named b.*"),
        (("report", "--only", "b.*"), 2, "no variant is named b.*"),
        (("report", "--link", "fast"), 2, "--link is 'fast'"),
        (("build", "--tag", "A b"), 2, "is not an image name"),
    ],
)
def test_what_cannot_be_meant(shave: Shave, place: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    verb, *options = arguments
    done = shave("lab", verb, place, *options)
    assert (done.code, done.out) == (code, "") and said in done.err


def test_a_compose_file(shave: Shave, place: Path) -> None:
    assert shave("lab", "export", place).out == "# a.whole is oci:whole\n# a.bare is oci:bare\nservices: {}\n"
    assert shave("lab", "export", place, "--err").out == "services: {}\n"
