"""A small image broken in every way that it has something for: what bench/mutations.py measures on hundreds."""

import random
from pathlib import Path
from typing import Any

import pytest

from mutants import Bed, Mutant, mutated
from mutations import WAYS, Judged, Measured, missed, report
from shave.causes import diagnose
from shave.events import silent
from shave.probe import RunOptions
from shave.probes.session import start_of
from shave.runners import choose
from shave.store import unpack
from shave.testing import Directory, File, Symlink, image

TREE: dict[str, Any] = {
    "/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755),
    "/bin/sh": Symlink("busybox"),
    "/app": Directory(uid=7, gid=7),
    "/app/start.sh": File(b"#!/bin/sh\necho works\n", 0o755),
    "/etc/passwd": b"root:x:0:0:root:/:/bin/sh\napp:x:7:7::/app:/bin/sh\n",
    "/etc/group": b"root:x:0:\n",
    "/tmp": Directory(mode=0o1777),
}
CONFIG = {"Cmd": ["/app/start.sh"], "User": "app", "WorkingDir": "/app"}


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    (tmp_path / "image").mkdir()
    return Bed("small", unpack(image(TREE, config=CONFIG), tmp_path / "image", silent), random.Random(7), tmp_path)


def test_each_mutant_is_told_by_its_cause(bed: Bed, tmp_path: Path) -> None:
    assert diagnose(bed.unpacked, bed.config) == ()
    found = [mutant for way in WAYS for mutant in way(bed)]
    assert len(found) > 15
    for mutant in found:
        broken = mutated(bed, mutant, tmp_path)
        assert {each.cause for each in diagnose(broken, broken.image.config)[:1]} & {*mutant.expected}, mutant


@pytest.mark.root
def test_a_mutant_is_what_runs(bed: Bed, tmp_path: Path) -> None:
    mutant = Mutant("x", ("exits-nonzero",), "x", ("etc",), (("app/start.sh", b"#!/bin/sh\nls /etc\n", 0o755),))
    broken = mutated(bed, mutant, tmp_path)
    (tmp_path / "prepared").mkdir()
    config = bed.configured(user="")
    with (
        choose("auto", config).prepare(broken, config, tmp_path / "prepared", silent) as prepared,
        prepared.start(start_of(config, RunOptions())) as container,
    ):
        assert container.wait(10) == 0
        assert container.logs() == (b"hostname\nhosts\nmtab\nresolv.conf\n", b"")


def test_the_table_has_every_miss() -> None:
    right = Judged("small", Mutant("loader", ("loader-missing",), "x"), "loader-missing", ran="loader-missing")
    wrong = Judged("small", Mutant("loader", ("loader-missing",), "y"), "library-missing", "no libc", "works")
    measured = Measured((right, wrong), 1, (("whole", "no shell"),))
    assert "| loader | loader-missing | 2 | 1 | 1 of 2 |" in report(measured)
    assert "MISS small, loader (y): library-missing: no libc" in report(measured)
    assert missed(measured)[-1] == "doctor: whole is whole, and it says: no shell"
