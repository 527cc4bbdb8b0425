"""What this machine's own Python cannot import is said of it beforehand; and of what it runs nothing is said."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from ondisk import patient
from shave.causes.python import look
from shave.diagnosis import Diagnosis

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
NUMBER = VERSION.replace(".", "")
BASE = Path(sys.base_prefix)
PYTHON = Path(os.path.realpath(BASE / "bin" / f"python{VERSION}"))
LIBRARIES = Path("/usr/lib") / str(sysconfig.get_config_var("MULTIARCH"))
APP = {
    "good.py": "import json\nfrom package import part\nimport tomllib as t, email.mime.text\nprint(part.value)\n",
    "package/__init__.py": "from .part import value\nfrom . import part, other\nother = part if 0 else other\n",
    "package/part.py": "value = 1\n",
    "package/other.py": "try:\n    import nothing\nexcept ImportError:\n    nothing = None\n",
    "package/__main__.py": "",
    "late.py": "def run():\n    import nothing\nif 0:\n    import nothing\n'''\nimport nothing\n'''\n",
    "changed.py": "import sys\nsys.path.insert(0, 'elsewhere')\nimport hidden\n",
    "elsewhere/hidden.py": "",
    "bad.py": "import json\nimport nothing\n",
    "deep.py": "from broken import thing\n",
    "broken/__init__.py": "from .lost import thing\n",
    "tried.py": "try:\n    import nothing\nexcept ImportError as e:\n    raise RuntimeError('no') from e\n",
    "gone.py": "import json; import nothing.at.all\n",
    "listed.py": "from nothing import (  # comment\n    one,\n    two,\n)\n",
    "exits.py": "raise SystemExit\nimport nothing\n",
    "foreign.py": "import native\n",
    "private.py": "import _struct, _nothing\n",
    "native.cpython-30-x86_64-linux-gnu.so": "",
    "plain/module.py": "",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("python")
    for name, text in APP.items():
        path = root / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "app/zipped.py").write_bytes(b"#!/usr/bin/python\nPK\0\0")
    return root


def mounts() -> Mapping[str, Path]:
    """The interpreter and its libraries at the places where they are."""
    library = BASE / "lib" / f"python{VERSION}"
    return {str(path).lstrip("/"): path for path in (PYTHON, library, LIBRARIES, *BASE.glob("lib/libpython*"))}


def said(root: Path, *words: str, env: tuple[str, ...] = ()) -> list[Diagnosis]:
    return list(look(patient(root, str(PYTHON), *words, env=env, mounts=mounts())))


def ran(root: Path, *words: str, env: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:  # never changed
    return subprocess.run([PYTHON, *words], cwd=root / "app", env={**env}, capture_output=True, text=True)


@pytest.mark.parametrize(
    "words",
    ["good.py", "late.py", "changed.py", "exits.py", "-m package", "-um plain.module", "-m json.tool --help", "-V"],
)
def test_of_what_runs_nothing_is_said(root: Path, words: str) -> None:
    done = ran(root, *words.split())
    assert done.returncode == 0 or words == "exits.py", done.stderr
    assert said(root, *words.split()) == []


@pytest.mark.parametrize(
    ("words", "cause", "line"),
    [
        (("bad.py",), "python-module-missing", "No module named 'nothing'"),
        (("deep.py",), "python-module-missing", "No module named 'broken.lost'"),
        (("tried.py",), "python-module-missing", "No module named 'nothing'"),
        (("gone.py",), "python-module-missing", "No module named 'nothing'"),
        (("listed.py",), "python-module-missing", "No module named 'nothing'"),
        (("private.py",), "python-module-missing", "No module named '_nothing'"),
        (("-c", "import nothing"), "python-module-missing", "No module named 'nothing'"),
        (("-m", "nothing"), "python-module-missing", "No module named nothing"),
        (("-m", "package.nothing"), "python-module-missing", "No module named package.nothing"),
        (("-m", "plain"), "python-module-missing", "No module named plain.__main__"),
        (("-I", "-c", "import package"), "python-module-missing", "No module named 'package'"),
        (("-P", "good.py"), "python-module-missing", "No module named 'package'"),
        (("foreign.py",), "python-incompatible", "No module named 'native'"),
    ],
)
def test_what_cannot_be_imported(root: Path, words: tuple[str, ...], cause: str, line: str) -> None:
    assert line in ran(root, *words).stderr
    assert [(each.cause, each.stops) for each in said(root, *words)] == [(cause, True)]


def test_pythonpath_counts_where_it_is_known(root: Path) -> None:
    assert said(root, "-c", "import hidden", env=("PYTHONPATH=elsewhere",)) == []
    assert said(root, "-E", "-c", "import hidden", env=("PYTHONPATH=elsewhere",))
    assert not ran(root, "-c", "import hidden", env={"PYTHONPATH": "elsewhere"}).returncode
    shell = patient(root, "/bin/sh", "-c", f"PYTHONPATH=elsewhere {PYTHON} -c 'import hidden'", mounts=mounts())
    assert list(look(shell)) == []


def test_an_interpreter_without_its_library(root: Path) -> None:
    bare = {name: path for name, path in mounts().items() if not path.is_dir() or path == LIBRARIES}
    (found,) = look(patient(root, str(PYTHON), "-V", mounts=bare))
    assert (found.cause, found.stops) == ("python-module-missing", True)


def test_an_interpreter_without_encodings(root: Path, tmp_path: Path) -> None:
    library = mounts()[f"{BASE}/lib/python{VERSION}".lstrip("/")]
    (tmp_path / "os.py").symlink_to(library / "os.py")
    cut = {**mounts(), f"{BASE}/lib/python{VERSION}".lstrip("/"): tmp_path}
    found = [*look(patient(root, str(PYTHON), "good.py", mounts=cut))]
    assert [(each.cause, each.stops) for each in found] == [("python-module-missing", True)]


WHEELS = {
    f"manylinux2014_x86_64 {NUMBER}": None,
    f"musllinux_1_2_x86_64 {NUMBER}": "python-incompatible",
    "manylinux2014_x86_64 39": "python-incompatible",
}


@pytest.mark.network
def test_wheels_of_one_extension_module(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "pip"], check=True)
    pip = [tmp_path / "pip/bin/pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "ujson==5.10.0"]
    for tags, cause in WHEELS.items():
        place, (platform, version) = tmp_path / tags, tags.split()
        subprocess.run([*pip, "-d", place, "--platform", platform, "--python-version", version], check=True)
        (wheel,) = place.glob("*.whl")
        venv = place / "root/venv"
        zipfile.ZipFile(wheel).extractall(venv / f"lib/python{VERSION}/site-packages")
        (venv / "bin").mkdir()
        (venv / "bin/python").symlink_to(PYTHON)
        (venv / "pyvenv.cfg").write_text(f"home = {PYTHON.parent}\n")
        done = subprocess.run([venv / "bin/python", "-c", "import ujson"], capture_output=True)
        found = look(patient(place / "root", "/venv/bin/python", "-c", "import ujson", mounts=mounts()))
        assert bool(done.returncode) == bool(cause)
        assert [(each.cause, each.stops) for each in found] == ([(cause, True), (cause, False)] if cause else [])


def test_a_library_of_an_extension_module(tmp_path: Path) -> None:
    (tmp_path / "other.c").write_text("int other(void) { return 1; }")
    (tmp_path / "native.c").write_text("int other(void); void *PyInit_native(void) { other(); return 0; }")
    root, library = tmp_path / "root", tmp_path / "libother.so.9"
    (root / "app").mkdir(parents=True)
    shared = ["gcc", "-shared", "-fPIC", "-o"]
    subprocess.run([*shared, library, "-Wl,-soname,libother.so.9", tmp_path / "other.c"], check=True)
    subprocess.run([*shared, root / "app/native.so", tmp_path / "native.c", library], check=True)
    assert "libother.so.9: cannot open shared object file" in ran(root, "-c", "import native").stderr
    (found,) = said(root, "-c", "import native")
    assert (found.cause, found.stops) == ("library-missing", True)
    library.rename(root / "app/libother.so.9")
    (found,) = said(root, "-c", "import native")
    assert (found.cause, found.stops) == ("library-missing", False)
    assert said(root, "-c", "import native", env=("LD_LIBRARY_PATH=/app",)) == []


def test_extension_modules_that_may_be_loaded_later(tmp_path: Path) -> None:
    (tmp_path / "native.c").write_text("")
    library, site = tmp_path / "libother.so.9", tmp_path / f"root/venv/lib/python{VERSION}/site-packages/package"
    site.mkdir(parents=True)
    (site / "__init__.py").touch()
    (tmp_path / "root/venv/pyvenv.cfg").write_text(f"home = {PYTHON.parent}\n")
    (tmp_path / "root/venv/bin").mkdir()
    (tmp_path / "root/venv/bin/python").symlink_to(PYTHON)
    shared = ["gcc", "-shared", "-fPIC", "-Wl,--no-as-needed", "-o"]
    subprocess.run([*shared, library, "-Wl,-soname,libother.so.9", tmp_path / "native.c"], check=True)
    subprocess.run([*shared, site / "native.abi3.so", tmp_path / "native.c", library], check=True)
    words = ("/venv/bin/python", "-c", "import package")
    (found,) = look(patient(tmp_path / "root", *words, mounts=mounts()))
    assert (found.cause, found.stops) == ("library-missing", False)
    assert list(look(patient(tmp_path / "root", "/venv/bin/python", "-c", "pass", mounts=mounts()))) == []
