"""Files of the context in the image: where they go, whose they are, and the same from any checkout."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.events import silent
from shave.oci import Platform
from shave.origins.copies import Sources, copies
from shave.spec import Copy, Spec
from shave.stage import Stage, made
from shave.tree import Entry

TIME = 9_000_000_000
MACHINE = Platform("amd64", "linux")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    place = tmp_path / "context"
    (place / "app/static").mkdir(parents=True)
    (place / "app/main.py").write_text("main")
    (place / "app/static/a.css").write_text("a{}")
    (place / "run.sh").write_text("#!/bin/sh\n")
    (place / "run.sh").chmod(0o755)
    return place


@pytest.fixture
def below(tmp_path: Path) -> Stage:
    members = (
        (Entry("bin", "symlink", 0o777, link="usr/bin"), b""),
        (Entry("etc/passwd", "file", size=20), b"app:x:9:8::/:/bin/sh"),
        (Entry("tmp", "directory", 0o1777), b""),
        (Entry("usr/bin", "directory", 0o755), b""),
    )
    return Stage((made("dpkg:base", "system", members, tmp_path / "below.tar"),))


def laid(context: Path, below: Stage, *wanted: Copy) -> Stage:
    work = context.parent / f"work-{len([*context.parent.iterdir()])}"
    work.mkdir()
    return below.over(*copies(Spec(copies=wanted), Sources(context, MACHINE), below, work, TIME, silent))


def test_directories_and_files_go_where_copy_puts_them(context: Path, below: Stage) -> None:
    stage = laid(
        context,
        below,
        Copy("/srv/app", "app"),
        Copy("/bin/", "run.sh"),
        Copy("/start", "run.sh"),
        Copy("/tmp", "app/static/"),
    )
    assert stage.read("srv/app/static/a.css") == b"a{}" and stage.read("usr/bin/run.sh") == b"#!/bin/sh\n"
    assert stage.tree.get("start") == Entry(
        "start", "file", 0o755, mtime=TIME, size=10, offset=512, digest=stage.tree.nodes["start"].entry.digest
    )
    assert stage.tree.get("srv") == Entry("srv", "directory", 0o755, mtime=TIME)
    assert stage.tree.get("tmp") == Entry("tmp", "directory", 0o1777) and "tmp/a.css" in stage.tree
    assert stage.origin("start").unit == "copy:run.sh" and stage.origin("start").layer == "application"


def test_owners_and_modes_of_the_spec(context: Path, below: Stage) -> None:
    stage = laid(context, below, Copy("/srv", "app", exclude=("*.py",), mode="0600", user="app"))
    entries = {path: (entry.mode, entry.uid, entry.gid) for path in stage.tree.nodes if (entry := stage.tree.get(path))}
    assert entries["srv/static"] == (0o755, 9, 8) and entries["srv/static/a.css"] == (0o600, 9, 8)
    assert "srv/main.py" not in entries


def test_later_copies_see_earlier_ones(context: Path, below: Stage) -> None:
    stage = laid(context, below, Copy("/srv/", "run.sh"), Copy("/srv/run.sh", "app/main.py"))
    assert stage.read("srv/run.sh") == b"main"
    with pytest.raises(
        CannotError, match=r"/srv/run\.sh is a file in the image already: the spec wants a directory there"
    ):
        laid(context, below, Copy("/srv/", "run.sh"), Copy("/srv/run.sh", "app"))


def test_two_checkouts_give_the_same_bytes(context: Path, below: Stage) -> None:
    other = context.parent / "other" / "place"
    shutil.copytree(context, other)
    for number, path in enumerate(sorted(other.rglob("*"))):
        os.utime(path, (number, number))
    (other / "app/main.py").chmod(0o600)
    (other / "app/.git").mkdir()
    digests = {
        hashlib.sha256(laid(place, below, Copy("/", ".")).strata[1].plain.path.read_bytes()).digest()
        for place in (context, other)
    }
    assert len(digests) == 1


def test_a_disk_that_is_full(context: Path, below: Stage, tmp_path: Path) -> None:
    work = tmp_path / "full"
    work.mkdir()
    (work / "copy-0.tar").symlink_to("/dev/full")
    with pytest.raises(CannotError, match=r"the files of copy:\. cannot be written: No space left"):
        copies(Spec(copies=(Copy("/", "."),)), Sources(context, MACHINE), below, work, TIME, silent)
