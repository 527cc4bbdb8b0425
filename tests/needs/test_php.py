"""Files that PHP code includes, and extensions that its configuration loads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenes
from shave.needs.php import Php

EXTENSIONS, OFFICIAL = "usr/lib/php/20220829", "usr/local/lib/php/extensions/no-debug-non-zts-20230831"
LAYER: dict[str, scenes.Content] = {
    f"{EXTENSIONS}/mbstring.so": b"",
    f"{EXTENSIONS}/xdebug.so": b"",
    f"{OFFICIAL}/gd.so": b"",
    "etc/php/8.2/fpm/conf.d/20-mbstring.ini": "/etc/php/8.2/mods-available/mbstring.ini",
    "etc/php/8.2/mods-available/mbstring.ini": b"; x\nextension=mbstring\n",
    "etc/php/8.2/mods-available/xdebug.ini": b"zend_extension=xdebug.so\n",
    "usr/local/etc/php/conf.d/gd.ini": b'extension = "gd.so"\nauto_prepend_file = /srv/first.php\n',
    "usr/share/php/Twig/autoload.php": b"",
    "srv/lib/own.php": b"",
    "srv/first.php": b"",
}


def named(path: str, code: bytes | None = None) -> set[str]:
    files = scenes.Files([LAYER if code is None else {**LAYER, path: code}])
    return {link.target.strip("/") for link in Php(files, {}).links(path, files.read(path, 0, 256))}


def test_extensions_of_what_is_scanned_and_of_nothing_else() -> None:
    assert named("etc/php/8.2/mods-available/mbstring.ini") == {f"{EXTENSIONS}/mbstring.so"}
    assert named("etc/php/8.2/mods-available/xdebug.ini") == set()
    assert named("usr/local/etc/php/conf.d/gd.ini") == {f"{OFFICIAL}/gd.so", "srv/first.php"}


@pytest.mark.parametrize(
    ("code", "targets"),
    [
        (b"<?php require_once 'Twig/autoload.php';", {"usr/share/php/Twig/autoload.php"}),
        (b"<?php require __DIR__ . '/../lib/own.php';", {"srv/lib/own.php"}),
        (b"<?php include dirname(__FILE__) . '/../lib/own.php';", {"srv/lib/own.php"}),
        (b"<?php include(dirname(__DIR__) . '/lib/own.php');", {"srv/lib/own.php"}),
        (b"<?php include '/srv/first.php';", {"srv/first.php"}),
        (b"<?php include '../first.php';", {"srv/first.php"}),
        (b'<?php include "$x/first.php"; require $y;', set()),
        (b"<?php $a = 'require'; 'Twig/autoload.php';", set()),
    ],
)
def test_what_code_includes(code: bytes, targets: set[str]) -> None:
    assert named("srv/public/index.php", code) == targets


@given(st.binary(max_size=400))
def test_garbage_names_nothing_that_is_not_there(data: bytes) -> None:
    for path in ("srv/public/index.php", "etc/php/8.2/cli/conf.d/x.ini"):
        named(path, data)
