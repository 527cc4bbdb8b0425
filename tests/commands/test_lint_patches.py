"""What ``shave lint --diff`` prints is what git and patch make ``--fix`` of."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli import Shave

FAT = b"FROM base\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5\n"
FILES = {
    "Dockerfile": FAT,
    "ends/Dockerfile": FAT.replace(b"\n", b"\r\n"),
    "no end/Dockerfile": FAT.rstrip(),
    "a b/c d.Dockerfile": FAT,
    'q"uo\\te/Dockerfile': FAT,
    "é/Dockerfile": FAT,
    "tab\there/Dockerfile": FAT,
    "mark/Dockerfile": b"\xef\xbb\xbf" + FAT,
    "latin/Dockerfile": FAT + b"# \xff\xe9\n",
}
PROGRAMS = [pytest.param(("git", "apply"), id="git"), pytest.param(("patch", "-p1", "-s"), id="patch")]
each_program = pytest.mark.parametrize("program", PROGRAMS)


def made(directory: Path) -> Path:
    """The files in a directory of their own, which is a repository."""
    for name, text in FILES.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(text)
    subprocess.run(["git", "init", "--quiet", str(directory)], check=True)
    return directory


def texts(directory: Path) -> dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in FILES}


def lint(*words: str, here: Path) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-m", "shave", "lint", *words]
    done = subprocess.run(command, cwd=here, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def applied(program: tuple[str, ...], patch: bytes, directory: Path) -> None:
    done = subprocess.run(program, cwd=directory, input=patch, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@each_program
def test_all_below(shave: Shave, program: tuple[str, ...]) -> None:
    one, other = made(Path("one")), made(Path("other"))
    code, patch, said = lint("--diff", ".", here=one)
    assert (code, said.startswith(b"9 Dockerfiles: 9 fixed")) == (1, True)
    assert lint("--fix", ".", here=other)[0] == 0
    applied(program, patch, one)
    assert texts(one) == texts(other)
    assert all(text != texts(one)[name] for name, text in FILES.items())


@each_program
@pytest.mark.parametrize("place", ["here", "below", "absolute", "above"])
def test_names(shave: Shave, program: tuple[str, ...], place: str) -> None:
    one = made(Path("one")).absolute()
    here, given, changed = {
        "here": (one, "./ends/../Dockerfile", "Dockerfile"),
        "below": (one / "a b", "c d.Dockerfile", "a b/c d.Dockerfile"),
        "absolute": (one, str(one / "ends/Dockerfile"), "ends/Dockerfile"),
        "above": (one / "ends", "../Dockerfile", "Dockerfile"),
    }[place]
    _, patch, _ = lint("--diff", given, here=here)
    if place == "above":  # git keeps to its repository
        program = ("patch", "-p1", "-s", "-d", "/")
    applied(program, patch, here)
    assert [path for path, text in texts(one).items() if text != FILES[path]] == [changed]


@each_program
@pytest.mark.parametrize("ignore", [None, b"x", b"\xef\xbb\xbfx\r\ny\r\n", b""], ids=repr)
def test_ignore_files(shave: Shave, program: tuple[str, ...], ignore: bytes | None) -> None:
    found = []
    for name in ("patched", "fixed"):
        place = Path(name)
        (place / ".git").mkdir(parents=True)
        (place / "Dockerfile").write_bytes(b"FROM base\nCOPY . /app\n")
        (place / ".git/large").write_bytes(b"x" * 3_000_000)
        if ignore is not None:
            (place / ".dockerignore").write_bytes(ignore)
        words = ("--fix-unsafe", "--context", name, f"{name}/Dockerfile")
        if name == "patched":
            applied(program, lint(*words, "--diff", here=Path())[1], Path())
        else:
            assert lint(*words, here=Path())[0] == 0
        found.append((place / ".dockerignore").read_bytes())
    end = b"\r\n" if ignore and b"\r\n" in ignore else b"\n"
    before = ignore.rstrip() + end if ignore else b""
    assert found[0] == found[1] == before + b"**/.git" + end
