"""Directories, small files and symlinks of a spec, where the image has them."""

from pathlib import Path

import pytest

from shave.errors import CannotError, UsageError
from shave.origins.files import places
from shave.spec import NewDirectory, NewFile, NewSymlink, Spec
from shave.stage import Stage, made
from shave.tree import Entry

TIME = 9_000_000_000


@pytest.fixture
def below(tmp_path: Path) -> Stage:
    members = (
        (Entry("bin", "symlink", 0o777, link="usr/bin"), b""),
        (Entry("etc/passwd", "file", size=21), b"app:x:9:8::/:/bin/sh\n"),
        (Entry("lost", "symlink", 0o777, link="nowhere"), b""),
        (Entry("usr/bin/tool", "file", 0o755, size=1), b"t"),
    )
    return Stage((made("dpkg:base", "system", members, tmp_path / "below.tar"),))


def laid(spec: Spec, below: Stage, place: Path) -> Stage:
    return below.over(*places(spec, below, place, TIME))


def test_everything_lands_where_the_image_has_it(below: Stage, tmp_path: Path) -> None:
    spec = Spec(
        directories=(
            NewDirectory("/data/in", "1777", "app"),
            NewDirectory("/bin", "0700"),
            NewDirectory("data", "0750"),
        ),
        files=(NewFile("/etc/app.conf", "x = 1\n", "0640"), NewFile("/bin/script", "#!/bin/sh\n", "0755")),
        symlinks=(NewSymlink("/bin/link", "tool"), NewSymlink("/data/to", "/etc")),
    )
    stage = laid(spec, below, tmp_path)
    assert stage.tree.get("data/in") == Entry("data/in", "directory", 0o1777, 9, 8, TIME)
    assert stage.tree.get("data") == Entry("data", "directory", 0o750, mtime=TIME)
    assert stage.tree.get("usr/bin") == Entry("usr/bin", "directory", 0o700, mtime=TIME)
    assert stage.read("etc/app.conf") == b"x = 1\n" and stage.read("usr/bin/script") == b"#!/bin/sh\n"
    assert stage.tree.resolve("/bin/link").path == "usr/bin/tool"
    assert [stratum.unit for stratum in stage.strata[1:]] == ["spec:directory", "spec:file", "spec:symlink"]
    assert stage.tree.get("bin") == Entry("bin", "symlink", 0o777, link="usr/bin")


def test_a_link_yields_only_if_it_says_so(below: Stage, tmp_path: Path) -> None:
    links = (NewSymlink("/bin/tool", "busybox", yields=True), NewSymlink("/bin/other", "busybox", yields=True))
    stage = laid(Spec(symlinks=links), below, tmp_path)
    assert stage.read("usr/bin/tool") == b"t" and stage.tree.nodes["usr/bin/other"].entry.link == "busybox"
    stage = laid(Spec(symlinks=(NewSymlink("/bin/tool", "busybox"),)), below, tmp_path)
    assert stage.tree.nodes["usr/bin/tool"].entry.link == "busybox"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Spec(directories=(NewDirectory("/usr/bin/tool"),)), "/usr/bin/tool is a file in the image already"),
        (Spec(directories=(NewDirectory("/bin/tool/x"),)), "/usr/bin/tool is a file in the image already"),
        (Spec(files=(NewFile("/usr/bin"),)), "/usr/bin is a directory in the image already"),
        (Spec(symlinks=(NewSymlink("/usr", "x"),)), "/usr is a directory in the image already"),
        (Spec(files=(NewFile("/lost/x"),)), "/lost is a symlink that leads nowhere in the image already"),
        (Spec(files=(NewFile("/x", user="www"),)), "the image has no user 'www'"),
    ],
)
def test_what_stands_in_the_way(spec: Spec, words: str, below: Stage, tmp_path: Path) -> None:
    with pytest.raises(CannotError, match=words):
        places(spec, below, tmp_path, TIME)


@pytest.mark.parametrize("mode", ["", "755x", "-1", "17777", "rwx"])
def test_modes_that_are_none(mode: str, below: Stage, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no mode"):
        places(Spec(files=(NewFile("/x", mode=mode),)), below, tmp_path, TIME)
