"""A plugin that alone needs a heavy library: real shared objects, made by a compiler."""

import subprocess
from pathlib import Path

import pytest

import scenes
from shave.package import Package
from shave.scene import Scene
from shave.tightening import heavy_plugins, spared
from shave.widening.units import Units

LIBRARIES, PLUGINS = "usr/lib/x86_64-linux-gnu", "usr/lib/postgresql/15/lib"
SERVER = "usr/lib/postgresql/15/bin/postgres"


def shared_object(place: Path, name: str, *needed: str) -> bytes:
    """A shared object that needs others which were made before."""
    (place / "x.c").write_text("int x;")
    libraries = [f"-l:{each}" for each in needed]
    command = ["gcc", "-shared", "-fPIC", "-Wl,--no-as-needed", f"-Wl,-soname,{name}", f"-L{place}"]
    subprocess.run([*command, "-o", place / name, place / "x.c", *libraries], check=True)
    return (place / name).read_bytes()


@pytest.fixture
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A server with two plugins: one needs a library that needs a heavy one, the other a light one."""
    heavy = shared_object(tmp_path, "libLLVM.so.14") + bytes(200_000)
    (tmp_path / "libLLVM.so.14").write_bytes(heavy)
    made = {
        f"{LIBRARIES}/libLLVM.so.14": heavy,
        f"{LIBRARIES}/libjit.so.1": shared_object(tmp_path, "libjit.so.1", "libLLVM.so.14"),
        f"{LIBRARIES}/liblight.so.1": shared_object(tmp_path, "liblight.so.1"),
        f"{PLUGINS}/llvmjit.so": shared_object(tmp_path, "llvmjit.so", "libjit.so.1"),
        f"{PLUGINS}/pgcrypto.so": shared_object(tmp_path, "pgcrypto.so", "liblight.so.1"),
        SERVER: b"x",
    }
    monkeypatch.setattr(heavy_plugins, "HEAVY_BYTES", 200_000)
    return made


def scene(layer: dict[str, bytes], *used: str) -> Scene:
    package = Package("dpkg", "postgresql-15", "15", (SERVER, f"{PLUGINS}/llvmjit.so", f"{PLUGINS}/pgcrypto.so"))
    return scenes.scene({}, layer, packages=(package,), used=(SERVER, *used))


def test_it_goes_with_its_library_and_the_light_one_stays(layer: dict[str, bytes]) -> None:
    known = scene(layer)
    assert "over 50 MB" in spared(known)(f"{PLUGINS}/llvmjit.so")
    assert set(scenes.widened(known, Units)) == {SERVER, f"{PLUGINS}/pgcrypto.so"}


def test_without_the_rule_it_stays(layer: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heavy_plugins, "HEAVY_BYTES", 1 << 30)
    assert f"{PLUGINS}/llvmjit.so" in scenes.widened(scene(layer), Units)


def test_it_stays_where_a_run_loaded_the_library(layer: dict[str, bytes]) -> None:
    known = scene(layer, f"{LIBRARIES}/libLLVM.so.14")
    assert f"{PLUGINS}/llvmjit.so" in scenes.widened(known, Units)
