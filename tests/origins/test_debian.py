"""Debian packages on the stage: made up, and Debian's own beside what dpkg-deb unpacks."""

import os
import stat
import subprocess
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest

from debs import archive, control, locked, package
from shave.allowance import BOUND
from shave.debian.merged_usr import ALIASES, merged
from shave.errors import BadImageError, CannotError
from shave.events import silent
from shave.origins import debian
from shave.spec import Spec
from shave.stage import Stage
from shave.testing import Device, Directory, Fifo, File, Hardlink, Member, Symlink, layer_tar
from shave.tree import Tree


def staged(directory: Path, *debs: bytes | Path, spec: Spec = Spec()) -> debian.Debian:  # noqa: B008 # frozen
    paths = [deb if isinstance(deb, Path) else directory / f"{number}.deb" for number, deb in enumerate(debs)]
    for path, deb in zip(paths, debs, strict=True):
        if isinstance(deb, bytes):
            path.write_bytes(deb)
    return debian.strata(*locked(paths), spec, directory, silent)


def test_a_stratum_a_package_in_their_order_with_scripts_and_records(tmp_path: Path) -> None:
    others = {
        "preinst": b"#!/bin/sh\n",
        "triggers": b"interest x\n",
        "postrm": b"#!/bin/sh\n",
        "conffiles": b"/etc/foo\n/etc/gone\n",
    }
    files: dict[str, Member] = {"bin/foo": File(b"12", 0o4755, 3, 42, 5), "etc/foo": b"", "usr/share/man/x": b""}
    made = staged(
        tmp_path,
        package({"usr/bin/bar": b""}, "libbar", Multi_Arch="same", Architecture="amd64"),
        package(files, "foo", others),
    )
    assert [stratum.unit for stratum in made.strata] == ["spec:merged-usr", "dpkg:foo", "dpkg:libbar:amd64"]
    assert {stratum.layer for stratum in made.strata} == {"system"}
    stage = Stage(made.strata)
    entry = stage.tree.get("usr/bin/foo")
    assert entry
    assert (entry.mode, entry.uid, entry.gid) == (0o4755, 3, 42)
    assert stage.read("usr/bin/foo") == b"12"
    assert stage.tree.resolve("/bin/bar").path == "usr/bin/bar"
    assert [(script.unit, script.name) for script in made.scripts] == [
        ("dpkg:foo", "preinst"),
        ("dpkg:foo", "triggers"),
    ]
    assert made.controls["dpkg:libbar:amd64"]["Multi-Arch"] == "same"
    assert made.conffiles == {"dpkg:foo": ("etc/foo",), "dpkg:libbar:amd64": ()}


def test_symlinks_into_usr_for_what_is_there_whoever_ships_them(tmp_path: Path) -> None:
    old = package({"bin/": Directory(), "sbin/": Directory()}, "base-files")
    new = package({"bin": Symlink("usr/bin"), "usr/bin/": Directory()}, "base-files")
    bare = package({"etc/foo": b"", "usr/share/foo": b""})
    shipping = package({"lib64/ld.so": b"", "bin/x": b""}, "libc")
    assert _links(staged(tmp_path, old)) == {"bin": "dpkg:base-files", "sbin": "dpkg:base-files"}
    assert _links(staged(tmp_path, new)) == {"bin": "dpkg:base-files"}
    assert _links(staged(tmp_path, bare)) == {}
    assert _links(staged(tmp_path, shipping)) == {"bin": "spec:merged-usr", "lib64": "spec:merged-usr"}
    assert _links(staged(tmp_path, new, shipping)) == {"bin": "dpkg:base-files", "lib64": "dpkg:base-files"}


def _links(made: debian.Debian) -> dict[str, str]:
    stage = Stage(made.strata)
    found = [name for name in ALIASES if name in stage.tree]
    assert [stage.tree.nodes[name].entry.link for name in found] == [f"usr/{name}" for name in found]
    return {name: stage.origin(name).unit for name in found}


def test_a_package_is_what_was_locked(tmp_path: Path) -> None:
    path = tmp_path / "foo.deb"
    path.write_bytes(package({}))
    (lock,), files = locked([path])
    path.write_bytes(package({}, Version="2"))
    with pytest.raises(CannotError, match="the package file locked as foo 1 all is foo 2 all"):
        debian.strata([lock], files, Spec(), tmp_path, silent)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"dev/null": Device(1, 3)}, "it has the device /dev/null"),
        ({"dev/sda": Device(8, 0, "block")}, "it has the device /dev/sda"),
        ({"etc/.wh.passwd": b""}, "about /etc/passwd it has a file .wh.*, which would mean a deletion in an image"),
        ({"etc/.wh..wh..opq": b""}, "about /etc it has a file .wh.*, which would mean a deletion in an image"),
        ({"a\n/b": b""}, "it has a file 'a\\n/b', whose name has a line break"),
        ({"a": Hardlink("b"), "b": Hardlink("a")}, "its hard link /a leads to /b, which it does not have"),
        ({"a": Hardlink("b"), "b": b""}, "its hard link /a leads to /b, which it does not have"),
        ({"b/": Directory(), "a": Hardlink("b")}, "its hard link /a leads to /b, which it does not have"),
    ],
)
def test_hostile_packages(tmp_path: Path, members: Mapping[str, Member], reason: str) -> None:
    with pytest.raises(BadImageError) as raised:
        staged(tmp_path, package(members))
    assert str(raised.value) == f"the package foo 1 is broken: {reason}"


def test_a_path_that_climbs_out(tmp_path: Path) -> None:
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("./../etc/passwd"))
    parts = [("debian-binary", b"2.0\n"), ("control.tar", layer_tar({"control": control()}))]
    with pytest.raises(BadImageError, match=r"the package foo 1 is broken: .*leads out of the image"):
        staged(tmp_path, archive([*parts, ("data.tar", made.getvalue())]))


def test_a_broken_stream_is_told_once(tmp_path: Path) -> None:
    parts = [
        ("debian-binary", b"2.0\n"),
        ("control.tar", layer_tar({"control": control()})),
        ("data.tar.bz2", b"BZjunk"),
    ]
    with pytest.raises(BadImageError) as raised:
        staged(tmp_path, archive(parts))
    assert str(raised.value) == (
        "the package foo 1 is broken: at offset 0: data.tar.bz2: its stream is broken: Invalid data stream"
    )


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BOUND, "1MB")
    with pytest.raises(
        BadImageError, match=r"^the package foo 1 is broken: at offset 0: .*unpacks to more than 1000000 bytes"
    ):
        staged(tmp_path, package({"zeros": bytes(2 << 20)}, ending=".xz"))


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "foo.deb"
    path.write_bytes(package({"x": bytes(1 << 20)}))
    (tmp_path / "package-0.tar").symlink_to("/dev/full")
    with pytest.raises(CannotError, match="the package foo 1 cannot be unpacked: No space left on device"):
        debian.strata(*locked([path]), Spec(), tmp_path, silent)


def test_pipes_stay(tmp_path: Path) -> None:
    assert Stage(staged(tmp_path, package({"run/pipe": Fifo()})).strata).tree.nodes["run/pipe"].entry.kind == "fifo"


# of bookworm: every kind of file that packages have, and both forms of shipping below / and below /usr
NAMES = (
    *("base-files", "base-passwd", "bash", "dash", "debianutils", "gcc-12-base", "gzip", "hostname"),
    *("init-system-helpers", "iputils-ping", "kmod", "libacl1", "libc-bin", "libc6", "libgcc-s1", "libkmod2"),
    *(
        "libpam-modules",
        "libpam-runtime",
        "libselinux1",
        "libtinfo6",
        "login",
        "mawk",
        "mount",
        "netbase",
        "passwd",
        "perl-base",
    ),
    *("procps", "sed", "tar", "tzdata", "zlib1g"),
)
DIVERTED = ("moreutils", "parallel", "zutils")
"""Beside gzip: by loops, by constants, of /bin and of /usr/bin."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Packages of this machine's archive."""
    directory = tmp_path_factory.mktemp("debs")
    subprocess.run(["apt-get", "-q", "download", *NAMES, *DIVERTED], cwd=directory, check=True, capture_output=True)
    return sorted(directory.glob("*.deb"))


@pytest.mark.network
def test_what_debian_itself_diverts(tmp_path: Path, real: list[Path]) -> None:
    stage = Stage(staged(tmp_path, *real).strata)
    origins = {"parallel": "parallel", "parallel.moreutils": "moreutils", "zcat": "zutils", "zcat.gzip": "gzip"}
    assert {name: stage.origin(f"usr/bin/{name}").unit for name in origins} == {
        name: f"dpkg:{package}" for name, package in origins.items()
    }


@pytest.mark.network
@pytest.mark.oracle
def test_the_tree_is_what_dpkg_deb_unpacks(tmp_path: Path, real: list[Path]) -> None:
    for path in real:
        root = tmp_path / path.stem
        subprocess.run(["dpkg-deb", "-x", path, root], check=True)
        stratum = staged(tmp_path, path, spec=Spec(include=("**",))).strata[-1]
        tree = Stage((stratum,)).tree
        paths = {entry.path for entry in stratum.plain.index.entries} - {""}
        assert {path: _entry(tree, path) for path in paths} == _unpacked(root)


def _entry(tree: Tree, path: str) -> tuple[object, ...]:
    """Kind, mode, owner, size, target, time and other names."""
    node = tree.nodes[path]
    entry, names = node.entry, tree.inodes.get(node.inode, (path,))
    owner = (entry.uid, entry.gid) if os.geteuid() == 0 else ()
    if entry.kind == "directory":
        return "directory", entry.mode, owner
    return entry.kind, entry.mode, owner, entry.size, entry.link, entry.mtime // 1_000_000_000, names


def _unpacked(root: Path) -> dict[str, tuple[object, ...]]:
    names: dict[int, list[str]] = {}
    for path in root.rglob("*"):
        names.setdefault(path.lstat().st_ino, []).append(_place(path, root))
    return {_place(path, root): _said(path, tuple(sorted(names[path.lstat().st_ino]))) for path in root.rglob("*")}


def _place(path: Path, root: Path) -> str:
    return merged(str(path.relative_to(root)) + "/" * path.is_dir()).rstrip("/")


def _said(path: Path, names: tuple[str, ...]) -> tuple[object, ...]:
    said = path.lstat()
    owner = (said.st_uid, said.st_gid) if os.geteuid() == 0 else ()
    mode, time = stat.S_IMODE(said.st_mode), int(said.st_mtime)
    if stat.S_ISDIR(said.st_mode):
        return "directory", mode, owner
    if stat.S_ISLNK(said.st_mode):
        return "symlink", mode, owner, 0, str(path.readlink()), time, names
    return "file", mode, owner, said.st_size, "", time, names


@pytest.mark.network
def test_only_documentation_is_missing_and_every_copyright_is_there(tmp_path: Path, real: list[Path]) -> None:
    whole = Stage(staged(tmp_path, *real, spec=Spec(include=("**",))).strata).tree
    (tmp_path / "less").mkdir()
    less = Stage(staged(tmp_path / "less", *real).strata).tree
    missing = [path for path in whole.nodes if path not in less and whole.nodes[path].entry.kind != "directory"]
    assert {path.split("/")[2] for path in missing} <= {"doc", "doc-base", "man", "info", "locale", "lintian"}
    assert len(missing) > 500
    assert not [path for path in missing if path.endswith("/copyright")]
    assert [name for name in NAMES if not less.resolve(f"usr/share/doc/{name}/copyright").path] == []


@pytest.mark.network
def test_everything_of_base_packages_is_below_usr(tmp_path: Path, real: list[Path]) -> None:
    stage = Stage(staged(tmp_path, *real).strata)
    assert {name: stage.origin(name).unit for name in ("bin", "lib", "lib64", "sbin")} == dict.fromkeys(
        ("bin", "lib", "lib64", "sbin"), "dpkg:base-files"
    )
    assert not [path for path in stage.tree.nodes if path.startswith(("bin/", "lib/", "lib64/", "sbin/"))]
    assert stage.tree.resolve("/bin/sh").path == "usr/bin/dash"
    su = stage.tree.get("usr/bin/passwd")
    assert su and su.mode == 0o4755
