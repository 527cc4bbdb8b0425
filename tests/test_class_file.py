"""What class files need, as javap of this machine says it, and of any bytes without harm."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.class_file import parse

SOURCE = """package a; interface Some { java.sql.Driver[][] drivers(); long BIG = 1L << 40; double PART = 0.1;
    default Object all() { return new java.util.logging.Logger[0]; } }"""
MODULE = "module a { requires java.sql; requires static java.desktop; requires transitive java.xml; exports a; }"


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("classes")
    (made / "Some.java").write_text(SOURCE)
    (made / "module-info.java").write_text(MODULE)
    tool = shutil.which("javac")
    assert tool
    subprocess.run([tool, "--release", "11", "-d", made, made / "Some.java", made / "module-info.java"], check=True)
    return made


def test_the_release_and_the_classes_that_are_named(classes: Path) -> None:
    found = parse((classes / "a/Some.class").read_bytes())
    assert found
    said = subprocess.run(["javap", "-v", classes / "a/Some.class"], check=True, capture_output=True, text=True).stdout
    named = set(re.findall(r"= Class +\S+ +// +(\S+)", said))
    assert set(found.names) == {name.strip('"').lstrip("[").removeprefix("L").rstrip(";") for name in named}
    assert "java/util/logging/Logger" in found.names
    assert (found.release, found.requires) == (11, ())


def test_what_a_module_cannot_do_without(classes: Path) -> None:
    found = parse((classes / "module-info.class").read_bytes())
    assert found
    assert sorted(found.requires) == ["java.base", "java.sql", "java.xml"]


@given(st.data())
def test_a_class_file_that_was_damaged(classes: Path, data: st.DataObject) -> None:
    body = bytearray((classes / data.draw(st.sampled_from(["a/Some.class", "module-info.class"]))).read_bytes())
    for at in data.draw(st.lists(st.integers(8, len(body) - 1), max_size=8)):
        body[at] = data.draw(st.integers(0, 255))
    parse(bytes(body[: data.draw(st.integers(0, len(body)))]))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    parse(b"\xca\xfe\xba\xbe\0\0\0\x3d" + data)
    assert parse(data.lstrip(b"\xca")) is None
