"""Lost bodies against a file system that is a dictionary, and against what umoci unpacks."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.catalog.explained import Explained, explain
from shave.events import silent
from shave.image import Image
from shave.reference import parse
from shave.sources import write_image
from shave.testing import Directory, File, Hardlink, Member, Opaque, Symlink, Whiteout, image, random_image
from shave.tree import Entry
from shave.waste.lost import Lost, losses, wasted


def explained(*layers: Mapping[str, Member]) -> Explained:
    return explain(image(*layers), silent)


def found(*layers: Mapping[str, Member]) -> list[tuple[str, int, int, str, tuple[str, ...]]]:
    return [
        (each.place.path, each.place.layer, each.culprit, each.how, each.changed)
        for each in losses(explained(*layers).survey)
    ]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param(({"a": b"1"}, {"b": b"2"}), [], id="nothing is lost"),
        pytest.param(({"a": b""}, {"a": Whiteout()}), [], id="nothing to lose"),
        pytest.param(({"a": b"1"}, {"a": b"2"}), [("a", 0, 1, "overwritten", ())], id="overwritten"),
        pytest.param(
            ({"a": b"1"}, {"a": b"2"}, {"a": b"3"}),
            [("a", 0, 1, "overwritten", ()), ("a", 1, 2, "overwritten", ())],
            id="of three copies two",
        ),
        pytest.param(
            ({"a": b"1"}, {"a": b"2"}, {"a": Whiteout()}),
            [("a", 0, 1, "overwritten", ()), ("a", 1, 2, "deleted", ())],
            id="of two copies both",
        ),
        pytest.param(({"a": b"1"}, {"a": File(b"1", uid=5)}), [("a", 0, 1, "rewritten", ("owner",))], id="chown"),
        pytest.param(({"a": b"1"}, {"a": File(b"1", gid=5)}), [("a", 0, 1, "rewritten", ("owner",))], id="chgrp"),
        pytest.param(
            ({"a": b"1"}, {"a": File(b"1", mode=0o755, mtime=9)}),
            [("a", 0, 1, "rewritten", ("mode", "time"))],
            id="chmod",
        ),
        pytest.param(({"a": b"1"}, {"a": b"1"}), [("a", 0, 1, "rewritten", ())], id="once more"),
        pytest.param(
            ({"a": b"1"}, {"a": File(b"1", xattrs={"user.x": b""})}),
            [("a", 0, 1, "rewritten", ("attributes",))],
            id="setcap",
        ),
        pytest.param(({"d/e/a": b"1"}, {"d": Whiteout()}), [("d/e/a", 0, 1, "deleted", ())], id="rm -r"),
        pytest.param(
            ({"d/a": b"1", "d/b": b"2"}, {"d": Opaque(), "d/b": b"2"}),
            [("d/a", 0, 1, "hidden", ()), ("d/b", 0, 1, "rewritten", ())],
            id="opaque",
        ),
        pytest.param(({"a": b"1"}, {"": Opaque()}), [("a", 0, 1, "hidden", ())], id="opaque root"),
        pytest.param(({"a": b"1"}, {"a/": Directory()}), [("a", 0, 1, "overwritten", ())], id="a directory for a file"),
        pytest.param(({"a": b"1"}, {"a/b": b""}), [("a", 0, 1, "overwritten", ())], id="an implied directory"),
        pytest.param(({"a": b"1"}, {"a": Symlink("b")}), [("a", 0, 1, "overwritten", ())], id="a symlink for a file"),
        pytest.param(({"d/a": b"1"}, {"d": Symlink("b")}), [("d/a", 0, 1, "overwritten", ())], id="and for its parent"),
        pytest.param(({"a": b"1", "./a": b"2"},), [("a", 0, 0, "overwritten", ())], id="twice in one layer"),
        pytest.param(
            ({"a": b"1", "./a": b"2"}, {"a": Whiteout()}),
            [("a", 0, 0, "overwritten", ()), ("a", 0, 1, "deleted", ())],
            id="twice in one layer and deleted",
        ),
        pytest.param(
            ({"a": b"1", "./a": Symlink("b")}, {"a": Whiteout()}), [("a", 0, 0, "overwritten", ())], id="once a symlink"
        ),
        pytest.param(({"d/": Directory(), "d/a": b"1"}, {"d/": Directory(0o700)}), [], id="chmod of a directory"),
        pytest.param(({"a": b"1", "b": Hardlink("a")}, {"a": Whiteout()}), [], id="another name is left"),
        pytest.param(
            ({"a": b"1", "b": Hardlink("a")}, {"a": Whiteout()}, {"b": Whiteout()}),
            [("a", 0, 2, "deleted", ())],
            id="the last name is deleted",
        ),
        pytest.param(
            ({"a": b"1", "b": Hardlink("a"), "c": Hardlink("b")}, {"b": b"2"}, {"a": Whiteout()}, {"c": b"3"}),
            [("a", 0, 3, "overwritten", ())],
            id="the last of three names",
        ),
        pytest.param(({"a": b"1"}, {"b": Hardlink("a")}, {"a": Whiteout()}), [], id="a link from above"),
        pytest.param(
            ({"a": b"1"}, {"b": Hardlink("a")}, {"a": Whiteout()}, {"b": Whiteout()}),
            [("a", 0, 3, "deleted", ())],
            id="a link from above is deleted",
        ),
        pytest.param(({"b": b"1"}, {"a": b"2", "b": Hardlink("a")}), [("b", 0, 1, "overwritten", ())], id="by a link"),
        pytest.param(({"l": Symlink("a")}, {"l": Symlink("b")}), [], id="a link retargeted costs nothing"),
        pytest.param(
            ({"d/a": b"1"}, {"d": Whiteout()}, {"d/a": b"1"}), [("d/a", 0, 1, "deleted", ())], id="deleted, then again"
        ),
        pytest.param(
            ({"d/a": b"1"}, {"d": Whiteout(), "./d/a": b"2"}), [("d/a", 0, 1, "overwritten", ())], id="and in one layer"
        ),
    ],
)
def test_what_is_lost_and_to_whom(
    layers: tuple[dict[str, Member], ...], expected: list[tuple[str, int, int, str, tuple[str, ...]]]
) -> None:
    assert found(*layers) == expected


NAMES = st.sampled_from(("a", "b", "c"))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
MEMBERS: st.SearchStrategy[Member] = st.one_of(
    st.binary(min_size=1, max_size=3),
    st.builds(Directory),
    st.builds(Symlink, st.just("nowhere")),
    st.builds(Whiteout),
    st.builds(Opaque),
)
LAYERS = st.lists(st.dictionaries(PATHS, MEMBERS, max_size=4), min_size=1, max_size=4)


def visible(layers: list[dict[str, Member]]) -> dict[str, tuple[Member, int]]:
    """What a container sees: each path, what is there and the layer that it is from."""
    root: dict[str, tuple[Member, int]] = {}
    for number, layer in enumerate(layers):
        for path, member in layer.items():
            if isinstance(member, Whiteout | Opaque):
                for other in [each for each in root if each.startswith(f"{path}/")]:
                    del root[other]
            if isinstance(member, Whiteout):
                root.pop(path, None)
        for path, member in layer.items():
            if isinstance(member, Whiteout | Opaque):
                continue
            parts = path.split("/")
            for parent in ("/".join(parts[:end]) for end in range(1, len(parts))):
                if not isinstance(root.get(parent, (b"", 0))[0], Directory):
                    root[parent] = Directory(), number
            if not isinstance(member, Directory):
                for other in [each for each in root if each.startswith(f"{path}/")]:
                    del root[other]
            root[path] = member, number
    return root


def consistent(layer: Mapping[str, Member]) -> bool:
    """Whether nothing stands below a file of the same layer: engines refuse that, or follow symlinks."""
    real = {path: member for path, member in layer.items() if not isinstance(member, Whiteout | Opaque)}
    return all(isinstance(real[above], Directory) for path in real for above in real if path.startswith(f"{above}/"))


@given(LAYERS.filter(lambda layers: all(consistent(layer) for layer in layers)))
def test_as_in_a_file_system_that_is_a_dictionary(layers: list[dict[str, Member]]) -> None:
    survey = explained(*layers).survey
    everything = [(number, path, member) for number, layer in enumerate(layers) for path, member in layer.items()]
    bodies = {(number, path): member for number, path, member in everything if isinstance(member, bytes)}
    seen = {(number, path) for path, (member, number) in visible(layers).items() if isinstance(member, bytes)}
    gone = list(losses(survey))
    assert {(each.place.layer, each.place.path) for each in gone} == bodies.keys() - seen
    waste = wasted(survey)
    assert waste.unpacked_bytes == sum(len(bodies[key]) for key in bodies.keys() - seen)
    assert (waste.places, waste.packed_bytes) == (len(gone), round(sum(each.place.packed_bytes for each in gone)))
    for each in gone:
        check_culprit(layers, each)


def check_culprit(layers: list[dict[str, Member]], each: Lost) -> None:
    """The body is seen as long as the layers below the culprit are all there is, and no longer with it."""
    own = layers[each.place.layer][each.place.path]
    assert visible(layers[: each.culprit])[each.place.path] == (own, each.place.layer)
    after = visible(layers[: each.culprit + 1]).get(each.place.path)
    assert after is None or after[1] == each.culprit
    assert (each.how in ("overwritten", "rewritten")) == (
        after is not None or any(isinstance(what, bytes | Symlink) for what in above(layers, each))
    )
    assert (each.how == "rewritten") == (after is not None and after[0] == own)


def above(layers: list[dict[str, Member]], each: Lost) -> list[Member]:
    culprit = layers[each.culprit]
    return [what for path, what in culprit.items() if each.place.path.startswith(f"{path}/")]


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(6))
def test_what_umoci_unpacks_is_not_lost(seed: int, tmp_path: Path) -> None:
    made = random_image(seed)
    survey = explain(made, silent).survey
    unpacked = tree_bytes(made, tmp_path)
    assert sum(layer_bytes(survey.layers[n].index.entries) for n in range(len(survey.layers))) == (
        unpacked + wasted(survey).unpacked_bytes
    )


def layer_bytes(entries: Iterable[Entry]) -> int:
    return sum(entry.size for entry in entries if entry.kind == "file")


def tree_bytes(made: Image, directory: Path) -> int:
    """Bytes of the files that umoci unpacks, hard links once."""
    write_image(made, parse(f"oci:{directory}/layout:x"), silent)
    command = ["umoci", "unpack", "--rootless", "--image", f"{directory}/layout:x", directory / "bundle"]
    subprocess.run(command, check=True, capture_output=True)
    found = {}
    for path in (directory / "bundle/rootfs").rglob("*"):
        status = path.lstat()
        if path.is_file() and not path.is_symlink():
            found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())


def test_a_path_that_is_there_very_often() -> None:
    """No more work than there are entries: ten thousand squared would never end."""
    many = 10_000
    again: dict[str, Member] = {
        f"{'./' * (n % 100)}{'a' if n % 2 else 'b'}/.{'/.' * (n // 100)}": b"1" for n in range(many)
    }
    links: dict[str, Member] = {"z": b"2", **{f"l/{n}": Hardlink("z") for n in range(many)}}
    gone = list(losses(explained({**again, **links}, {"l": Whiteout(), "z": Whiteout()}).survey))
    assert len(gone) == many - 2 + 1
    assert {each.culprit for each in gone} == {0, 1}
