"""Labs as Compose files."""

from pathlib import Path

import yaml

from shave.lab_file import load
from shave.verbs.lab_export import builds, export, fails

LAB = """
name = "minimage"
[[variant]]
name = "c.gcc.upx"
from = "c.gcc.scratch"
text = "ARG SHAVE_FROM\\nFROM $SHAVE_FROM\\n"
target = "last"
arguments = { LEVEL = "9" }
[[variant]]
name = "c.bazel"
command = ["bazel", "build", "//c"]
[[variant]]
name = "c.there"
reference = "docker://busybox:1"
"""


def exported(directory: Path, wanted: object) -> str:
    (directory / "lab.toml").write_text(LAB)
    for name in ("Dockerfile.c.gcc.scratch", "Dockerfile.c.gcc.wrong.err"):
        (directory / name).write_text("FROM scratch\n")
    return export(load(directory), wanted, "minimage", lambda name: (directory / name).is_file())  # type: ignore[arg-type]


def test_what_should_build(tmp_path: Path) -> None:
    text = exported(tmp_path, builds)
    assert text.startswith("# c.bazel is made by: bazel build //c\n")
    assert yaml.safe_load(text) == {
        "services": {
            "c.gcc.scratch": {
                "image": "minimage:c.gcc.scratch",
                "build": {"context": ".", "dockerfile": "Dockerfile.c.gcc.scratch"},
            },
            "c.there": {"image": "busybox:1"},
            "c.gcc.upx": {
                "image": "minimage:c.gcc.upx",
                "build": {
                    "context": ".",
                    "dockerfile_inline": "ARG SHAVE_FROM\nFROM $SHAVE_FROM\n",
                    "target": "last",
                    "additional_contexts": {"minimage:c.gcc.scratch": "service:c.gcc.scratch"},
                    "args": {"LEVEL": "9", "SHAVE_FROM": "minimage:c.gcc.scratch"},
                },
            },
        }
    }


def test_what_should_not(tmp_path: Path) -> None:
    assert yaml.safe_load(exported(tmp_path, fails)) == {
        "services": {
            "c.gcc.wrong": {
                "image": "minimage:c.gcc.wrong",
                "build": {"context": ".", "dockerfile": "Dockerfile.c.gcc.wrong.err"},
            }
        }
    }
