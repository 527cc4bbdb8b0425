"""What of a used unit goes, by which rule: each rule before (without it the path stays) and after."""

import pytest

import scenes
from shave import tightening
from shave.package import Package
from shave.scene import Scene
from shave.tightening import TIGHTENINGS, spared
from shave.tightening.heavy_plugins import HeavyPlugins
from shave.tightening.parts import Parts
from shave.tightening.protocol import Tightening

BASE = {"var/lib/dpkg/status": b"x", "usr/bin/mount": b"x", "usr/lib/apt/methods/http": b"x", "usr/lib/base/data": b"x"}
LAYER = dict.fromkeys(
    (
        "usr/share/man/man1/tool.1",
        "usr/include/tool.h",
        "usr/lib/x86_64-linux-gnu/libtool.a",
        "usr/lib/x86_64-linux-gnu/ImageMagick/coders/png.la",
        "usr/lib/x86_64-linux-gnu/libother.so.1",
        "usr/lib/x86_64-linux-gnu/tool/plugin.so",
        "usr/lib/x86_64-linux-gnu/gconv/BIG5.so",
        "usr/bin/tool",
        "usr/lib/python3/x.py",
        "usr/lib/python3/__pycache__/x.cpython-311.pyc",
        "usr/lib/python3/__pycache__/gone.cpython-311.pyc",
        "usr/lib/jvm/lib/server/classes_nocoops.jsa",
    ),
    b"x",
) | {"usr/bin/c_rehash": b"#!/usr/bin/perl\n", "usr/bin/a2enmod": b"#!/usr/bin/perl\n"}
PACKAGES = (
    Package("dpkg", "openssl", "1", ("usr/bin/c_rehash",), ("dpkg:libc6",)),
    Package("dpkg", "apache2", "1", ("usr/bin/a2enmod",), ("dpkg:perl",)),
)
GOES = {
    "usr/share/man/man1/tool.1",
    "usr/include/tool.h",
    "usr/lib/x86_64-linux-gnu/libtool.a",
    "usr/lib/x86_64-linux-gnu/libother.so.1",
    "usr/lib/x86_64-linux-gnu/gconv/BIG5.so",
    "usr/lib/python3/__pycache__/x.cpython-311.pyc",
    "usr/lib/jvm/lib/server/classes_nocoops.jsa",
    "usr/bin/c_rehash",
    "usr/bin/mount",
    "usr/lib/apt/methods/http",
}


def known() -> Scene:
    return scenes.scene(BASE, LAYER, packages=PACKAGES)


def test_what_goes_and_what_stays() -> None:
    goes = spared(known())
    assert {path for path in (*BASE, *LAYER) if goes(path)} == GOES
    assert all(words == words.strip() and not words.endswith(".") for path in GOES if (words := goes(path)))


BY_PATH = [rule for rule in TIGHTENINGS if rule is not HeavyPlugins]  # which reads code: test_heavy_plugins.py


@pytest.mark.parametrize("rule", BY_PATH, ids=lambda rule: rule.__name__)
def test_without_a_rule_something_stays(rule: type[Tightening], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tightening, "TIGHTENINGS", tuple(each for each in TIGHTENINGS if each is not rule))
    goes = spared(known())
    assert any(not goes(path) for path in GOES)


def test_places_for_logs_stay_without_the_logs() -> None:
    known = scenes.scene({"var/log/app/error.log": b"x", "var/log/app/access.log": "/dev/stdout", "var/log/tool/": b""})
    goes = Parts(known).spares
    assert [bool(goes(f"var/log/{path}")) for path in ("app/error.log", "app/access.log", "app", "tool")] == [
        True,
        False,
        False,
        False,
    ]
