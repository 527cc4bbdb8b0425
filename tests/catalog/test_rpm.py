"""rpm's database: made by rpm itself, which says what is right, and bent by hand."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import Memory, found, installed, survives, why
from shave.catalog import rpm
from shave.package import Package, Unread

DATABASE = "var/lib/rpm/rpmdb.sqlite"
SPECIFICATION = """
Name: {name}
Version: 1.2
Release: 3
{more}
Summary: x
License: x
BuildArch: noarch
%description
x
%install
mkdir -p %{{buildroot}}/usr/bin %{{buildroot}}/usr/share/{name}
touch %{{buildroot}}/usr/bin/{name} "%{{buildroot}}/usr/share/{name}/a b"
%files
/usr/bin/{name}
/usr/share/{name}
"""
PACKAGES = {
    "alpha": "Epoch: 2\nRequires: beta, /usr/bin/gamma, virtual(x) >= 1, (beta or gamma), nobody",
    "beta": "Provides: virtual(x) = 2",
    "gamma": "",
}


def run(*command: str | Path, root: Path) -> str:
    database = ("--root", root, "--define", "_dbpath /var/lib/rpm", "--define", "_db_backend sqlite")
    done = subprocess.run([*command[:1], *database, *command[1:]], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A root where rpm installed three packages that rpmbuild built."""
    directory = tmp_path_factory.mktemp("rpm")
    for name, more in PACKAGES.items():
        specification = directory / f"{name}.spec"
        specification.write_text(SPECIFICATION.format(name=name, more=more))
        build = ["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {directory}/build", specification]
        subprocess.run(build, check=True, capture_output=True)
    made = directory / "root"
    made.mkdir()
    run("rpm", "-i", "--nodeps", *(directory / "build/RPMS").rglob("*.rpm"), root=made)
    yield made


@pytest.mark.oracle
def test_rpm_says_the_same(root: Path) -> None:
    packages = installed(rpm.packages, root)
    listed = run("rpm", "-qa", "--qf", "%{NAME} %{EVR}\n", root=root).split("\n")
    assert sorted(f"{each.name} {each.version}" for each in packages) == sorted(line for line in listed if line)
    for each in packages:
        files = run("rpm", "-ql", each.name, root=root).splitlines()
        assert each.paths == tuple(sorted(path[1:] for path in files))


@pytest.mark.oracle
def test_needs_lead_to_packages(root: Path) -> None:
    requires = {each.name: each.requires for each in installed(rpm.packages, root)}
    assert requires == {"alpha": ("rpm:beta", "rpm:gamma", "rpm:nobody"), "beta": (), "gamma": ()}


@pytest.mark.oracle
def test_a_damaged_database_says_why(root: Path) -> None:
    data = (root / DATABASE).read_bytes()
    for broken in (data[:5000], data[:100], data[:8192] + bytes(len(data) - 8192), b"x" * 9999, b"\0"):
        assert why(rpm.packages, {f"/{DATABASE}": broken})


@pytest.mark.oracle
def test_changes_that_are_not_in_the_database_yet(root: Path) -> None:
    members = {f"/{DATABASE}": (root / DATABASE).read_bytes(), f"/{DATABASE}-wal": b"x"}
    assert why(rpm.packages, members) == "rpmdb.sqlite-wal holds changes that have not been merged into it"


@pytest.mark.parametrize(("name", "kind"), [("Packages", "Berkeley DB"), ("Packages.db", "rpm's own ndb")])
def test_older_databases_are_not_read(name: str, kind: str) -> None:
    said = found(rpm.packages, {f"/var/lib/rpm/{name}": b"x"})
    assert said == [Unread(f"var/lib/rpm/{name}", f"the database is {kind}, which is not read")]


def test_no_database_no_packages() -> None:
    assert found(rpm.packages, {"/var/lib/rpm/other": b""}) == []


FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS hnum, x'00' AS blob FROM n"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (f"CREATE VIEW Packages AS {FOREVER}", "it has no table of packages"),
        ("CREATE VIRTUAL TABLE Packages USING fts5(hnum, blob)", "it has no table of packages"),
        ("CREATE TABLE Packages (hnum, blob BLOB AS (zeroblob(900000000)))", ""),
        (
            "CREATE TABLE Packages (hnum, blob BLOB AS (zeroblob(8000)))",
            "its headers have more bytes than the database",
        ),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY)", "SQLite cannot read it: no such column: blob"),
        ("CREATE TABLE Other (hnum)", "it has no table of packages"),
    ],
)
def test_a_database_that_would_run_something(statement: str, reason: str) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(statement)
        if statement.startswith("CREATE TABLE Packages"):
            database.execute("INSERT INTO Packages (hnum) VALUES (1), (2)")
        database.commit()
        data = database.serialize()
    assert reason in why(rpm.packages, {f"/{DATABASE}": data})


@given(st.binary(max_size=99) | st.binary(max_size=99).map(lambda data: b"SQLite format 3\0" + data))
def test_no_database_is_too_strange(data: bytes) -> None:
    survives(rpm.packages, DATABASE)(data)


@given(st.data())
@pytest.mark.oracle
def test_a_database_bent_anywhere(root: Path, data: st.DataObject) -> None:
    sound = (root / DATABASE).read_bytes()
    at = data.draw(st.integers(0, len(sound) - 1))
    bent = sound[:at] + data.draw(st.binary(min_size=1, max_size=8)) + sound[at + 8 :]
    for each in rpm.packages(Memory({DATABASE: bent})):
        assert each.why if isinstance(each, Unread) else isinstance(each, Package)
