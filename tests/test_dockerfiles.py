"""Which files are Dockerfiles, and what cannot be read."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shave.dockerfiles import MOST_BYTES, is_name, sources
from shave.errors import UsageError


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Dockerfile", True),
        ("dockerfile", True),
        ("Dockerfile.dev", True),
        ("Dockerfile-alpine", True),
        ("app.Dockerfile", True),
        ("Containerfile", True),
        ("Containerfile.fedora", True),
        (".dockerignore", False),
        ("Dockerfile.dockerignore", False),
        ("Containerfile.containerignore", False),
        ("Dockerfile.md", False),
        ("Dockerfile.orig", False),
        ("MyDockerfile", False),
        ("Dockerfiles", False),
    ],
)
def test_names(name: str, is_one: bool) -> None:
    assert is_name(name) is is_one


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("FROM scratch\n")


def test_a_directory_has_all_below(here: Path) -> None:
    write(
        "b/Dockerfile", "a/x.Dockerfile", "Dockerfile.dev", "node_modules/m/Dockerfile", ".git/Dockerfile", "c/app.py"
    )
    (here / "b/loop").symlink_to(here)
    (here / "c/Dockerfile").symlink_to(here / "b/Dockerfile")
    (here / "c/Containerfile").symlink_to("Containerfile")
    found = ["Dockerfile.dev", "a/x.Dockerfile", "b/Dockerfile"]
    assert [each.path for each in sources([])] == found
    assert [each.path for each in sources(["b", "."])] == ["b/Dockerfile", *(each for each in found if each[0] != "b")]
    assert [each.path for each in sources(["c"])] == ["c/Dockerfile"]
    assert [each.path for each in sources(["b/Dockerfile", "./b", "./b/Dockerfile"])] == ["b/Dockerfile"]


def test_nothing_given_is_the_usual_one(here: Path) -> None:
    write("Containerfile", "b/Dockerfile")
    assert [each.path for each in sources([])] == ["Containerfile"]
    write("Dockerfile")
    assert [each.path for each in sources([])] == ["Dockerfile"]


def test_no_dockerfile(here: Path) -> None:
    (here / "b").mkdir()
    for given, name in (([], "the current directory"), (["b"], "b")):
        with pytest.raises(UsageError, match=f"^{name} has no Dockerfile"):
            list(sources(given))


def test_what_cannot_be_read(here: Path) -> None:
    socket.socket(socket.AF_UNIX).bind("socket")
    Path("loop").symlink_to("loop")
    with Path("large").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    names = ["missing", "socket", "loop", "large", "a\0b", "/dev/zero", "x" * 300]
    found = list(sources(names))
    assert [each.path for each in found] == names
    assert all(each.unread.startswith("it ") and not each.text for each in found)


def test_standard_input() -> None:
    code = "from shave.dockerfiles import sources; print(list(sources(['-'], 'app/Dockerfile')))"
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"FROM x\r\n", capture_output=True, check=True, timeout=60
    )
    assert done.stdout.decode() == "[Source(path='app/Dockerfile', text=b'FROM x\\r\\n', unread='')]\n"
