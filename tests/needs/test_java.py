"""The class path of a jar's manifest; the jar tool and a real JVM are the oracles."""

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenes
from shave.needs.java import Java


def jar(class_path: str) -> bytes:
    """A jar whose manifest's lines are as long as the specification lets them be."""
    line = f"Class-Path: {class_path}"
    pieces = [line[:72], *(f" {line[at : at + 71]}" for at in range(72, len(line), 71))]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", "\r\n".join(["Manifest-Version: 1.0", *pieces, "", ""]))
    return stream.getvalue()


def named(data: bytes) -> list[str]:
    files = scenes.Files([{"app/lib/main.jar": data}])
    return [link.target for link in Java(files, {}).links("app/lib/main.jar", data[:256])]


def test_urls_are_relative_to_the_archive() -> None:
    words = [
        "one.jar",
        "../two%20b.jar",
        "/usr/share/java/three.jar",
        "file:/opt/four.jar",
        "classes/",
        "x" * 200 + ".jar",
    ]
    assert named(jar(" ".join(words))) == [
        "app/lib/one.jar",
        "app/two b.jar",
        "usr/share/java/three.jar",
        "opt/four.jar",
        "app/lib/classes",
        f"app/lib/{'x' * 200}.jar",
    ]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", jar("a.jar")[:-9], b"\x00" * 4096])
def test_what_is_no_archive_names_nothing(data: bytes) -> None:
    assert named(data) == []


@given(st.binary(max_size=200), st.integers(0, 200))
def test_broken_archives_raise_nothing(noise: bytes, at: int) -> None:
    whole = jar("a.jar b.jar")
    named(whole[:at] + noise + whole[at + len(noise) :])


def test_a_manifest_that_unpacks_to_a_gigabyte_is_read_in_part() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", b"Class-Path: a.jar\r\n" + b"A: b\r\n" * (8 << 20))
    assert named(stream.getvalue()) == ["app/lib/a.jar"]


def test_what_the_jar_tool_packs_runs_with_what_is_named(tmp_path: Path) -> None:
    (tmp_path / "Main.java").write_text(
        "class Main { public static void main(String[] a) { System.out.print(Word.IT); } }"
    )
    (tmp_path / "Word.java").write_text('class Word { static final String IT = new String("said"); }')
    (tmp_path / "manifest").write_text("Main-Class: Main\nClass-Path: lib/word.jar\n")
    (tmp_path / "lib").mkdir()
    for command in (
        ("javac", "-d", "classes", "Main.java", "Word.java"),
        ("jar", "cfm", "main.jar", "manifest", "-C", "classes", "Main.class"),
        ("jar", "cf", "lib/word.jar", "-C", "classes", "Word.class"),
    ):
        subprocess.run(command, check=True, cwd=tmp_path)
    data = (tmp_path / "main.jar").read_bytes()
    files = scenes.Files([{"main.jar": data}])
    assert [link.target for link in Java(files, {}).links("main.jar", data[:256])] == ["lib/word.jar"]
    run = subprocess.run(("java", "-jar", "main.jar"), check=True, cwd=tmp_path, capture_output=True, text=True)
    assert run.stdout == "said"
