"""Wheels made up, broken and hostile."""

import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.errors import BadImageError, CannotError
from shave.wheel import Launcher, Wheel, WheelFile, opened
from wheels import Body, archive, saved, wheel

LINK = stat.S_IFLNK | 0o777


def files(path: Path) -> dict[str, bytes]:
    with opened(path, "foo") as found:
        return {file.name: b"".join(found.pieces(file)) for file in found.files}


def placed(path: Path) -> tuple[Wheel, dict[str, WheelFile]]:
    with opened(path, "foo") as found:
        return found, {file.name: file for file in found.files}


def test_every_file_has_its_place_its_hash_and_its_mode(tmp_path: Path) -> None:
    body: dict[str, Body] = {
        "foo/__init__.py": b"1",
        "foo/run.sh": (b"2", stat.S_IFREG | 0o755),
        "foo-1.0.data/scripts/tool": b"3",
        "foo-1.0.data/data/share/foo/x": b"4",
        "foo-1.0.data/headers/foo.h": b"5",
        "foo-1.0.data/platlib/_foo.so": b"6",
    }
    found, by_name = placed(saved(tmp_path, wheel(files=body, scripts={"foo": "foo.cli:main.run [x]"})))
    assert (found.name, found.version, found.info) == ("foo", "1.0", "foo-1.0.dist-info")
    assert found.launchers == (Launcher("foo", "foo.cli", "main.run"),)
    assert {name: (file.scheme, file.path, file.executable) for name, file in by_name.items() if name in body} == {
        "foo/__init__.py": ("purelib", "foo/__init__.py", False),
        "foo/run.sh": ("purelib", "foo/run.sh", True),
        "foo-1.0.data/scripts/tool": ("scripts", "tool", True),
        "foo-1.0.data/data/share/foo/x": ("data", "share/foo/x", False),
        "foo-1.0.data/headers/foo.h": ("headers", "foo.h", False),
        "foo-1.0.data/platlib/_foo.so": ("platlib", "_foo.so", False),
    }
    assert "foo-1.0.dist-info/RECORD" not in by_name
    assert files(tmp_path / "foo-1.0-py3-none-any.whl")["foo/run.sh"] == b"2"


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (b"", "no directory"),
        (b"PK\x05\x06" + bytes(18), "0 directories of metadata"),
        (wheel()[:-40], "directory"),
        (wheel(files={"../x": b""}), "cannot be in an image"),
        (wheel(files={"/etc/x": b""}), "cannot be in an image"),
        (wheel(files={"a//x": b""}), "cannot be in an image"),
        (wheel(files={"a/.wh.x": b""}), "cannot be in an image"),
        (wheel(files={"foo-1.0.data/scripts/../../x": b""}), "cannot be in an image"),
        (wheel(files={"x": (b"/etc/passwd", LINK)}), "no plain file"),
        (wheel(files={"x": b"", "x/y": b""}), "as a file and as a directory"),
        (wheel(files={"foo-1.0.data/other/x": b""}), "nobody knows"),
        (wheel(files={"foo-1.0.data/x": b""}), "nobody knows"),
        (wheel(files={"bar-1.0.dist-info/METADATA": b""}), "2 directories of metadata"),
        (wheel(files={"x": b"1"}, record={"x": ""}), "RECORD does not have 'x'"),
        (wheel(files={"x": b"1"}, record={"x": "md5=1B2M2Y8AsgTpgAmY7PhCfg"}), "RECORD does not have 'x'"),
        (wheel(files={"x": b"1"}, record={"x": "sha256=short"}), "RECORD does not have 'x'"),
        (wheel(metadata={"WHEEL": b"Wheel-Version: 2.0\n"}), "format '2.0'"),
        (wheel(metadata={"METADATA": b"Name: bar\nVersion: 1\n"}), "its metadata is of 'bar'"),
        (wheel("_", metadata={"METADATA": b"Name: ..\nVersion: 1.0\n"}), "its metadata is of '..'"),
        (wheel(scripts={"../../x": "foo:main"}), "no command"),
        (wheel(scripts={"x": "foo"}), "no command"),
        (wheel(scripts={"x": "foo:main\nimport os"}), "entry_points.txt"),
        (archive({"foo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\n"}), "its metadata is of ''"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_wheel_is_refused(made: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadImageError, match="the wheel foo is broken") as caught:
        files(saved(tmp_path, made))
    assert why in str(caught.value)


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    made = wheel(files={"x.py": b"1", "y.py": b"2"}).replace(b"y.py", b"x.py")
    with pytest.raises(BadImageError, match="in it twice"):
        files(saved(tmp_path, made))


def test_a_body_that_its_record_does_not_have(tmp_path: Path) -> None:
    made = wheel(files={"x": b"1"}, record={"x": "sha256=" + "A" * 43})
    with pytest.raises(BadImageError, match="'x' is not the file that its RECORD has"):
        files(saved(tmp_path, made))


def test_a_wheel_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="the wheel foo cannot be read: No such file"):
        files(tmp_path / "none")


SOURCE = b"x = 1\n" * 40
WHEEL = wheel(files={"foo.py": SOURCE}, scripts={"foo": "foo:x"})


@given(st.integers(0, len(WHEEL) - 1), st.binary(min_size=1, max_size=4))
def test_whatever_is_altered_no_other_file_comes_out(at: int, altered: bytes) -> None:
    with TemporaryDirectory() as directory:
        path = saved(Path(directory), WHEEL[:at] + altered + WHEEL[at + len(altered) :])
        try:
            found = files(path)
        except BadImageError as error:
            assert str(error).startswith("the wheel foo is broken: ")  # either is right
        else:
            assert found.get("foo.py", SOURCE) == SOURCE
