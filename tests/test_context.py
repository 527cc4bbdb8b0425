"""The files of a build context, as an image gets them: whatever their owners, times and names, and nothing else."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from shave import context as contexts
from shave.context import ignored, located, members
from shave.errors import CannotError, UsageError
from shave.globs import matcher
from shave.tree import Entry

NOTHING = matcher(())


def read(context: Path, source: str = ".", exclude: Callable[[str], bool] = NOTHING) -> dict[str, tuple[Entry, bytes]]:
    return {entry.path: (entry, b"".join(body)) for entry, body in members(context, source, ignored(context), exclude)}


@pytest.fixture
def context(tmp_path: Path) -> Path:
    place = tmp_path / "context"
    for path in ("app/main.py", "app/lib/one", "app/.git/config", "docs/a.md"):
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(path)
    (place / "app/main.py").chmod(0o740)
    (place / "app/lib").chmod(0o700)
    os.utime(place / "docs/a.md", (5, 5))
    return place


def test_modes_are_two_and_nobody_owns_anything(context: Path) -> None:
    found = read(context, "app")
    assert [*found] == ["", "lib", "lib/one", "main.py"]
    assert found["main.py"] == (Entry("main.py", "file", 0o755, size=11), b"app/main.py")
    assert found["lib"][0] == Entry("lib", "directory", 0o755)
    assert found["lib/one"][0].mode == 0o644
    assert read(context, "docs/a.md") == {"": (Entry("", "file", 0o644, size=9), b"docs/a.md")}


def test_symlinks_stay_symlinks_and_are_followed_only_to_the_source(context: Path) -> None:
    (context / "app/passwd").symlink_to("/etc/passwd")
    (context / "app/up").symlink_to("../../..")
    (context / "link").symlink_to("app")
    found = read(context, "link")
    assert found["passwd"] == (Entry("passwd", "symlink", 0o777, link="/etc/passwd"), b"")
    assert found["up"][0].link == "../../.." and "main.py" in found


@pytest.mark.parametrize("source", ["../context/app", "app/../docs", "out", "/out/x"])
def test_sources_outside(context: Path, source: str) -> None:
    (context.parent / "x").touch()
    (context / "out").symlink_to("..")
    with pytest.raises(UsageError, match=f"{source} is outside the directory that holds the spec"):
        read(context, source)


def test_texts_are_plain_files_inside(context: Path) -> None:
    (context / "list").symlink_to("docs/a.md")
    assert contexts.read(context, "list") == b"docs/a.md"
    (context / "out").symlink_to("/etc/passwd")
    with pytest.raises(UsageError, match="out is outside the directory that holds the spec"):
        contexts.read(context, "out")
    os.mkfifo(context / "pipe")
    for name in ("pipe", "app", "."):
        with pytest.raises(CannotError, match=f"{name} of the build context is no plain file"):
            contexts.read(context, name)


def test_what_dockerignore_leaves_out(context: Path) -> None:
    (context / ".dockerignore").write_text("app\n!app/lib/one\n!.git\n.dockerignore\n")
    assert [*read(context)] == ["", "app", "app/lib", "app/lib/one", "docs", "docs/a.md"]
    with pytest.raises(CannotError, match=r"app/main.py is left out by \.dockerignore"):
        read(context, "app/main.py")


def test_git_is_taken_back_in_by_its_name(context: Path) -> None:
    (context / ".dockerignore").write_text("!**/.git\n")
    assert "app/.git/config" in read(context)


def test_what_the_spec_excludes(context: Path) -> None:
    assert [*read(context, "app", matcher(("lib", "*.txt")))] == ["", "main.py"]


@pytest.mark.parametrize(
    ("name", "words"), [("fifo", "a fifo"), ("socket", "a socket"), (".wh.x", "named like a whiteout")]
)
def test_what_no_image_has(context: Path, name: str, words: str) -> None:
    if name == "fifo":
        os.mkfifo(context / "app/fifo")
    elif name == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(context / "app/socket"))
    else:
        (context / "app" / name).touch()
    with pytest.raises(CannotError, match=f"app/{name} is {words}"):
        read(context)


@pytest.mark.parametrize("size", [0, 3, 1 << 21])
def test_a_file_that_changes_while_it_is_read(context: Path, size: int) -> None:
    for entry, body in (found := members(context, "app", ignored(context), NOTHING)):
        if entry.path == "main.py":
            (context / "app/main.py").write_bytes(bytes(size))
            with pytest.raises(CannotError, match=r"app/main\.py changed while it was read"):
                b"".join(body)
    found.close()


def test_a_file_that_vanishes(context: Path) -> None:
    found = members(context, "app", ignored(context), NOTHING)
    next(found)
    (context / "app/main.py").unlink()
    with pytest.raises(CannotError, match=r"app/main\.py of the build context cannot be read: No such file"):
        list(found)


def test_what_is_not_there(context: Path) -> None:
    with pytest.raises(CannotError, match="none of the build context cannot be read: No such file"):
        read(context, "none")


def test_names_in_order_of_bytes_and_no_descriptor_left(context: Path) -> None:
    before = len([*Path("/proc/self/fd").iterdir()])
    for name in ("z", "é", "B", "\udcff", "a b"):
        (context / "docs" / name).touch()
    assert [*read(context, "docs")] == ["", "B", "a b", "a.md", "z", "é", "\udcff"]
    deep = context / "/".join(["d"] * 600)
    deep.mkdir(parents=True)
    assert len(read(context, "d")) == 600
    abandoned = members(context, "d", ignored(context), NOTHING)
    next(abandoned)
    abandoned.close()
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_a_text_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask\n")
    assert contexts.read(tmp_path, "requirements.txt") == b"flask\n"
    with pytest.raises(UsageError, match="outside"):
        contexts.read(tmp_path, "../requirements.txt")
    with pytest.raises(CannotError, match="absent"):
        contexts.read(tmp_path, "absent")


def test_where_a_file_of_a_lock_is(context: Path) -> None:
    (context / "a b.whl").touch()
    assert located("https://example.org/x.whl", context) == "https://example.org/x.whl"
    assert located("a%20b.whl", context) == (context / "a b.whl").absolute().as_uri()
    for url in ("../x.whl", "http://[x"):
        with pytest.raises(UsageError):
            located(url, context)
