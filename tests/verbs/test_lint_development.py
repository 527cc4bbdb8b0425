"""Packages for development, by records as npm and Composer write them."""

import json
from pathlib import Path

import pytest

from shave.catalog.explained import explain
from shave.events import silent
from shave.rules.known import BuiltImage
from shave.store import unpack
from shave.testing import Member, Symlink, image
from shave.verbs.lint_development import is_development_known, only_for_development
from shave.verbs.lint_places import Places

LOCK = {
    "name": "web",
    "lockfileVersion": 3,
    "packages": {
        "node_modules/express": {"version": "5.1.0"},
        "node_modules/fsevents": {"version": "2.3.3", "dev": True, "optional": True},
        "node_modules/jest": {"version": "30.0.0", "dev": True, "bin": {"jest": "bin/jest.js"}},
        "node_modules/shared": {"version": "1.0.0", "devOptional": True},
        "node_modules/shared/node_modules/old": {"version": "1.0.0", "dev": True},
        "packages/tool": {"version": "1.0.0", "dev": True},
    },
}
MODULES: dict[str, Member] = {
    "srv/node_modules/.package-lock.json": json.dumps(LOCK).encode(),
    "srv/node_modules/.bin/jest": Symlink("../jest/index.js"),
    "srv/node_modules/.bin/express": Symlink("../express/index.js"),
    "srv/node_modules/.bin/none": Symlink("../none/x"),
    "srv/node_modules/express/index.js": b"1",
    "srv/node_modules/jest/index.js": b"2",
    "srv/node_modules/jest/lib/x.js": b"3",
    "srv/node_modules/shared/index.js": b"4",
    "srv/node_modules/shared/node_modules/old/index.js": b"5",
    "srv/packages/tool/index.js": b"6",
}
VENDOR: dict[str, Member] = {
    "app/vendor/composer/installed.json": json.dumps(
        {
            "packages": [
                {"name": "one/used", "version": "1", "install-path": "../one/used"},
                {"name": "one/tests", "version": "1", "install-path": "../one/tests", "bin": ["x/tests"]},
                {"name": "../../etc", "version": "1"},
            ],
            "dev": True,
            "dev-package-names": ["one/tests", "../../etc"],
        }
    ).encode(),
    "app/vendor/bin/tests": b"0",
    "app/vendor/bin/used": b"0",
    "app/vendor/one/used/x.php": b"1",
    "app/vendor/one/tests/x.php": b"2",
    "app/vendor/one/testsuite/x.php": b"3",
}


def built(directory: Path, *layers: dict[str, Member]) -> BuiltImage:
    made = image(*layers)
    return BuiltImage(explain(made, silent), {}, unpack=lambda: unpack(made, directory, silent))


def found(about: BuiltImage, layer: int = 1) -> set[str]:
    return {place.path for place in only_for_development(about, layer, Places(about.explained))}


def test_what_npm_says_of_each_package(tmp_path: Path) -> None:
    about = built(tmp_path, {"etc/x": b"1"}, MODULES)
    assert is_development_known(about, (1,))
    assert found(about) == {
        "srv/node_modules/.bin/jest",
        "srv/node_modules/jest/index.js",
        "srv/node_modules/jest/lib/x.js",
        "srv/node_modules/shared/node_modules/old/index.js",
        "srv/packages/tool/index.js",
    }


def test_what_composer_says_of_each_package(tmp_path: Path) -> None:
    assert found(built(tmp_path, {"etc/x": b"1"}, VENDOR)) == {
        "app/vendor/one/tests/x.php",
        "app/vendor/bin/tests",
    }


def test_only_the_layer_that_has_the_record_is_known(tmp_path: Path) -> None:
    about = built(tmp_path, VENDOR, MODULES, {"srv/node_modules/.package-lock.json": b"{}"})
    assert [is_development_known(about, (layer,)) for layer in range(3)] == [True, False, True]
    assert found(about, 1) == found(about, 2) == set()


@pytest.mark.parametrize("text", [b"", b"[]", b"{" * 9000, b'{"packages": {"node_modules/x": {"dev": 7}}}', b"\xff"])
def test_a_broken_record_names_nothing(text: bytes, tmp_path: Path) -> None:
    record = {"srv/node_modules/.package-lock.json": text, "a/vendor/composer/installed.json": text}
    assert found(built(tmp_path, {"etc/x": b"1"}, {**MODULES, **record})) == set()
