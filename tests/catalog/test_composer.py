"""Composer's own list, in both of its layouts."""

import json

from hypothesis import given
from hypothesis import strategies as st

from catalogs import found, survives, why
from shave.catalog import composer
from shave.package import Package
from shave.testing import Member

LOG = {"name": "psr/log", "version": "3.0.0", "require": {"php": ">=8"}, "install-path": "../psr/log"}
MONOLOG = {
    "name": "monolog/monolog",
    "version": "3.5.0",
    "require": {"php": ">=8.1", "ext-json": "*", "psr/log": "^3"},
    "install-path": "../../wp-content/plugins/monolog",
}
META = {"name": "roots/wordpress", "version": "6.4", "install-path": None}


def test_the_second_layout_says_where_a_package_lies() -> None:
    members: dict[str, Member] = {
        "/app/vendor/composer/installed.json": json.dumps({"packages": [LOG, MONOLOG, META], "dev": False}).encode(),
        "/app/vendor/psr/log/src/Log.php": b"",
        "/app/wp-content/plugins/monolog/src/Logger.php": b"",
    }
    log, monolog = "app/vendor/psr/log", "app/wp-content/plugins/monolog"
    assert found(composer.packages, members) == [
        Package("composer", "psr/log", "3.0.0", (log, f"{log}/src", f"{log}/src/Log.php")),
        Package(
            "composer",
            "monolog/monolog",
            "3.5.0",
            (monolog, f"{monolog}/src", f"{monolog}/src/Logger.php"),
            ("composer:psr/log",),
        ),
        Package("composer", "roots/wordpress", "6.4"),
    ]


def test_the_first_layout_is_a_list() -> None:
    members: dict[str, Member] = {
        "/vendor/composer/installed.json": json.dumps([{"name": "psr/log", "version": "1.0"}]).encode(),
        "/vendor/psr/log/Log.php": b"",
    }
    paths = ("vendor/psr/log", "vendor/psr/log/Log.php")
    assert found(composer.packages, members) == [Package("composer", "psr/log", "1.0", paths)]


def test_a_package_that_lies_above_its_vendor_directory_owns_nothing() -> None:
    for place in ("../..", "../../../../../..", "..", ".", "/", "/app", "../../vendor/"):
        said = json.dumps({"packages": [LOG | {"install-path": place}]}).encode()
        expected = [Package("composer", "psr/log", "3.0.0")]
        assert found(composer.packages, {"/app/vendor/composer/installed.json": said}) == expected, place


def test_broken_lists_say_why() -> None:
    for data in (b"", b"{}", b"[1]", b"[" * 100_000, b'{"packages": [{"name": "a/b"}]}'):
        assert why(composer.packages, {"/vendor/composer/installed.json": data})


@given(st.binary(max_size=99) | st.text(max_size=9).map(lambda at: json.dumps([LOG | {"install-path": at}]).encode()))
def test_no_list_is_too_strange(data: bytes) -> None:
    survives(composer.packages, "app/vendor/composer/installed.json")(data)
