"""What a package is there for."""

import pytest

import scenes
from shave.package import Package
from shave.verbs.fates import fates
from shave.widening.matter import Matter

LAYER = dict.fromkeys(
    (
        "usr/bin/a",
        "etc/a.conf",
        "usr/share/doc/a/copyright",
        "usr/share/doc/a/html/index.html",
        "usr/include/a.h",
        "usr/share/lintian/overrides/a",
    ),
    b"x",
) | {"bin": "usr/bin", "usr/bin/link": "a"}


def matter(*paths: str, other: tuple[str, ...] = ()) -> set[str]:
    package = Package("dpkg", "a", "1", paths)
    scene = scenes.scene({}, LAYER, packages=(package, Package("dpkg", "b", "1", other)))
    return set(Matter(scene).of(package))


@pytest.mark.parametrize("path", ["usr/bin/a", "usr/bin/link"])
def test_programs_before_all_else(path: str) -> None:
    assert matter(path, "etc/a.conf", "usr/share/doc/a/copyright", "usr/include/a.h") == {path}


def test_configuration_where_there_is_nothing_else_then_parts_then_nothing() -> None:
    assert matter("etc/a.conf", "usr/include/a.h") == {"etc/a.conf"}
    assert matter("usr/include/a.h", "usr/share/doc/a/copyright") == {"usr/include/a.h"}
    assert matter("usr/share/doc/a/copyright", "usr/share/lintian/overrides/a", "gone", "usr") == set()


def test_a_symlink_that_several_packages_list_is_nobodys() -> None:
    assert matter("bin", "usr/include/a.h", other=("bin",)) == {"usr/include/a.h"}


def test_a_package_without_matter_goes_with_the_first_that_it_is_there_for() -> None:
    packages = (
        Package("dpkg", "a", "1", ("usr/bin/a", "etc/a.conf")),
        Package("dpkg", "meta", "1", ("usr/share/doc/a/copyright",), ("dpkg:a",)),
        Package("dpkg", "meta-of-meta", "1", (), ("dpkg:meta", "dpkg:elsewhere")),
        Package("dpkg", "circle", "1", (), ("dpkg:circle",)),
        Package("go", "module", "1", within="usr/bin/a"),
    )
    scene = scenes.scene({}, LAYER, packages=packages)
    stays = {"usr/bin/a"}
    assert [unit.fate for unit in fates(scene, stays)] == ["split", "split", "whole", "whole", "whole"]
    assert [unit.fate for unit in fates(scene, {"etc/a.conf"})] == ["gone", "gone", "gone", "whole", "gone"]
