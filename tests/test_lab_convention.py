"""Names of Dockerfiles as variants."""

from pathlib import Path

import pytest

from shave.errors import UsageError
from shave.lab import Expectation
from shave.lab_convention import variants

# the names of github.com/jpetazzo/minimage, with what they mean
NAMES = [
    ("hello-c.gcc", ("hello-c", "gcc", "")),
    ("hello-c.gcc-static.scratch", ("hello-c", "gcc-static", "scratch")),
    ("hello-go.golang.scratch-string", ("hello-go", "golang", "scratch-string")),
    ("hello-java.eclipse-temurin.native-image.scratch", ("hello-java", "eclipse-temurin", "native-image.scratch")),
    ("hello-java.openjdk-11.openjdk-11-jre", ("hello-java", "openjdk-11", "openjdk-11-jre")),
    ("alone", ("alone", "", "")),
]


@pytest.mark.parametrize(("name", "parts"), NAMES)
def test_parts(tmp_path: Path, name: str, parts: tuple[str, str, str]) -> None:
    (tmp_path / f"Dockerfile.{name}").write_text("FROM scratch\n")
    (variant,) = variants(tmp_path)
    assert (variant.name, (variant.program, variant.builder, variant.runner)) == (name, parts)
    assert variant.expected is None


def test_err_is_expected_not_to_build(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.hello-go.golang.ubuntu-noworkdir.err").write_text("FROM scratch\n")
    (variant,) = variants(tmp_path)
    assert variant.name == "hello-go.golang.ubuntu-noworkdir"
    assert variant.expected == Expectation("build-fails")


def test_what_lies_beside_is_none(tmp_path: Path) -> None:
    for name in ("Dockerfile", "Dockerfile.", "Dockerfile.a.b~", "Dockerfile.a.b.dockerignore", "hello.c"):
        (tmp_path / name).write_text("")
    (tmp_path / "Dockerfile.directory").mkdir()
    assert list(variants(tmp_path)) == []


def test_other_files_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.template").write_text("")
    assert list(variants(tmp_path, {"Dockerfile.template"})) == []


def test_too_large(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.a.b").write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageError, match="larger than"):
        list(variants(tmp_path))


def test_no_utf8_is_kept(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.a.b").write_bytes(b"# \xff\n")
    (variant,) = variants(tmp_path)
    assert variant.build.text.encode("utf-8", "surrogateescape") == b"# \xff\n"  # type: ignore[union-attr]
