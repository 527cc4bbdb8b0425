"""Go's build information, as ``go version -m`` reads it and in forms that no Go of today writes."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import found, why
from elves import ADDRESS, HEAD, SEGMENT, program, without_sections
from shave.catalog import go
from shave.errors import BadImageError
from shave.package import Package
from shave.testing import File, Hardlink

MAGIC = b"\xff Go buildinf:"
SENTINEL = bytes(16)
TEXT = (
    "path\texample.com/hello/cmd\nmod\texample.com/hello\tv1.2.0\th1:x=\n"
    "dep\tgolang.org/x/text\tv0.14.0\th1:y=\ndep\texample.com/a\tv1.0.0\n=>\texample.com/b\tv2.0.0\th1:z=\n"
    "build\t-compiler=gc\n"
)


def inline(version: str, text: str) -> bytes:
    """The blob as Go 1.18 and later write it; both strings are long enough for two bytes of length."""
    parts = [version.encode(), SENTINEL + text.encode() + SENTINEL if text else b""]
    return MAGIC + bytes([8, 2]) + bytes(16) + b"".join(varint(len(part)) + part for part in parts)


def varint(number: int) -> bytes:
    return bytes([number & 0x7F | 0x80, number >> 7]) if number >= 0x80 else bytes([number])


def executable(data: bytes) -> File:
    return File(data, 0o755)


HELLO = program({".go.buildinfo": inline("go1.22.3", TEXT)})
MODULES = [
    Package("go", "example.com/hello", "v1.2.0", ("bin/hello",), kind="go1.22.3"),
    Package("go", "golang.org/x/text", "v0.14.0", within="bin/hello"),
    Package("go", "example.com/a", "v2.0.0", source="example.com/b", within="bin/hello"),
]


def test_the_main_module_owns_the_program_and_the_others_are_within() -> None:
    assert found(go.packages, {"/bin/hello": executable(HELLO)}) == MODULES


def test_a_program_of_several_names_is_one() -> None:
    assert found(go.packages, {"/bin/hello": executable(HELLO), "/bin/other": Hardlink("/bin/hello")}) == MODULES


def test_a_program_whose_section_table_was_stripped() -> None:
    assert found(go.packages, {"/bin/hello": executable(without_sections(HELLO))}) == MODULES


def test_a_shared_library_need_not_be_executable() -> None:
    (library, *_) = found(go.packages, {"/usr/lib/libhello.so.1": HELLO})
    assert isinstance(library, Package)
    assert library.paths == ("usr/lib/libhello.so.1",)


@pytest.mark.parametrize(("text", "name"), [("path\tcmd/go\n", "cmd/go"), ("", "tool")])
def test_without_modules_the_main_package_names_it(text: str, name: str) -> None:
    data = program({".go.buildinfo": inline("go1.19.8", text)})
    assert found(go.packages, {"/bin/tool": executable(data)}) == [
        Package("go", name, "", ("bin/tool",), kind="go1.19.8")
    ]


def test_before_118_the_strings_stood_behind_pointers() -> None:
    start = ADDRESS + HEAD + 2 * SEGMENT
    text = SENTINEL + TEXT.encode() + SENTINEL
    headers, strings = start + 32, start + 64
    blob = MAGIC + bytes([8, 0]) + struct.pack("<QQ", headers, headers + 16)
    blob += struct.pack("<QQQQ", strings, 8, strings + 8, len(text)) + b"go1.22.3" + text
    assert found(go.packages, {"/bin/hello": executable(program({".go.buildinfo": blob}))}) == MODULES


@pytest.mark.parametrize("data", [program({".text": b"x"}), program({".go.buildinfo": b"x" * 40}), b"\x7fELF", b""])
def test_what_go_did_not_link(data: bytes) -> None:
    assert found(go.packages, {"/bin/other": executable(data)}) == []


def test_what_is_cut_off_is_said_to_be() -> None:
    data = program({".go.buildinfo": inline("go1.22.3", TEXT)[:-200]})
    assert why(go.packages, {"/bin/hello": executable(data)}) == "its Go build information is cut off"


@given(st.binary(max_size=60), st.integers(0, len(HELLO)))
def test_no_program_is_too_strange(garbage: bytes, at: int) -> None:
    for whole in (HELLO, without_sections(HELLO)):
        data = whole[:at] + garbage + whole[at + len(garbage) :]
        try:
            go.build(lambda offset, length, data=data: data[offset : offset + length])  # type: ignore[misc]
        except BadImageError:
            continue


def said(path: Path) -> tuple[str, str, list[tuple[str, str]]]:
    """Version, main package and modules by ``go version -m``; of replaced ones, which stand before it, the other."""
    first, *lines = subprocess.check_output(["go", "version", "-m", path], text=True).splitlines()
    main, modules = "", []
    for kind, name, *rest in (line.split("\t")[1:] for line in lines if line.count("\t") > 1):
        main = name if kind == "path" else main
        if kind == "=>":
            modules.pop()
        if kind in ("dep", "=>"):
            modules.append((name, rest[0]))
    return first.rpartition(": ")[2], main, modules


def ours(path: Path) -> tuple[str, str, list[tuple[str, str]]]:
    with path.open("rb") as file:
        built = go.build(lambda offset, length: (file.seek(offset), file.read(length))[1])
    assert built is not None, path
    names = [(module.source or module.path, module.version) for module in built.modules]
    return built.go, built.path, names


@pytest.mark.oracle
def test_go_says_the_same_of_the_programs_of_this_machine() -> None:
    programs = [Path(place) for name in ("go", "podman", "skopeo", "umoci", "runc") if (place := shutil.which(name))]
    assert len(programs) == 5
    for path in programs:
        assert ours(path) == said(path)


@pytest.mark.oracle
def test_go_says_the_same_of_a_program_with_modules(tmp_path: Path) -> None:
    module(tmp_path / "dep", "example.com/dep", "package dep\nfunc Print() { print(1) }\n")
    module(
        tmp_path / "main", "example.com/main", 'package main\nimport "example.com/dep"\nfunc main() { dep.Print() }\n'
    )
    with (tmp_path / "main/go.mod").open("a") as file:
        file.write("require example.com/dep v1.4.0\nreplace example.com/dep => ../dep\n")
    subprocess.run(["go", "build", "-o", tmp_path / "out", "-ldflags=-s -w", "."], cwd=tmp_path / "main", check=True)
    assert ours(tmp_path / "out") == said(tmp_path / "out")
    assert ours(tmp_path / "out")[2] == [("../dep", "(devel)")]


def module(directory: Path, name: str, source: str) -> None:
    directory.mkdir()
    directory.joinpath("go.mod").write_text(f"module {name}\n\ngo 1.19\n")
    directory.joinpath("it.go").write_text(source)
