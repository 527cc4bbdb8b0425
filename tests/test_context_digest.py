"""What a build can reach of its context decides whether it is built again."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from shave import dockerignore
from shave.context_digest import context_digest
from shave.errors import CannotError, UsageError


def everything(path: str) -> bool:
    return True


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "src/deep").mkdir(parents=True)
    for name in ("main.c", "notes.txt", "src/a.c", "src/deep/b.c", "src/big.bin"):
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to("main.c")
    (tmp_path / ".dockerignore").write_text("*.txt\nsrc/big.bin\n")
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda at: (at / "main.c").write_text("Main.c"),
        lambda at: (at / "src/deep/b.c").unlink(),
        lambda at: (at / "new").touch(),
        lambda at: (at / "src/new").mkdir(),
        lambda at: (at / "main.c").chmod(0o755),
        lambda at: ((at / "link").unlink(), (at / "link").symlink_to("src/a.c")),
        lambda at: (at / ".dockerignore").write_text("*.txt\n"),
    ],
)
def test_what_counts(context: Path, change: Callable[[Path], object]) -> None:
    before = context_digest(context, everything)
    change(context)
    assert context_digest(context, everything) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda at: (at / "notes.txt").write_text("other"),
        lambda at: (at / "src/big.bin").unlink(),
        lambda at: (at / "main.c").chmod(0o640),
        lambda at: os.utime(at / "main.c", (1, 1)),
        lambda at: socket.socket(socket.AF_UNIX).bind(str(at / "ignored.txt")),
    ],
)
def test_what_does_not(context: Path, change: Callable[[Path], object]) -> None:
    before = context_digest(context, everything)
    change(context)
    assert context_digest(context, everything) == before


def test_only_what_is_reached_counts(context: Path) -> None:
    reached = dockerignore.parse("src/*.c")
    before = context_digest(context, reached)
    (context / "main.c").write_text("other")
    assert context_digest(context, reached) == before
    (context / "src/a.c").write_text("other")
    assert context_digest(context, reached) != before


def test_what_is_taken_back_in_counts(context: Path) -> None:
    (context / ".dockerignore").write_text("src\n!src/deep\n")
    before = context_digest(context, everything)
    (context / "src/a.c").write_text("other")
    assert context_digest(context, everything) == before
    (context / "src/deep/b.c").write_text("other")
    assert context_digest(context, everything) != before


def test_two_checkouts_are_the_same(context: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "context"
    os.system(f"cp -r {context} {other}")
    assert context_digest(other, everything) == context_digest(context, everything)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="of the build context cannot be read: No such file"):
        context_digest(tmp_path / "missing", everything)
    (tmp_path / ".dockerignore").write_text("!\n")
    with pytest.raises(UsageError, match="a line of nothing but '!'"):
        context_digest(tmp_path, everything)
