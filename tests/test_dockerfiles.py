"""Which files are Dockerfiles, and what cannot be read."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

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


@pytest.mark.root
def test_directories_that_are_closed_are_told() -> None:
    with TemporaryDirectory() as directory:
        place = Path(directory)
        place.chmod(0o755)
        for name, mode in (("closed", 0o711), ("listed", 0o744), ("open", 0o755)):
            (place / name).mkdir()
            (place / name / "Dockerfile").write_text("FROM scratch\n")
            (place / name).chmod(mode)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setresuid(1234, 1234, 1234)
                found = [(os.path.relpath(each.path, place), each.unread) for each in sources([directory])]
                os.write(writer, json.dumps(found).encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        denied = "it cannot be read: Permission denied"
        assert json.loads(os.read(reader, 4096)) == [
            ["listed/Dockerfile", denied],
            ["open/Dockerfile", ""],
            ["closed", denied],
        ]


def test_what_is_no_file_is_passed_over(here: Path) -> None:
    write("a/Dockerfile")
    os.mkfifo("a/Dockerfile.fifo")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("a/Dockerfile.socket")
    Path("a/Dockerfile.d").mkdir()
    Path("a/Dockerfile.gone").symlink_to("nowhere")
    assert [each.path for each in sources(["a"])] == ["a/Dockerfile"]


def test_what_vanishes_is_told(here: Path) -> None:
    write("a/Dockerfile", "b/Dockerfile")
    found = sources(["."])
    assert next(found).unread == ""
    Path("b/Dockerfile").unlink()
    assert next(found).unread == "it cannot be read: No such file or directory"


def test_an_empty_name(here: Path) -> None:
    with pytest.raises(UsageError, match="a Dockerfile has an empty name"):
        list(sources([""]))


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
