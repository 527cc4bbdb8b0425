"""Contexts, and the .dockerignore that is proposed for them."""

import os
from pathlib import Path

import pytest

from shave import recipe
from shave.errors import CannotError, UsageError
from shave.rules.known import Known
from shave.rules.whole_context import look
from shave.verbs.lint_context import context, proposed
from shave.verbs.lint_price import priced, saved

COPY = recipe.read(b"FROM x\nCOPY . /app\n")


def written(directory: Path, **files: int) -> Path:
    for name, size in files.items():
        path = directory / name.replace("__", "/").replace("dot", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    return directory


def test_files_are_told_and_not_read(tmp_path: Path) -> None:
    written(tmp_path, a=3, b__c=4)
    (tmp_path / "b/c").chmod(0)
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "around").symlink_to(tmp_path)
    found = context(tmp_path)
    assert dict(found.files) == {"a": 3, "b/c": 4}
    assert found.ignore is None


def test_a_repository_packs_to_what_it_is(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/a.pack").write_bytes(os.urandom(3_000_000))
    (tmp_path / "text").write_bytes(b"one line and the same again\n" * 100_000)
    files = context(tmp_path)
    assert files.pack
    assert files.pack([".git/a.pack"]) == pytest.approx(3_000_000, rel=0.01)
    assert files.pack(["text"]) < 30_000
    (tmp_path / "text").unlink()
    assert files.pack([".git/a.pack", "text"]) == pytest.approx(3_000_000, rel=0.01)
    [found] = priced(look(COPY, Known(context=files)), COPY, Known(context=files))
    assert found.amount
    assert (found.amount.measured, found.amount.unpacked_bytes) == (True, 3_000_000)
    assert saved([found, found], Known(context=files)).unpacked_bytes == 6_000_000


def test_the_dockerfiles_own_ignore_file_counts_first(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("a\n")
    (tmp_path / "web.Dockerfile.dockerignore").write_text("\ufeffb\n")
    assert context(tmp_path).ignore == "a\n"
    assert context(tmp_path, tmp_path / "web.Dockerfile").ignore == "\ufeffb\n"
    assert context(tmp_path, tmp_path / "Dockerfile").ignore == "a\n"


def test_what_is_proposed_leaves_out_what_it_says(tmp_path: Path) -> None:
    written(tmp_path, dotgit__pack=70_000, main=10, venv__pyvenvdotcfg=1, venv__lib=500)
    (tmp_path / ".dockerignore").write_text("notes")
    found = proposed(COPY, context(tmp_path))
    assert found
    assert (found.text, found.files, found.unpacked_bytes) == ("notes\n**/.git\nvenv\n", 3, 70_501)
    (tmp_path / ".dockerignore").write_text(found.text)
    assert proposed(COPY, context(tmp_path)) is None


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff")).write_bytes(b"123")
    assert list(context(tmp_path).files.values()) == [3]


def test_what_docker_refuses_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("!\n")
    with pytest.raises(UsageError, match="dockerignore"):
        context(tmp_path)


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="no directory"):
        context(tmp_path / "none")
    (tmp_path / ".dockerignore").mkdir()
    with pytest.raises(CannotError, match="cannot be read"):
        context(tmp_path)
