"""Python distributions, as installers write them; importlib.metadata says what is right."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import found, installed, survives, why
from shave.catalog import python
from shave.package import Package
from shave.testing import Member

SITE = "usr/local/lib/python3.11/site-packages"
METADATA = b"""Metadata-Version: 2.1\r
Name: Flask\r
Version: 3.0.0\r
Requires-Dist: Werkzeug>=3\r
Requires-Dist: asgiref>=3.2 ; extra == 'async'\r
Requires-Dist: importlib-metadata>=3.6.0 ; python_version < '3.10'\r
\r
Name: Description
"""
RECORD = b"""../../../bin/flask,sha256=x,208
"flask/a, b.py",,
flask/app.py,sha256=x,1
flask/__pycache__/gone.cpython-311.pyc,,
Flask-3.0.0.dist-info/METADATA,,
Flask-3.0.0.dist-info/RECORD,,
/etc/flask,,
"""
ORACLE = """
import importlib.metadata, json, os, sys
for each in importlib.metadata.distributions(path=[sys.argv[1]]):
    files = [os.path.normpath(each.locate_file(file)) for file in each.files]
    print(json.dumps([each.metadata["Name"], each.version, files]))
"""


def test_a_distribution_with_what_its_record_lists_and_what_was_compiled_of_it() -> None:
    members: dict[str, Member] = {
        f"/{SITE}/Flask-3.0.0.dist-info/METADATA": METADATA,
        f"/{SITE}/Flask-3.0.0.dist-info/RECORD": RECORD,
        f"/{SITE}/flask/app.py": b"",
        f"/{SITE}/flask/__pycache__/app.cpython-311.opt-1.pyc": b"",
        f"/{SITE}/flask/__pycache__/app.more.cpython-311.pyc": b"",
        f"/{SITE}/flask/__pycache__/other.cpython-311.pyc": b"",
        f"/{SITE}/werkzeug-3.dist-info/METADATA": b"Name: werkZeug\nVersion: 3\n",
    }
    paths = (
        "etc/flask",
        "usr/local/bin/flask",
        f"{SITE}/Flask-3.0.0.dist-info/METADATA",
        f"{SITE}/Flask-3.0.0.dist-info/RECORD",
        f"{SITE}/flask/__pycache__/app.cpython-311.opt-1.pyc",
        f"{SITE}/flask/__pycache__/gone.cpython-311.pyc",
        f"{SITE}/flask/a, b.py",
        f"{SITE}/flask/app.py",
    )
    flask, werkzeug = found(python.packages, members)
    assert flask == Package("python", "Flask", "3.0.0", paths, ("python:werkZeug",))
    assert isinstance(werkzeug, Package)
    assert werkzeug.paths == (f"{SITE}/werkzeug-3.dist-info", f"{SITE}/werkzeug-3.dist-info/METADATA")


def test_what_a_distribution_ships_within_itself_is_its_own() -> None:
    members: dict[str, Member] = {
        f"/{SITE}/setuptools-80.dist-info/METADATA": b"Name: setuptools\nVersion: 80\n",
        f"/{SITE}/setuptools-80.dist-info/RECORD": b"setuptools/_vendor/wheel-0.45.dist-info/METADATA,,\n",
        f"/{SITE}/setuptools/_vendor/wheel-0.45.dist-info/METADATA": b"Name: wheel\nVersion: 0.45\n",
    }
    assert [str(each.name) for each in found(python.packages, members) if isinstance(each, Package)] == ["setuptools"]


def test_eggs() -> None:
    members: dict[str, Member] = {
        "/usr/lib/python3/dist-packages/one.egg-info": b"Name: one\nVersion: 1\n",
        "/usr/lib/python3/dist-packages/two-2.egg-info/PKG-INFO": b"Name: two\nVersion: 2\n",
        "/usr/lib/python3/dist-packages/two-2.egg-info/top_level.txt": b"_two\ntwo\n..\n",
        "/usr/lib/python3/dist-packages/_two.py": b"",
        "/usr/lib/python3/dist-packages/two/x.py": b"",
        "/app/three.egg-info/PKG-INFO": b"Name: three\nVersion: 3\n",
        "/app/three.egg-info/installed-files.txt": b"../three/x.py\nPKG-INFO\n",
    }
    site = "usr/lib/python3/dist-packages"
    said = {each.name: each.paths for each in found(python.packages, members) if isinstance(each, Package)}
    assert said["one"] == (f"{site}/one.egg-info",)
    two = {path for path in said["two"] if f"/{path}" in members}
    assert two == {path[1:] for path in members if "two" in path}
    assert said["three"] == ("app/three.egg-info/PKG-INFO", "app/three/x.py")


def test_broken_records_say_why() -> None:
    place = f"/{SITE}/x-1.dist-info"
    for metadata in (b"", b"Name: ../x\nVersion: 1\n", b"\xff\0", b"Name: x\n"):
        assert why(python.packages, {f"{place}/METADATA": metadata})
    long = b'"' + b"x" * 200_000
    assert "RECORD" in why(python.packages, {f"{place}/METADATA": METADATA, f"{place}/RECORD": long})


@given(st.binary(max_size=99) | st.binary(max_size=60).map(lambda data: b"Name: x\nVersion: 1\nRequires-Dist: " + data))
def test_no_record_is_too_strange(data: bytes) -> None:
    place = "lib/python3/site-packages/x-1"
    survives(python.packages, f"{place}.dist-info/METADATA", f"{place}.dist-info/RECORD", f"{place}.egg-info")(data)


@given(st.binary(max_size=99))
def test_no_list_is_too_strange(data: bytes) -> None:
    place = "lib/python3/site-packages/x-1"
    listing = (f"{place}.dist-info/RECORD", f"{place}.egg-info/installed-files.txt", f"{place}.egg-info/top_level.txt")
    survives(python.packages, *listing)(data)


@pytest.mark.network
@pytest.mark.oracle
def test_importlib_says_the_same_of_real_wheels(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path)], check=True)
    pip = [tmp_path / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "flask"]
    subprocess.run(pip, check=True)
    (site,) = (tmp_path / "lib").glob("python*/site-packages")
    asked = subprocess.check_output([sys.executable, "-c", ORACLE, str(site)], text=True)
    listed = [json.loads(line) for line in asked.splitlines()]
    packages = {each.name: each for each in installed(python.packages, tmp_path)}
    assert {name: each.version for name, each in packages.items()} == {name: version for name, version, _ in listed}
    for name, _, files in listed:
        assert {str(Path(file).relative_to(tmp_path)) for file in files} <= set(packages[name].paths), name
    assert "python:Werkzeug" in packages["Flask"].requires
