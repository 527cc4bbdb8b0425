"""Python's records of a result, as pip and importlib.metadata read them."""

import ensurepip
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import Memory
from remains import Result, result
from shave.catalog import catalog
from shave.package import Package
from shave.plan import UnitFate
from shave.pruned import pruned

SITE = "usr/lib/python3/site-packages"
CHECK = """import importlib.metadata as m, sys
for d in sorted(m.distributions(path=[sys.argv[1]]), key=lambda d: d.name):
    print(d.name, d.version, all(f.locate().exists() for f in d.files))
"""


def wheel(directory: Path, name: str, *modules: str, requires: str = "") -> Path:
    """A real wheel; pip writes its RECORD anew."""
    path = directory / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    with ZipFile(path, "w") as archive:
        for module in modules:
            archive.writestr(module, f"# {module}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        listed = [*modules, f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
        archive.writestr(f"{info}/RECORD", "".join(f"{each},,\n" for each in listed))
    return path


@pytest.fixture(scope="module")
def pip() -> list[str]:
    """The pip that comes with Python, run from its wheel."""
    (bundled,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    return [sys.executable, f"{bundled}/pip", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def slimmed(tmp_path_factory: pytest.TempPathFactory, pip: list[str]) -> Result:
    """Three distributions, of which one stays, one without a module, and of one nothing."""
    work = tmp_path_factory.mktemp("python")
    (work / "wheels").mkdir()
    wheels = [
        wheel(work / "wheels", "alpha", "alpha/__init__.py", 'alpha/a,"b.py', "alpha/gone.py", requires="beta"),
        wheel(work / "wheels", "beta", "beta.py"),
        wheel(work / "wheels", "gamma", "gamma.py"),
    ]
    target = work / "installed" / SITE
    subprocess.run([*pip, "install", "-q", "--no-index", "--no-deps", "--target", target, *wheels], check=True)
    return result(work / "installed", work / "result", lambda path: "gone" not in path and "gamma" not in path)


@pytest.mark.oracle
def test_pip_names_what_is_left_and_we_agree(slimmed: Result, pip: list[str]) -> None:
    listed = subprocess.check_output([*pip, "list", "--format=freeze", "--path", slimmed.root / SITE], text=True)
    assert listed.split() == ["alpha==1.0", "beta==1.0"]
    assert slimmed.left == slimmed.found == [("python:alpha", "1.0"), ("python:beta", "1.0")]


@pytest.mark.oracle
def test_what_is_recorded_is_there(slimmed: Result) -> None:
    said = subprocess.check_output([sys.executable, "-c", CHECK, slimmed.root / SITE], text=True)
    assert said == "alpha 1.0 True\nbeta 1.0 True\n"
    assert '"alpha/a,""b.py"' in (slimmed.root / SITE / "alpha-1.0.dist-info/RECORD").read_text()
    assert set(slimmed.replaced) == {f"{SITE}/alpha-1.0.dist-info/RECORD"}


@pytest.mark.oracle
def test_nothing_is_broken(slimmed: Result, pip: list[str]) -> None:
    isolated = ["env", f"PYTHONPATH={slimmed.root / SITE}", pip[0], "-S", *pip[1:], "check"]
    done = subprocess.run(isolated, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "No broken requirements found.\n")


INFO = f"{SITE}/a-1.dist-info"


def replaced(record: bytes, *others: Package) -> dict[str, bytes]:
    files = Memory({f"{INFO}/METADATA": b"Name: a\nVersion: 1\n", f"{INFO}/RECORD": record, f"{SITE}/a.py": b""})
    known = catalog(files)
    units = [UnitFate("", "", "split", 0, 0, 0, 0, 0, 0)] * (len(known.packages) + len(others))
    everything = type(known)((*others, *known.packages))
    return pruned(files, everything, [f"{INFO}/METADATA", f"{INFO}/RECORD"], units)


def test_line_ends_stay() -> None:
    assert replaced(b"a.py,,\r\na-1.dist-info/RECORD,,\r\n") == {f"{INFO}/RECORD": b"a-1.dist-info/RECORD,,\r\n"}


def test_the_list_of_an_egg() -> None:
    egg = f"{SITE}/b.egg-info"
    lists = {f"{egg}/PKG-INFO": b"Name: b\nVersion: 1\n", f"{egg}/installed-files.txt": b"../b.py\n../c.py\nPKG-INFO\n"}
    files = Memory(lists | {f"{SITE}/b.py": b"", f"{SITE}/c.py": b""})
    known = catalog(files)
    units = [UnitFate("", "", "split", 0, 0, 0, 0, 0, 0)]
    kept = [*lists, f"{SITE}/b.py"]
    assert pruned(files, known, kept, units) == {f"{egg}/installed-files.txt": b"../b.py\nPKG-INFO\n"}


def test_a_file_of_the_system_stays_as_its_manager_installed_it() -> None:
    owner = Package("dpkg", "python3-a", "1", (f"{INFO}/RECORD",))
    assert replaced(b"a.py,,\na-1.dist-info/RECORD,,\n", owner) == {}


@given(st.one_of(st.binary(), st.text('a.py,"\r\n/').map(str.encode)))
def test_any_bytes_give_records(data: bytes) -> None:
    assert set(replaced(data)) <= {f"{INFO}/RECORD"}
