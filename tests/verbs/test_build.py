"""From a lock to an image: packages made up, put together, checked, asked."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

import debs
from shave.errors import CannotError
from shave.events import silent
from shave.lock import Lock, LockedPackage
from shave.oci import Config
from shave.probe import Probe
from shave.runners import choose
from shave.spec import Copy, ImageOptions, Spec, User
from shave.store import unpack
from shave.testing import Directory, File, Member, Symlink
from shave.verbs.build import Built, Wanted, build

BUSYBOX = Path("/bin/busybox").read_bytes()
SECOND = 1_000_000_000
TOOL: dict[str, Member] = {
    "./bin/busybox": File(BUSYBOX, 0o755, mtime=1000 * SECOND),
    "./bin/sh": Symlink("busybox"),
    "./var/lib/tool": Directory(0o750),
    "./usr/share/doc/tool/README": b"read me",
    "./usr/share/doc/tool/copyright": b"free",
}
DATA: dict[str, Member] = {"./etc/tool.conf": File(b"color=blue\n", mtime=2000 * SECOND)}
USER = User("web", 1000)
Make = Callable[..., Built]


def locked(directory: Path, data: bytes, name: str, architecture: str) -> LockedPackage:
    path = directory / f"{name}.deb"
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return LockedPackage(name, "1", architecture, digest, len(data), path.as_uri(), asked=name == "tool")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that goes with the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    script = {"postinst": b"#!/bin/sh\nset -e\nmkdir -p /var/cache/tool\nunheard-of --now\n"}
    tool = debs.package(TOOL, "tool", script, Depends="tool-data", Architecture="amd64")
    data = debs.package(DATA, "tool-data")
    packages = (locked(tmp_path, tool, "tool", "amd64"), locked(tmp_path, data, "tool-data", "all"))
    return Lock("", "test", "amd64", packages=packages)


@pytest.fixture
def make(lock: Lock, tmp_path: Path) -> Make:
    """Builds of the lock, each in a context and a directory of its own."""

    def made(spec: Spec, wanted: Wanted | None = None, *, runs: bool = False, page: str = "hello\n") -> Built:
        place = tmp_path / f"build-{len(list(tmp_path.iterdir()))}"
        context, work = place / "context", place / "work"
        context.mkdir(parents=True)
        work.mkdir()
        (context / "page").write_text(page)
        os.utime(context / "page", (len(str(place)), 12345678))
        runner = choose("auto", Config()) if runs else None
        return build(spec, context, lock, wanted or Wanted(), runner, work, silent)

    return made


SPEC = Spec(
    users=(USER,),
    copies=(Copy("/srv/", source="page"),),
    image=ImageOptions(cmd=("/bin/sh", "-c", "cat /srv/page"), user="web", annotations={"title": "tool"}),
)


def test_what_is_in(make: Make, tmp_path: Path) -> None:
    built = make(SPEC)
    assert (built.outcome, built.names) == ("built", ("system", "application"))
    assert built.image and built.image.config.run.user == "web"
    (tmp_path / "x").mkdir()
    found = unpack(built.image, tmp_path / "x", silent)
    assert {"usr/bin/busybox", "bin", "etc/tool.conf", "srv/page", "var/lib/tool"} <= set(found.tree.nodes)
    assert "var/cache/tool" in found.tree  # its script makes it
    assert "usr/share/doc/tool/copyright" in found.tree and "usr/share/doc/tool/README" not in found.tree
    assert b"web:x:1000:1000" in found.read("etc/passwd")
    assert {package.unit for package in built.catalog.packages} == {"dpkg:tool", "dpkg:tool-data"}
    owned = {path for package in built.catalog.packages for path in package.paths}
    files = {path for path, node in found.tree.nodes.items() if node.entry.kind != "directory"}
    assert files - owned == {"bin", "srv/page", "etc/passwd", "etc/group"}
    assert [remark.text for remark in built.remarks if "unheard-of" in remark.text]


def test_no_time_is_later_than_the_newest_package(make: Make) -> None:
    built = make(SPEC)
    assert built.image and built.image.config.created == "1970-01-01T00:33:20Z"
    assert built.image.manifest.annotations == {
        "org.opencontainers.image.created": "1970-01-01T00:33:20Z",
        "org.opencontainers.image.base.name": "scratch",
        "title": "tool",
    }
    earlier = make(SPEC, Wanted(epoch=1500))
    assert earlier.image and earlier.image.config.created == "1970-01-01T00:25:00Z"


def test_the_same_bytes_anywhere(make: Make) -> None:
    one, two, other = make(SPEC), make(SPEC), make(SPEC, page="bye\n")
    assert one.image and two.image and other.image
    assert one.image.manifest_digest == two.image.manifest_digest
    assert one.image.layers[0].descriptor == other.image.layers[0].descriptor
    assert one.image.layers[1].descriptor != other.image.layers[1].descriptor


def test_one_layer_and_a_manifest(make: Make) -> None:
    built = make(SPEC, Wanted(flatten=True, manifest=True))
    assert built.names == ("all",)
    origins = json.loads(built.stage.read("usr/share/shave/manifest.json"))["origins"]
    reasons = {origin["unit"]: (origin["reason"], origin["paths"]) for origin in origins}
    assert reasons["dpkg:tool-data"] == ("needed by dpkg:tool", ["/etc/tool.conf"])
    assert reasons["copy:page"] == ("asked for by the spec", ["/srv/page"])
    assert reasons["dpkg:tool"][0] == "asked for by the spec or its base"


def test_what_cannot_start_is_refused_and_a_base_is_not(make: Make) -> None:
    absent = make(replace(SPEC, image=ImageOptions(cmd=("/bin/absent",))))
    assert (absent.outcome, absent.image) == ("refused", None)
    assert [each.text for each in absent.diagnoses if each.stops]
    assert make(replace(SPEC, image=ImageOptions())).outcome == "built"


@pytest.mark.root
def test_a_probe_that_fails_refuses(make: Make) -> None:
    good = Probe("good", command=("/bin/sh", "-c", "cat /srv/page"))
    bad = Probe("bad", command=("/bin/sh", "-c", "cat /srv/absent"))
    assert make(replace(SPEC, probes=(good,)), runs=True).outcome == "built"
    built = make(replace(SPEC, probes=(good, bad)), runs=True)
    assert (built.outcome, built.image) == ("refused", None)
    assert [probe.probe for probe in built.probes if probe.failure] == ["bad"]
    assert make(replace(SPEC, probes=(bad,))).outcome == "built"  # nobody asked


def test_a_package_that_is_another_than_was_locked(lock: Lock, tmp_path: Path) -> None:
    other = replace(lock, packages=(replace(lock.packages[0], sha256="0" * 64),))
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(CannotError, match="tool"):
        build(SPEC, tmp_path, other, Wanted(), None, work, silent)
