from pathlib import Path

import pytest
from msgspec import Struct

from shave.errors import UsageError
from shave.toml_reader import MOST_BYTES, document, nearest, value


class Inner(Struct, frozen=True):
    number: int = 0


class Outer(Struct, frozen=True, rename={"many": "one"}):
    many: tuple[Inner, ...] = ()
    maybe: Inner | None = None
    words: dict[str, str] = {}


def written(directory: Path, data: str | bytes) -> Path:
    path = directory / "x.toml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def read(directory: Path, text: str) -> Outer:
    path = written(directory, text)
    return value(path, document(path, "hint"), Outer, "the page")


def test_a_value(tmp_path: Path) -> None:
    text = "[[one]]\nnumber = 1\n[maybe]\nnumber = 2\n[words]\nanything = 'x'"
    assert read(tmp_path, text) == Outer((Inner(1),), Inner(2), {"anything": "x"})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("many = []", "many is no known key: expected one of one, maybe, words", "did you mean 'maybe'?"),
        ("[[one]]\n[[one]]\nnumbr = 1", "one[1].numbr is no known key", "did you mean 'number'?"),
        ("[maybe]\nx = 1", "maybe.x is no known key", "see the page"),
        ("[maybe]\nnumber = '1'", "maybe.number: expected `int`, got `str`", "see the page"),
        ("one = 1", "one: expected `array`, got `int`", "write it in brackets; see the page"),
    ],
)
def test_every_mistake_names_file_and_key(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/x.toml: {message}")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "cannot be read"),
        (b"a", "is not TOML"),
        (b"a = " + b"9" * 5000, "is not TOML"),
        (b"a = 2026-02-30", "is not TOML"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a = " + b"{a=" * 100_000, "nested too deeply"),
        (b"a" + b".a" * 100_000 + b" = 1", "more than 1000 dots"),
        (b"#" * (MOST_BYTES + 1), "larger than 1000000 bytes"),
    ],
    ids=["not UTF-8", "cut", "number", "date", "arrays", "tables", "dots", "large"],
)
def test_files_that_cannot_be_read(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        document(written(tmp_path, data), "hint")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read") as caught:
        document(tmp_path / "absent", "hint")
    assert caught.value.hint == "hint"


def test_the_nearest_word() -> None:
    assert nearest("flsk", ["flask", "django"], "none") == "did you mean 'flask'?"
    assert nearest("zzz", ["flask"], "none") == "none"
