"""Budgets judged: what is found, what is blamed, and what is read to know it."""

from collections.abc import Iterator, Mapping
from io import BytesIO

import pytest
from msgspec.structs import replace

from shave import sources
from shave.budgets import Budget, of_growth, of_word
from shave.dive import budgets as of_dive
from shave.errors import UsageError
from shave.events import silent
from shave.image import Image
from shave.reference import parse
from shave.testing import Hardlink, Member, Whiteout, image
from shave.testing.registry import Registry, registry
from shave.verbs.check import MOST_BLAMED, Checked, Judged, check

STATUS = "Package: {0}\nStatus: install ok installed\nArchitecture: all\nVersion: {1}\n\n"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def server() -> Iterator[Registry]:
    with registry() as made:
        yield made


def package(name: str, size: int, version: str = "1") -> dict[str, Member]:
    """A dpkg package with one file of ``size`` bytes."""
    return {
        "var/lib/dpkg/status": STATUS.format(name, version).encode(),
        f"var/lib/dpkg/info/{name}.list": f"/usr/{name}\n".encode(),
        f"usr/{name}": bytes(size),
    }


BASE = package("perl", 9000)
APP: Mapping[str, Member] = {"app/a": b"a" * 5000, "app/b": b"b" * 700, "usr/c": b"c" * 300}
MADE = image(
    BASE, APP, {"app/a": b"A" * 5000, "app/b": Whiteout()}, history=[{"created_by": f"RUN {n}"} for n in "123"]
)


def judged(made: Image, *budgets: str | Budget, against: Image | None = None) -> list[Judged]:
    wanted = [of_word(each) if isinstance(each, str) else each for each in budgets]
    return list(check(made, wanted, against).budgets)


def blamed(each: Judged) -> list[tuple[str, str, int]]:
    return [(found.what, found.detail if found.what == "layer" else found.name, found.bytes) for found in each.blamed]


def test_the_image_as_a_whole() -> None:
    packed = [layer.descriptor.size for layer in MADE.layers]
    unpacked = 9000 + len(STATUS.format("perl", "1")) + len("/usr/perl\n") + 6000 + 5000
    words = ("packed=1", f"unpacked={unpacked}", "content=10kB", "wasted=5kB", "wasted.percent=10%", "layers=2")
    found = judged(MADE, *words)
    assert [each.found for each in found[:4]] == [sum(packed), unpacked, unpacked - 5700, 5700]
    assert (round(found[4].found, 6), found[5].found) == (round(5700 / unpacked, 6), 3)
    assert [each.broken for each in found] == [True, False, True, True, True, True]
    by_size = sorted(zip(packed, ("RUN 1", "RUN 2", "RUN 3"), strict=True), reverse=True)
    assert blamed(found[0]) == blamed(found[5]) == [("layer", made, size) for size, made in by_size]
    assert [each.layer for each in found[0].blamed] == [int(made[-1]) - 1 for _, made in by_size]
    assert blamed(found[1]) == []
    assert blamed(found[2])[:2] == [("unit", "dpkg:perl", 9000), ("path", "app/a", 5000)]
    assert blamed(found[3]) == [("layer", "RUN 3", 5700), ("path", "app/a", 5000), ("path", "app/b", 700)]
    assert [each.detail for each in found[3].blamed] == ["RUN 3", "overwritten by layer 3", "deleted by layer 3"]


def test_each_layer_and_each_unit() -> None:
    layers, units = judged(MADE, "layer.unpacked=6kB", "unit.unpacked=8kB")
    assert (layers.found, [each.layer for each in layers.blamed]) == (layers.blamed[0].bytes, [0])
    assert blamed(units) == [("unit", "dpkg:perl", 9000)]
    assert not any(each.broken for each in judged(MADE, "layer.unpacked=10kB", "unit.unpacked=9kB", "unit.packed=9kB"))


@pytest.mark.parametrize("name", ["dpkg:perl", "perl"])
def test_one_unit(name: str) -> None:
    [found] = judged(MADE, f"unit:{name}.unpacked=8999")
    assert (found.found, blamed(found)) == (9000, [("path", "usr/perl", 9000)])
    assert not judged(MADE, "unit:dpkg:ruby.packed=0")[0].broken


def test_paths_of_a_glob() -> None:
    found = judged(MADE, "path:/app/**.unpacked=1kB", "path:/usr/c.packed=0", "path:/root/.cache/**.unpacked=0")
    assert [each.broken for each in found] == [True, True, False]
    assert blamed(found[0]) == [("path", "app/a", 5000)]
    assert [each.key for each in found] == [
        "path:/app/**.unpacked",
        "path:/usr/c.packed",
        "path:/root/.cache/**.unpacked",
    ]


def test_hard_links_cost_once() -> None:
    made = image({"a/x": b"1" * 1000, "b/y": Hardlink("a/x")}, {"a/x": Whiteout()})
    assert [each.found for each in judged(made, "path:/**.unpacked=0", "content=0")] == [1000, 1000]


def test_as_dive() -> None:
    found = {each.key: each for each in judged(MADE, "efficiency=99.9%", *of_dive("rules: {highestWastedBytes: 1}"))}
    assert found["efficiency"].found == found["lowestEfficiency"].found < 0.9
    assert {key: each.least for key, each in found.items()} == {
        "efficiency": True,
        "lowestEfficiency": True,
        "highestWastedBytes": False,
        "highestUserWastedPercent": False,
    }
    assert all(each.broken and each.blamed for each in found.values())
    clean = image({"a": b"1"})
    assert not any(each.broken for each in judged(clean, "efficiency=100%", *of_dive("rules: {highestWastedBytes: 0}")))


def test_growth() -> None:
    new = image(
        package("perl", 9000),
        {**APP, "app/a": b"a" * 5600, "app/new": b"n" * 60},
        history=[{"created_by": "RUN 1"}, {"created_by": "RUN 2"}],
    )
    old = image(package("perl", 9000), APP, history=[{"created_by": "RUN 1"}, {"created_by": "RUN 2"}])
    budgets = of_growth("unpacked=600"), of_growth("content=1%"), of_growth("unpacked=10%"), of_growth("packed=0")
    bytes_, content, share, packed = judged(new, *budgets, against=old)
    assert (bytes_.found, bytes_.broken, blamed(bytes_)) == (660, True, [("layer", "RUN 2", 660)])
    assert blamed(content) == [("path", "app/a", 600), ("path", "app/new", 60)]
    assert (round(share.found, 3), share.kind, share.broken) == (0.044, "ratio", False)
    assert (packed.found, packed.blamed[0].layer) == (
        sum(a.size - b.size for a, b in zip(new.manifest.layers, old.manifest.layers, strict=True)),
        1,
    )
    assert not any(each.broken for each in judged(old, *budgets, against=new))


def test_units_that_grew() -> None:
    [found] = judged(image(package("perl", 9000, "2")), of_growth("content=0"), against=image(package("perl", 8000)))
    assert blamed(found) == [("unit", "dpkg:perl", 1000)]
    assert found.blamed[0].detail == "1 → 2"


def test_growth_needs_another_image() -> None:
    with pytest.raises(UsageError, match="measured against another image"):
        judged(MADE, of_growth("1%"))


def test_the_most_are_blamed() -> None:
    many = image({f"d/{n}": bytes(n + 1) for n in range(3 * MOST_BLAMED)})
    [found] = judged(many, "path:/d/*.unpacked=0")
    assert [each.bytes for each in found.blamed] == [3 * MOST_BLAMED - n for n in range(MOST_BLAMED)]


def test_a_manifest_is_enough_for_packed_bytes(server: Registry) -> None:
    for made, tag in ((MADE, "new"), (image(BASE), "old")):
        server.put(made, f"app:{tag}")
    new, old = (parse(f"docker://{server.host}/app:{tag}") for tag in ("new", "old"))
    with sources.open_image(new) as one, sources.open_image(old) as two:
        budgets = [of_word(each) for each in ("packed=0", "layers=0", "layer.packed=0")]
        found = check(one, [*budgets, of_growth("1%")], two)
    assert found.broken == 4
    layers = {layer.descriptor.digest for layer in MADE.layers}
    assert not [each for each in server.seen if any(digest in each for digest in layers)]


def test_packed_bytes_of_an_image_without_blobs_are_an_estimate() -> None:
    plain = image(BASE, compression="none")
    [found] = judged(plain, "packed=10")
    assert found.estimated and 10 < found.found < 1000
    assert judged(plain, "unpacked=10")[0].estimated is False


def test_the_answer() -> None:
    found: Checked = check(MADE, [of_word("packed=0"), of_word("layers=3")])
    assert (found.reference, found.digest, found.platform) == (MADE.reference, MADE.manifest_digest, "linux/amd64")
    assert (found.against, found.broken, found.next) == ("", 1, f"shave inspect {MADE.reference}")
    other = replace(MADE, reference="other")
    assert check(MADE, [of_growth("0")], other).next == f"shave inspect {MADE.reference}"
    assert check(MADE, [of_growth("0")], image({})).next.startswith("shave diff testing:image ")


def test_no_layer_is_read_that_no_budget_asks_for() -> None:
    def refuse() -> BytesIO:
        raise AssertionError("a layer was read")

    unreadable = replace(MADE, layers=tuple(replace(layer, open=refuse) for layer in MADE.layers))
    assert check(unreadable, [of_word("packed=1GB"), of_word("layer.packed=1")], sink=silent).broken == 1
    with pytest.raises(AssertionError):
        check(unreadable, [of_word("content=1")])


def test_a_name_that_nothing_has_is_told() -> None:
    found = judged(MADE, "unit:nosuch.packed=1MB", "path:/nowhere/**.packed=1MB", "unit:perl.packed=1MB")
    assert [(each.broken, each.matched) for each in found] == [(False, False), (False, False), (False, True)]


def test_growth_beside_an_estimate_is_that_of_the_layers_that_differ() -> None:
    """An engine has no packed bytes: of what both images have, the other's are taken."""
    layers = {"/a": bytes(range(256)) * 4000}, {"/b": b"b" * 100_000}
    before, after = image(*layers), replace(image(*layers, compression="none"), packed=False)
    (found,) = check(after, [of_growth("1%")], before).budgets
    assert (found.found, found.broken) == (0, False)
