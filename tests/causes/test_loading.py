"""What a module of a program that musl loads asks for: musl's loader is the libc, by the names its linkers know."""

import subprocess
from pathlib import Path

import pytest

from causes.test_python import BASE, VERSION
from ondisk import patient
from shave.causes.python import look

LOADER = "/lib/ld-musl-x86_64.so.1"


def linked(path: Path, *options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = "int main(void) { return 0; } void *PyInit_native(void) { return 0; }"
    subprocess.run(["gcc", "-nostdlib", *options, "-o", path, "-xc", "-"], input=source, text=True, check=True)
    return path


@pytest.mark.parametrize(
    ("libc", "causes"),
    [("libc.musl-x86_64.so.1", []), ("libc.so", []), ("libc.so.6", ["python-incompatible"])],
)
def test_the_libc_of_a_module(tmp_path: Path, libc: str, causes: list[str]) -> None:
    library = linked(tmp_path / libc, "-shared", f"-Wl,-soname,{libc}")
    root = tmp_path / "root"
    linked(root / f"usr/bin/python{VERSION}", "-pie", f"-Wl,--dynamic-linker={LOADER},-e,main")
    linked(root / "app/native.so", "-shared", "-Wl,--no-as-needed", str(library))
    (root / "lib").mkdir()
    (root / LOADER[1:]).write_bytes(library.read_bytes())
    mounts = {f"usr/lib/python{VERSION}": BASE / f"lib/python{VERSION}"}
    found = look(patient(root, f"/usr/bin/python{VERSION}", "-c", "import native", mounts=mounts))
    assert [each.cause for each in found] == causes
