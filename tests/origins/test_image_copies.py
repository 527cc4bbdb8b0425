"""Programs of this machine copied out of an image: with what they need, and never with a second C library."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import shave
from shave.errors import CannotError
from shave.events import silent
from shave.oci import Platform
from shave.origins.copies import Sources, copies, locked_images
from shave.spec import Copy, Spec
from shave.stage import Made, Stage, made
from shave.testing import Directory, File, Hardlink, Member, Symlink, image
from shave.tree import Entry

MACHINE = Platform("amd64", "linux")
LIB = "usr/lib/x86_64-linux-gnu"
C = Callable[[str, str], bytes]


@pytest.fixture
def compiled(tmp_path: Path) -> C:
    """A shared library, or a program, of a C text."""

    def build(text: str, options: str) -> bytes:
        (tmp_path / "text.c").write_text(text)
        command = ["gcc", "-xc", str(tmp_path / "text.c"), "-o", str(tmp_path / "out"), *options.split()]
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
        return (tmp_path / "out").read_bytes()

    return build


def library(compiled: C, versions: str, place: Path) -> bytes:
    """libx.so.1 with these versions of symbols, lowest first."""
    script = place / "map"
    names = versions.split()
    script.write_text("\n".join(f"{name} {{ global: f{number}; }};" for number, name in enumerate(names)))
    text = "".join(f"int f{number}(void) {{ return {number}; }}\n" for number in range(len(names)))
    return compiled(text, f"-shared -fPIC -nostdlib -Wl,-soname,libx.so.1 -Wl,--version-script={script}")


def program(compiled: C, place: Path, version: int) -> bytes:
    """A program that needs libx.so.1 and no C library."""
    (place / "libx.so").write_bytes(library(compiled, "X_1 X_2", place))
    text = f"int f{version}(void); void _start(void) {{ f{version}(); }}"
    return compiled(text, f"-nostdlib -L{place} -lx -Wl,--dynamic-linker=/lib64/ld-linux-x86-64.so.2")


def stage(place: Path, *members: Made) -> Stage:
    return Stage((made("dpkg:base", "system", members, place / "below.tar"),))


def file(path: str, body: bytes) -> Made:
    return Entry(path, "file", 0o755, size=len(body)), body


def laid(members: dict[str, Member], below: Stage, place: Path, *wanted: Copy) -> Stage:
    reference = f"oci:{place}/layout:latest"
    shave.write(image(members), reference)
    found = tuple(Copy(each.path, "", reference, each.paths, each.closure, user=each.user) for each in wanted)
    (place / "work").mkdir()
    return below.over(*copies(Spec(copies=found), Sources(place, MACHINE), below, place / "work", 0, silent))


def test_metadata_and_hard_links_are_the_images(tmp_path: Path) -> None:
    members: dict[str, Member] = {
        "/opt/tool/": Directory(0o750, uid=5, gid=6),
        "/opt/tool/one": File(b"1", 0o4755, 5, 6, 3, {"user.x": b"y"}),
        "/opt/tool/two": Hardlink("/opt/tool/one"),
        "/opt/tool/three": Symlink("one", uid=5),
        "/opt/other": b"",
    }
    found = laid(members, Stage(), tmp_path, Copy("/usr/local", paths=("/opt/t*",))).tree
    one = found.get("usr/local/opt/tool/one")
    assert one and (one.mode, one.uid, one.gid, one.mtime, one.xattrs) == (0o4755, 5, 6, 3, (("user.x", b"y"),))
    assert [*found.inodes.values()] == [("usr/local/opt/tool/one", "usr/local/opt/tool/two")]
    assert found.get("usr/local/opt/tool") == Entry("usr/local/opt/tool", "directory", 0o750, 5, 6)
    assert "usr/local/opt/other" not in found and "usr/local/opt/tool/three" in found


def test_owners_of_the_spec(tmp_path: Path) -> None:
    found = laid({"/a": File(b"1", uid=5)}, Stage(), tmp_path, Copy(paths=("a",), user="7")).tree.get("a")
    assert found and (found.uid, found.gid) == (7, 7)


def test_globs_that_match_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match=r"latest has nothing at /opt/\*"):
        laid({"/a": b""}, Stage(), tmp_path, Copy(paths=("/a", "/opt/*")))


def test_paths_by_symlinked_directories(tmp_path: Path) -> None:
    members: dict[str, Member] = {"/lib": Symlink("usr/lib"), "/usr/lib/a.so": b"a", "/usr/lib/b.so": b"b"}
    found = laid(members, Stage(), tmp_path, Copy(paths=("/lib/a*",))).tree
    assert found.resolve("/lib/a.so").path == "usr/lib/a.so" and "usr/lib/b.so" not in found


def test_what_programs_need_comes_too(compiled: C, tmp_path: Path) -> None:
    members: dict[str, Member] = {
        "/app/run": File(b"#!/usr/bin/prog -x\n", 0o755),
        "/usr/bin/prog": File(program(compiled, tmp_path, 0), 0o755),
        f"/{LIB}/libx.so.1": Symlink("libx.so.1.2"),
        f"/{LIB}/libx.so.1.2": library(compiled, "X_1 X_2", tmp_path),
        f"/{LIB}/liby.so": b"",
        "/lib64/ld-linux-x86-64.so.2": File(b"loader", 0o755),
    }
    found = laid(members, Stage(), tmp_path, Copy(paths=("/app",), closure=True)).tree
    assert {"app/run", "usr/bin/prog", f"{LIB}/libx.so.1.2", "lib64/ld-linux-x86-64.so.2"} <= found.nodes.keys()
    assert found.resolve(f"/{LIB}/libx.so.1").path == f"{LIB}/libx.so.1.2" and f"{LIB}/liby.so" not in found


@pytest.mark.parametrize(("versions", "stays"), [("X_1 X_2", True), ("X_1 X_2 X_3", True), ("X_1", False)])
def test_a_library_that_is_there_stays_if_it_has_all_versions(
    versions: str, stays: bool, compiled: C, tmp_path: Path
) -> None:
    own = library(compiled, versions, tmp_path) + b"\0"
    link = Entry(f"{LIB}/libx.so.1", "symlink", 0o777, link="libx.so.1.9"), b""
    below = stage(tmp_path, (Entry(LIB, "directory"), b""), link, file(f"{LIB}/libx.so.1.9", own))
    members: dict[str, Member] = {
        "/usr/bin/prog": File(program(compiled, tmp_path, 1), 0o755),
        f"/{LIB}/libx.so.1": Symlink("libx.so.1.2"),
        f"/{LIB}/libx.so.1.2": library(compiled, "X_1 X_2", tmp_path),
    }
    found = laid(members, below, tmp_path, Copy(paths=("/usr/bin/*",), closure=True)).tree
    assert found.resolve(f"/{LIB}/libx.so.1").path == f"{LIB}/libx.so.1.{9 if stays else 2}"
    assert (f"{LIB}/libx.so.1.2" in found) != stays


def glibc(compiled: C, place: Path, versions: str) -> bytes:
    """Something called libc.so.6 with these versions."""
    names = versions.split()
    (place / "map").write_text("\n".join(f"{name} {{ global: f{number}; }};" for number, name in enumerate(names)))
    text = "".join(f"int f{number}(void) {{ return {number}; }}\n" for number in range(len(names)))
    return compiled(text, f"-shared -fPIC -nostdlib -Wl,-soname,libc.so.6 -Wl,--version-script={place}/map")


@pytest.mark.parametrize(("calls", "fits"), [(0, True), (1, False)])
def test_one_c_library_serves_all(calls: int, fits: bool, compiled: C, tmp_path: Path) -> None:
    newer = glibc(compiled, tmp_path, "GLIBC_2.36 GLIBC_2.41")
    (tmp_path / "libc.so").write_bytes(newer)
    text = f"int f{calls}(void); void _start(void) {{ f{calls}(); }}"
    members: dict[str, Member] = {
        "/opt/prog": File(compiled(text, f"-nostdlib -L{tmp_path} -lc"), 0o755),
        "/lib64/libc.so.6": File(newer, 0o755),
    }
    below = stage(tmp_path, file(f"{LIB}/libc.so.6", glibc(compiled, tmp_path, "GLIBC_2.36")))
    if fits:
        found = laid(members, below, tmp_path, Copy(paths=("/opt",), closure=True))
        assert "opt/prog" in found.tree and "lib64/libc.so.6" not in found.tree
    else:
        words = r"/opt/prog of .* wants GLIBC_2\.41 of libc\.so\.6, the image's is older"
        with pytest.raises(CannotError, match=words):
            laid(members, below, tmp_path, Copy(paths=("/opt",), closure=True))


def test_a_path_is_relative_to_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "images").mkdir()
    shave.write(image({"/app/run": b"run"}), f"oci:{tmp_path}/images/app:1")
    found = Spec(copies=(Copy("/", image="oci:images/app:1", paths=("/app/**",)),))
    strata = copies(found, Sources(tmp_path, MACHINE), Stage(), tmp_path, 0, silent)
    assert Stage(strata).read("app/run") == b"run"


def test_a_tag_that_moved_is_told(tmp_path: Path) -> None:
    found = Spec(
        copies=(Copy("/", image="oci:app:1", paths=("/app/**",)), Copy("/b", image="oci:app:1", paths=("/app",)))
    )
    shave.write(image({"/app/run": b"run"}), f"oci:{tmp_path}/app:1")
    (locked,) = locked_images(found, Sources(tmp_path, MACHINE), silent)
    sources = Sources(tmp_path, MACHINE, images=(locked,))
    (tmp_path / "one").mkdir()
    assert len(copies(found, sources, Stage(), tmp_path / "one", 0, silent)) == 2
    shave.write(image({"/app/run": b"another"}), f"oci:{tmp_path}/app:1")
    with pytest.raises(CannotError, match="oci:app:1 is not the image that is locked"):
        copies(found, sources, Stage(), tmp_path, 0, silent)


def test_a_directory_is_locked_by_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/run").write_text("run")
    found = Spec(copies=(Copy("/", image="rootfs:root", paths=("/run",)),))
    first = [*locked_images(found, Sources(tmp_path, MACHINE), silent)]
    assert [*locked_images(found, Sources(tmp_path, MACHINE), silent)] == first
    (tmp_path / "root/run").write_text("other")
    assert [*locked_images(found, Sources(tmp_path, MACHINE), silent)] != first
