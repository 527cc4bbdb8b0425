"""Strata over one another: what is seen, what it is of, and where things go when a directory is a symlink."""

from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.stage import Made, Stage, Stratum, made, units
from shave.tree import Entry


def stratum(place: Path, unit: str, *members: Made) -> Stratum:
    return made(unit, "system", members, place / unit.replace(":", "-"))


def file(path: str, body: bytes) -> Made:
    return Entry(path, "file", size=len(body)), body


def test_the_topmost_is_seen_and_knows_its_origin(tmp_path: Path) -> None:
    below = stratum(tmp_path, "dpkg:one", file("etc/conf", b"package"), file("etc/other", b"other"))
    above = stratum(tmp_path, "copy:conf", file("etc/conf", b"mine"))
    stage = Stage((below,)).over(above)
    assert stage.read("etc/conf") == b"mine" and stage.origin("etc/conf") == stage.strata[1]
    assert stage.read("etc/other", 1, 3) == b"the" and stage.origin("etc/other").unit == "dpkg:one"
    assert units(stage.strata) == ("dpkg:one", "copy:conf")


def test_merged_directories_stay_symlinks(tmp_path: Path) -> None:
    merged = (Entry("lib", "symlink", 0o777, link="usr/lib"), b""), (Entry("usr/lib", "directory", 0o755), b"")
    below = Stage((stratum(tmp_path, "spec:merged-usr", *merged),))
    links = (
        (Entry("lib", "directory"), b""),
        file("lib/a.so", b"elf"),
        (Entry("lib/b.so", "hardlink", link="lib/a.so"), b""),
    )
    stage = below.over(stratum(tmp_path, "copy:lib", *links))
    lib = stage.tree.get("lib")
    assert lib and lib.kind == "symlink"
    assert stage.read("usr/lib/a.so") == b"elf" == stage.read("usr/lib/b.so")
    assert stage.tree.inodes == {(1, "usr/lib/a.so"): ("usr/lib/a.so", "usr/lib/b.so")}


@pytest.mark.parametrize(("name", "hidden"), [("etc/.wh.conf", "etc/conf"), ("etc/.wh..wh..opq", "etc")])
def test_no_name_deletes_others(tmp_path: Path, name: str, hidden: str) -> None:
    with pytest.raises(
        CannotError, match=rf"about /{hidden} spec:file has a file \.wh\.\*, which would mean a deletion"
    ):
        stratum(tmp_path, "spec:file", file(name, b""))


def test_a_disk_that_takes_nothing() -> None:
    with pytest.raises(CannotError, match="the files of spec:user cannot be written: No space left"):
        made("spec:user", "system", (file("etc/passwd", bytes(1 << 20)),), Path("/dev/full"))
