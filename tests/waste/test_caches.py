from detected import detected, paths
from shave.testing import Hardlink, Symlink
from shave.waste.caches import find


def test_one_finding_for_each_cache_and_layer() -> None:
    found = detected(
        find,
        {"var/lib/apt/lists/a": b"1", "var/lib/apt/lists/b": b"2", "root/.cache/pip/x": b"3"},
        {"var/lib/apt/lists/c": b"4", "etc/passwd": b""},
    )
    assert [(each.title, each.layers, paths(each)) for each in found] == [
        ("pip cache left in the layer", (0,), {"root/.cache/pip/x"}),
        ("apt lists left in the layer", (0,), {"var/lib/apt/lists/a", "var/lib/apt/lists/b"}),
        ("apt lists left in the layer", (1,), {"var/lib/apt/lists/c"}),
    ]
    assert found[1].detail == "2 files below /var/lib/apt/lists"


def test_what_is_linked_elsewhere_is_no_waste() -> None:
    package, installed = "opt/conda/pkgs/x/lib.so", "opt/conda/lib/lib.so"
    assert detected(find, {package: b"1", installed: Hardlink(package)}) == []
    assert detected(find, {installed: b"1", package: Hardlink(installed)}) == []
    (found,) = detected(find, {package: b"1", "opt/conda/pkgs/x/again": Hardlink(package)})
    assert (paths(found), found.unpacked_bytes) == ({package}, 1)


def test_links_have_no_bytes() -> None:
    assert detected(find, {"root/.cache/pip/x": Symlink("y")}) == []
