import subprocess
from pathlib import Path

import pytest

from detected import detected, paths
from shave.testing import File, Hardlink
from shave.waste.debug import find

SOURCE = "int main(void) { return 0; }\n"


def test_files_of_symbols() -> None:
    (found,) = detected(
        find, {"usr/lib/debug/.build-id/x.debug": b"1", "app/x.pdb": b"2", "app/node_modules/x/x.js.map": b"3"}
    )
    assert len(paths(found)) == 3


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program with symbols."""
    place = tmp_path_factory.mktemp("program")
    (place / "x.c").write_text(SOURCE)
    subprocess.run(["gcc", "-g3", "-o", place / "x", place / "x.c"], check=True)
    return place / "x"


@pytest.mark.oracle
def test_what_strip_would_take(program: Path) -> None:
    whole = program.read_bytes()
    (found,) = detected(find, {"app/x": File(whole, 0o755), "y": Hardlink("app/x")})
    stripped = program.with_name("stripped")
    subprocess.run(["strip", "-o", stripped, program], check=True)
    assert found.title == "debug symbols in programs"
    assert found.unpacked_bytes == pytest.approx(len(whole) - stripped.stat().st_size, rel=0.05)
    assert 0 < found.packed_bytes < len(whole)
    assert detected(find, {"app/x": File(stripped.read_bytes(), 0o755)}) == []


def test_a_broken_program_has_none() -> None:
    assert detected(find, {"app/x": File(b"\x7fELF\x02\x01\x01" + b"\xff" * 500, 0o755)}) == []
