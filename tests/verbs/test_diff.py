"""Differences by definition, and against two trees that umoci unpacked."""

import os
import stat
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shave.catalog.explained import explain
from shave.compression import Packing
from shave.events import silent
from shave.image import Image
from shave.reference import parse
from shave.sources import write_image
from shave.testing import Device, Directory, File, Hardlink, Member, Symlink, image, random_image
from shave.verbs.costs import Bytes
from shave.verbs.diff import Diffed, PathChange, diff
from shave.verbs.recompress import recompress


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def compared(one: Image, two: Image, *globs: str) -> Diffed:
    return diff(explain(one, silent), explain(two, silent), globs)


def paths(one: Mapping[str, Member], two: Mapping[str, Member]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {row.path: (row.status, row.fields) for row in compared(image(one), image(two)).paths}


@pytest.mark.parametrize(
    ("one", "two", "found"),
    [
        ({"a": b"1"}, {"a": b"1"}, {}),
        ({}, {"a": b"1"}, {"a": ("added", ())}),
        ({"a": b"1"}, {}, {"a": ("removed", ())}),
        ({"a": b"1"}, {"a": b"2"}, {"a": ("changed", ("content",))}),
        ({"a": b"1"}, {"a": File(b"1", 0o600)}, {"a": ("metadata", ("mode",))}),
        ({"a": b"1"}, {"a": File(b"1", uid=1)}, {"a": ("metadata", ("owner",))}),
        ({"a": b"1"}, {"a": File(b"1", mtime=10**9)}, {"a": ("metadata", ("time",))}),
        ({"a": b"1"}, {"a": File(b"1", xattrs={"user.x": b"1"})}, {"a": ("metadata", ("xattrs",))}),
        ({"a": Symlink("x")}, {"a": Symlink("y")}, {"a": ("metadata", ("link",))}),
        ({"a": b"1"}, {"a": Directory(0o644)}, {"a": ("changed", ("kind",))}),
        ({"a": Device(1, 3)}, {"a": Device(1, 5)}, {"a": ("changed", ("device",))}),
        ({"a": b"1"}, {"a": File(b"2", 0o600, 1)}, {"a": ("changed", ("content", "mode", "owner"))}),
        (
            {"a": b"1", "b": b"1"},
            {"a": b"1", "b": Hardlink("a")},
            {"a": ("metadata", ("link",)), "b": ("metadata", ("link",))},
        ),
        ({"a": b"1", "b": Hardlink("a")}, {"b": b"1", "a": Hardlink("b")}, {}),
        ({}, {"d/a": b"1"}, {"d": ("added", ()), "d/a": ("added", ())}),
    ],
)
def test_paths(
    one: Mapping[str, Member], two: Mapping[str, Member], found: dict[str, tuple[str, tuple[str, ...]]]
) -> None:
    assert paths(one, two) == found


def test_bytes_of_both_sides() -> None:
    found = compared(image({"a": b"1" * 10, "b": b"2" * 7}), image({"a": b"1" * 25, "c": b"3" * 5, "d": Hardlink("c")}))
    rows = {
        row.path: (row.before.unpacked_bytes, row.after.unpacked_bytes, row.growth.unpacked_bytes)
        for row in found.paths
    }
    assert rows == {"a": (10, 25, 15), "b": (7, 0, -7), "c": (0, 5, 5), "d": (0, 0, 0)}
    assert (found.growth.unpacked_bytes, found.before.measures.unpacked_bytes) == (13, 17)


def test_globs_limit_paths_and_nothing_else() -> None:
    one, two = image({}), image({"a/x": b"1", "b/x": b"2"})
    whole, some = compared(one, two), compared(one, two, "/a/**")
    assert [row.path for row in some.paths] == ["a/x"]
    assert (some.layers, some.units, some.growth) == (whole.layers, whole.units, whole.growth)


def test_layers_and_the_pull() -> None:
    base: dict[str, Member] = {"base": b"b" * 5000}
    one = image(base, {"a": b"1"}, history=[{"created_by": "ADD base"}, {"created_by": "COPY a"}])
    two = image(base, {"a": b"2"}, {"c": b"3"}, history=[{"created_by": f"COPY {n}"} for n in "bac"])
    found = compared(one, two)
    rows = [(row.status, row.before, row.after, row.instruction) for row in found.layers]
    assert rows == [
        ("same", 0, 0, "COPY b"),
        ("removed", 1, None, "COPY a"),
        ("added", None, 1, "COPY a"),
        ("added", None, 2, "COPY c"),
    ]
    blobs = sum(layer.descriptor.size for layer in two.layers[1:])
    pulled = blobs + len(two.config_bytes) + len(two.manifest_bytes)
    assert (found.pull.packed_bytes, found.pull.layers, found.pull.of_layers) == (pulled, 2, 3)
    assert compared(two, two).pull.packed_bytes == 0


def test_a_layer_that_comes_twice_is_pulled_once() -> None:
    twice = image({"a": b"1"}, {"b": b"2"}, {"a": b"1"})
    assert compared(image({"c": b"3"}), twice).pull.layers == 2
    assert [row.status for row in compared(twice, image({"a": b"1"})).layers] == ["same", "removed"]


def test_the_same_content_packed_anew_is_pulled(tmp_path: Path) -> None:
    made = image({"a": b"1" * 5000})
    again = recompress(made, Packing("zstd", 3), tmp_path, silent)
    found = compared(made, again)
    assert [row.status for row in found.layers] == ["repacked"]
    assert (found.pull.layers, found.paths, found.units) == (1, (), ())


def test_an_image_without_blobs_is_known_by_content() -> None:
    found = compared(image({"a": b"1"}), image({"a": b"1"}, {"b": b"2" * 9000}, compression="none"))
    assert [row.status for row in found.layers] == ["same", "added"]
    assert (found.pull.layers, found.pull.estimated) == (1, True)


def packages(**versions: str) -> dict[str, Member]:
    """A dpkg database with a file of each package, of which the content is its version without "same"."""
    status = "".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: {version.removeprefix('same')}\n\n"
        for name, version in versions.items()
    )
    made: dict[str, Member] = {"var/lib/dpkg/status": status.encode()}
    for name, version in versions.items():
        made[f"var/lib/dpkg/info/{name}.list"] = f"/usr/{name}\n".encode()
        made[f"usr/{name}"] = version.encode()
    return made


def test_units() -> None:
    one = image(packages(kept="1", gone="1", newer="1", patched="1"))
    two = image(packages(kept="1", come="22", newer="1.2", patched="same1"))
    found = {row.unit: row for row in compared(one, two).units}
    assert {unit: row.status for unit, row in found.items()} == {
        "": "content",
        "dpkg:gone": "removed",
        "dpkg:come": "added",
        "dpkg:newer": "version",
        "dpkg:patched": "content",
    }
    newer = found["dpkg:newer"]
    assert (newer.versions_before, newer.versions_after) == (("1",), ("1.2",))
    assert (newer.before.unpacked_bytes, newer.after.unpacked_bytes, newer.growth.unpacked_bytes) == (1, 3, 2)
    assert found["dpkg:come"].before == Bytes()


def test_what_is_only_touched_is_no_other_content() -> None:
    touched = {path: File(data, mtime=10**9) for path, data in packages(one="1").items() if isinstance(data, bytes)}
    assert compared(image(packages(one="1")), image(touched)).units == ()


@settings(max_examples=25)
@given(st.integers(0, 50), st.integers(0, 50))
def test_sums_agree(first: int, second: int) -> None:
    one, two = random_image(first), random_image(second)
    found = compared(one, two)
    content = found.after.measures.content_bytes - found.before.measures.content_bytes
    assert sum(row.growth.unpacked_bytes for row in found.paths) == content
    assert sum(row.growth.unpacked_bytes for row in found.units) == content
    back = compared(two, one)
    swapped = {"added": "removed", "removed": "added"}
    assert [(row.path, swapped.get(row.status, row.status)) for row in back.paths] == [
        (row.path, row.status) for row in found.paths
    ]


def test_two_platforms_of_one_machine_are_compared_as_they_are() -> None:
    found = compared(image({"a": b"1"}), image({"a": b"1"}, architecture="arm64"))
    assert (found.before.platform, found.after.platform, found.paths) == ("linux/amd64", "linux/arm64", ())
    assert (found.pull.layers, found.pull.packed_bytes > 0) == (0, True)


Seen = dict[str, dict[str, Any]]


def walked(root: Path) -> Seen:
    """What is below a directory, by path, as the kernel says it."""
    found: Seen = {}
    names: defaultdict[int, set[str]] = defaultdict(set)
    for directory, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(directory, name)
            place, status = str(path.relative_to(root)), path.lstat()
            kind = stat.S_IFMT(status.st_mode)
            if kind != stat.S_IFDIR:
                names[status.st_ino].add(place)
            found[place] = {
                "kind": kind,
                "content": path.read_bytes() if kind == stat.S_IFREG else b"",
                "mode": stat.S_IMODE(status.st_mode),
                "owner": (status.st_uid, status.st_gid),
                "time": status.st_mtime_ns,
                "target": str(path.readlink()) if kind == stat.S_IFLNK else "",
                "inode": status.st_ino,
                "xattrs": {
                    each: os.getxattr(path, each, follow_symlinks=False)
                    for each in sorted(os.listxattr(path, follow_symlinks=False))
                },
            }
    for each in found.values():
        each["link"] = each.pop("target"), frozenset(names.get(each.pop("inode"), ()))
    return found


def by_walking(one: Seen, two: Seen) -> dict[str, tuple[str, frozenset[str]]]:
    """The differences of two walks in shave's words."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for path in one.keys() | two.keys():
        if not (path in one and path in two):
            found[path] = "added" if path in two else "removed", frozenset()
            continue
        fields = {field for field in one[path] if one[path][field] != two[path][field]}
        if "kind" in fields:
            fields.discard("content")
        if fields:
            found[path] = "changed" if fields & {"kind", "content"} else "metadata", frozenset(fields)
    return found


def unpacked(made: Image, directory: Path) -> Seen:
    """What umoci makes of an image."""
    write_image(made, parse(f"oci:{directory}/layout:x"))
    command = ["umoci", "raw", "unpack", "--image", f"{directory}/layout:x", str(directory / "root")]
    subprocess.run(command, check=True, capture_output=True)
    return walked(directory / "root")


def said(row: PathChange) -> tuple[str, frozenset[str]]:
    return row.status, frozenset(row.fields)


@pytest.mark.oracle
@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="owners need root")
@pytest.mark.parametrize(("seed", "other", "layers"), [(1, 1, 4), (2, 2, 5), (3, 4, 3), (5, 6, 2)])
def test_as_two_trees_of_umoci_differ(seed: int, other: int, layers: int, tmp_path: Path) -> None:
    made = random_image(seed), random_image(other, layers)
    places = tmp_path / "one", tmp_path / "two"
    expected = by_walking(*(unpacked(each, place) for each, place in zip(made, places, strict=True)))
    found = {row.path: said(row) for row in compared(*made).paths}
    assert len(expected) > 20
    assert found == expected


def test_an_estimate_gives_way_to_what_the_other_image_says() -> None:
    layers = {"/a": bytes(range(256)) * 4000}, {"/b": b"b" * 100_000}
    packed, plain = image(*layers), replace(image(*layers, compression="none"), packed=False)
    for found in (
        diff(explain(packed, silent), explain(plain, silent)),
        diff(explain(plain, silent), explain(packed, silent)),
    ):
        assert abs(found.growth.packed_bytes) <= 1
