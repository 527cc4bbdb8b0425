"""dpkg's records, in images made up and on this machine, where dpkg-query says what is right."""

import os
import re
import subprocess
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import Memory, found, why
from shave.catalog import dpkg, packages
from shave.events import silent
from shave.package import Package, Unread
from shave.store import unpack
from shave.testing import Member, Symlink, image
from shave.tree import Entry, Node, Tree, parents

STATUS = """Package: libfoo1
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 1.2-3

Package: dash
Status: install ok installed
Architecture: amd64
Version: 0.5

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: ../../../etc/shadow
Status: install ok installed
Version: 1

Package: unversioned
Status: install ok installed
"""
MEMBERS: dict[str, Member] = {
    "/lib": Symlink("usr/lib"),
    "/usr/lib/libfoo.so.1": b"",
    "/bin/sh": b"",
    "/etc/shadow.list": b"/secret\n",
    "/var/lib/dpkg/status": STATUS.encode(),
    "/var/lib/dpkg/diversions": b"/bin/sh\n/bin/sh.distrib\ndash\n/lib/libfoo.so.1\n/lib/libfoo.old\ndash\n",
    "/var/lib/dpkg/info/libfoo1:amd64.list": b"/.\n/lib\n/lib/libfoo.so.1\n/usr/share/\xff\n",
    "/var/lib/dpkg/info/dash.list": b"/.\n/bin\n/bin/sh\n",
    "/var/lib/dpkg/info/gone.list": b"/etc/gone\n",
}


LIBFOO = ("lib", "usr/lib/libfoo.old", "usr/share/\udcff")


def read(tmp_path: Path, members: dict[str, Member]) -> tuple[Package, ...]:
    return packages(unpack(image(members), tmp_path, silent))


def test_installed_packages_with_real_paths(tmp_path: Path) -> None:
    assert read(tmp_path, MEMBERS) == (
        Package("dpkg", "dash", "0.5", ("bin", "bin/sh"), architecture="amd64"),
        Package("dpkg", "libfoo1:amd64", "1.2-3", LIBFOO, architecture="amd64"),
    )


def test_a_list_is_made_up_from_checksums_if_it_is_missing(tmp_path: Path) -> None:
    members = MEMBERS | {"/var/lib/dpkg/info/dash.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  bin/sh\nodd\n"}
    del members["/var/lib/dpkg/info/dash.list"]
    assert read(tmp_path, members)[0].paths == ("bin/sh",)


def test_distroless_has_a_file_for_each_package(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "/var/lib/dpkg/status.d/tzdata": b"Package: tzdata\nVersion: 2026b\nArchitecture: all\n",
            "/var/lib/dpkg/status.d/tzdata.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  ./usr/share/zoneinfo/UTC\n",
            "/var/lib/dpkg/status.d/base": b"Package: base\nVersion: 1\n",
        },
    )
    tzdata = Package("dpkg", "tzdata", "2026b", ("usr/share/zoneinfo/UTC",), architecture="all")
    assert found == (Package("dpkg", "base", "1"), tzdata)


def test_lists_say_more_than_the_checksums_of_one_paragraph_a_file(tmp_path: Path) -> None:
    """What ``shave build`` writes: no ``status`` at all."""
    members: dict[str, Member] = {
        "/var/lib/dpkg/status.d/foo": b"Package: foo\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n",
        "/var/lib/dpkg/status.d/foo.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/foo\n",
        "/var/lib/dpkg/info/foo.list": b"/.\n/etc\n/etc/foo.conf\n/bin\n/usr/bin/foo\n/usr/bin/fo\n",
        "/var/lib/dpkg/status.d/libbar": b"Package: libbar\nArchitecture: arm64\nVersion: 2\nMulti-Arch: same\n",
        "/var/lib/dpkg/info/libbar:arm64.list": b"/usr/lib/libbar.so.1\n",
        "/usr/bin/foo": b"",
        "/usr/bin/fo": Symlink("foo"),
        "/bin": Symlink("usr/bin"),
        "/etc/foo.conf": b"",
        "/usr/lib/libbar.so.1": b"",
    }
    assert read(tmp_path, members) == (
        Package("dpkg", "foo", "1", ("bin", "etc", "etc/foo.conf", "usr/bin/fo", "usr/bin/foo"), architecture="all"),
        Package("dpkg", "libbar:arm64", "2", ("usr/lib/libbar.so.1",), architecture="arm64"),
    )
    stray = members | {"/var/lib/dpkg/info/gone.list": b"/etc/gone\n"}
    assert why(dpkg.packages, stray) == "it does not name gone, whose files are listed"


def test_what_a_package_needs_and_was_built_from() -> None:
    status = b"""Package: a
Status: install ok installed
Architecture: amd64
Version: 1
Source: b (2)
Pre-Depends: libc6 (>= 2.36)
Depends: c:any, d | e, f [amd64] <!nocheck>, ${g},
"""
    members: dict[str, Member] = {"/var/lib/dpkg/status": status, "/var/lib/dpkg/info/a.list": b"/.\n/bin/a\n"}
    needed = ("dpkg:c", "dpkg:d", "dpkg:f", "dpkg:libc6")
    assert found(dpkg.packages, members) == [Package("dpkg", "a", "1", ("bin/a",), needed, "b", architecture="amd64")]


def test_who_asked_for_it_is_what_apt_wrote_down() -> None:
    states = b"Package: dash\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: libfoo1\nArchitecture: i386\n"
    members = MEMBERS | {"/var/lib/apt/extended_states": states}
    asked = {each.name: each.asked for each in found(dpkg.packages, members) if isinstance(each, Package)}
    assert asked == {"dash": False, "libfoo1:amd64": True}


def test_a_package_without_a_list_is_said_to_have_none() -> None:
    members = {path: member for path, member in MEMBERS.items() if not path.endswith("dash.list")}
    said = found(dpkg.packages, members)
    assert Unread("var/lib/dpkg/info", "it has no list of the files of dash") in said
    assert Package("dpkg", "dash", "0.5", architecture="amd64") in said


@pytest.mark.parametrize("cut", [STATUS[: STATUS.index("Package: dash")], ""])
def test_a_status_that_was_cut_off_names_not_all_whose_files_are_listed(cut: str) -> None:
    members = {path: member for path, member in MEMBERS.items() if path != "/var/lib/dpkg/status"}
    said = why(dpkg.packages, members | ({"/var/lib/dpkg/status": cut.encode()} if cut else {}))
    assert said == f"it does not name dash, gone{'' if cut else ', libfoo1'}, whose files are listed"


def test_a_status_of_something_else() -> None:
    assert found(dpkg.packages, {"/var/lib/dpkg/status": b"\x7fELF"}) == [
        Unread("var/lib/dpkg/status", "it lists no packages")
    ]


def test_nobody_has_a_million_diversions() -> None:
    members: dict[str, Member] = {"/var/lib/dpkg/status": b"", "/var/lib/dpkg/diversions": b"/a\n" * 400_000}
    assert why(dpkg.packages, members) == "it has 1200000 bytes, more than any of its kind"


def test_no_records_no_packages(tmp_path: Path) -> None:
    assert read(tmp_path, {"/bin/sh": b""}) == ()


@given(st.binary(max_size=200), st.binary(max_size=60), st.binary(max_size=60))
def test_no_record_is_too_strange(status: bytes, listed: bytes, diversions: bytes) -> None:
    files = Memory(
        {
            "var/lib/dpkg/status": b"Package: a\nVersion: 1\n" + status,
            "var/lib/dpkg/info/a.list": listed,
            "var/lib/dpkg/diversions": diversions,
        }
    )
    for package in packages(files):
        assert all(path and not path.startswith("/") for path in package.paths)


@pytest.mark.oracle
def test_dpkg_query_says_the_same_of_this_machine() -> None:
    found = {package.name: package for package in packages(_ThisMachine())}
    asked = ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}\t${binary:Package}\t${Version}\n"]
    rows = [line.split("\t") for line in subprocess.check_output(asked, text=True).splitlines()]
    installed = {name: version for status, name, version in rows if status[1] in "iuFWt"}
    assert {name: package.version for name, package in found.items()} == installed
    diverting = [name for name in installed if name.partition(":")[0] in ("dash", "bash", "linux-perf", "libpq-dev")]
    for name in [*diverting, *Random(1).sample(sorted(installed), 60)]:
        assert found[name].paths == _listed(name), name


def _listed(name: str) -> tuple[str, ...]:
    """What ``dpkg-query -L`` prints, diversions applied, directories of the paths resolved."""
    paths: list[str] = []
    for line in subprocess.check_output(["dpkg-query", "-L", name], text=True).splitlines():
        if said := re.fullmatch(r"(?:diverted by \S+|locally diverted) to: (.*)", line):
            paths[-1] = said[1]
        elif line.startswith("/"):
            paths.append(line)
    real = (Path(path).parent.resolve() / Path(path).name for path in paths if path != "/.")
    return tuple(sorted({str(path)[1:] for path in real}))


class _ThisMachine:
    """``Files`` of this machine: dpkg's records, and the directories and symlinks that they name."""

    def __init__(self) -> None:
        records = [path for path in Path("/var/lib/dpkg").rglob("*") if path.is_file()]
        lists = (path.read_text() for path in records if path.suffix in (".list", ""))
        named = {str(Path(line).parent) for text in lists for line in text.splitlines() if line.startswith("/")}
        paths = {path[1:] for name in named for path in (name, *parents(name))} | {str(path)[1:] for path in records}
        paths |= {above for path in paths for above in parents(path)}
        entries = (_entry(path) for path in sorted(paths) if os.path.lexists(f"/{path}"))
        self.tree = Tree({entry.path: Node(entry, 0, (0, entry.path)) for entry in entries})

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        return Path("/", path).read_bytes()


def _entry(path: str) -> Entry:
    found = Path("/", path)
    if found.is_symlink():
        return Entry(path, "symlink", link=str(found.readlink()))
    return Entry(path, "directory" if found.is_dir() else "file")
