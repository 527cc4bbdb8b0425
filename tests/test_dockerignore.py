"""What is left out of a build context: line by line, and as the engine's own builder has it."""

import subprocess
import tarfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from secrets import token_hex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.builders import choose
from shave.builders.protocol import Order
from shave.dockerignore import parse
from shave.errors import UsageError

PATHS = (
    "README.md",
    "a",
    "a/b.md",
    "a/c/d.md",
    "a/c/e.txt",
    "b/a/b.md",
    "node_modules/x/index.js",
    "[x]",
    "x",
    "a+b.md",
    "Ünï",
)


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("", ()),
        ("# a\n\n   \n", ()),
        ("*.md", ("README.md", "a+b.md")),
        ("/*.md\n", ("README.md", "a+b.md")),
        ("**/*.md", ("README.md", "a/b.md", "a/c/d.md", "b/a/b.md", "a+b.md")),
        ("a", ("a", "a/b.md", "a/c/d.md", "a/c/e.txt")),
        ("./a/c/../c/", ("a/c/d.md", "a/c/e.txt")),
        ("a\n!a/c\na/c/*.md", ("a", "a/b.md", "a/c/d.md")),
        ("**\n!a/**/d.md", tuple(path for path in PATHS if path != "a/c/d.md")),
        ("*\n! README.md", tuple(path for path in PATHS if path != "README.md")),
        ("a/?.md", ("a/b.md",)),
        ("*/a", ("b/a/b.md",)),
        ("a/**", ("a/b.md", "a/c/d.md", "a/c/e.txt")),
        ("**/c", ("a/c/d.md", "a/c/e.txt")),
        ("a+b.md", ("a+b.md",)),
        ("[a-x]", ("a", "x", "a/b.md", "a/c/d.md", "a/c/e.txt", "b/a/b.md")),
        ("[^a]", ("x", "b/a/b.md")),
        ("\\[x]", ("[x]",)),
        ("\N{BYTE ORDER MARK}x\r\n", ("x",)),
        ("Ünï", ("Ünï",)),
    ],
)
def test_lines(text: str, left_out: Iterable[str]) -> None:
    assert {path for path in PATHS if parse(text)(path)} == set(left_out)


@pytest.mark.parametrize("text", ["!", "a\n! ", "[", "[z-a]"])
def test_lines_that_docker_refuses(text: str) -> None:
    with pytest.raises(UsageError, match=r"\.dockerignore has a"):
        parse(text)


@given(st.text("ab/*?![]-^\\.#\n ", max_size=30), st.text("ab/.", max_size=8))
def test_any_text_says_something_or_is_refused(text: str, path: str) -> None:
    try:
        assert parse(text)(path) in (True, False)
    except UsageError:
        assert "!" in text or "[" in text or "]" in text


@pytest.mark.engine
def test_as_docker_has_it(tmp_path: Path) -> None:
    """Of patterns that take back, none with wildcards between: the builder before BuildKit does not look for those."""
    for text in (
        "a\n!a/c\na/c/*.md",
        "**\n!a/c/d.md\n!b",
        "*\n!a*\n**/e.txt",
        "**/c\n!a/c/d.md\n[n-x]*\n!x",
        "**/b.md\n./x/\n\\[x]",
    ):
        assert _by_docker(tmp_path / token_hex(4), text) == {path for path in _files() if not parse(text)(path)}


def _files() -> set[str]:
    return {path for path in PATHS if path != "a"}


def _by_docker(context: Path, text: str) -> set[str]:
    """The files that a build of FROM scratch, COPY . / has."""
    for path in _files():
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        (context / path).write_text("x")
    (context / ".dockerignore").write_text(text)
    name = f"shave-test-{token_hex(8)}"
    dockerfile = 'FROM scratch\nCOPY . /\nCMD ["x"]\n'
    order = Order(dockerfile, context, name, context.parent / f"{context.name}.log")
    assert choose("docker-classic").build(order).message == ""
    try:
        container = subprocess.run(
            ["docker", "create", name], check=True, capture_output=True, text=True
        ).stdout.strip()
        tar = subprocess.run(["docker", "export", container], check=True, capture_output=True).stdout
        subprocess.run(["docker", "rm", container], check=True, capture_output=True)
    finally:
        subprocess.run(["docker", "rmi", "-f", name], check=True, capture_output=True)
    with tarfile.open(fileobj=BytesIO(tar)) as found:
        return {member.name for member in found if member.name in _files()}
