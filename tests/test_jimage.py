"""The modules of this machine's Java runtime, as its jimage lists them, and of any bytes without harm."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.class_file import parse as parse_class
from shave.jimage import Reader, parse


@pytest.fixture(scope="module")
def tools() -> Path:
    """Where this machine's jlink is."""
    found = shutil.which("jlink")
    assert found
    return Path(found).resolve().parent


def reader(data: bytes) -> Reader:
    return lambda offset, length: data[offset : offset + length] if offset >= 0 else b""


def test_every_file_is_found_and_no_other(tools: Path) -> None:
    path = tools.parent / "lib/modules"
    found = parse(reader(path.read_bytes()))
    assert found
    listed = subprocess.run([tools / "jimage", "list", path], check=True, capture_output=True, text=True).stdout
    modules = [line.removeprefix("Module: ") for line in listed.splitlines() if line.startswith("Module: ")]
    assert len(modules) > 10
    assert all(found.has(module) for module in modules)
    assert not any(found.has(module) for module in ("java", "java.bas", "no.such", ""))
    own = parse_class(found.beginning("/java.base/java/lang/Object.class", 1 << 16) or b"")
    assert own and own.release >= 11


def test_what_is_packed_is_there_all_the_same(tools: Path, tmp_path: Path) -> None:
    packed = [tools / "jlink", "--add-modules", "java.logging", "--compress", "2", "--output", tmp_path / "jre"]
    subprocess.run(packed, check=True, capture_output=True)
    found = parse(reader((tmp_path / "jre/lib/modules").read_bytes()))
    assert found
    assert found.has("java.logging") and not found.has("java.sql")
    assert found.beginning("/java.base/java/lang/Object.class", 8) == b""


@given(st.sampled_from("<>"), st.integers(0, 40), st.binary(max_size=400))
def test_any_bytes(order: str, count: int, data: bytes) -> None:
    magic = (0xCAFEDADA).to_bytes(4, "little" if order == "<" else "big")
    head = bytes(12) + count.to_bytes(4, "little" if order == "<" else "big")
    found = parse(reader(magic + head + data))
    if found:
        assert not found.has("java.base")
