"""Packages that came with others: what thin evidence drops besides waste."""

import scenes
from shave.package import Package
from shave.verbs.unasked import unasked

BASE = {"var/lib/dpkg/status": b"x", "bin/sh": b"x"}
SH = Package("dpkg", "dash", "1", ("bin/sh",), asked=False)
GS = Package("dpkg", "ghostscript", "1", ("usr/bin/gs",), ("dpkg:libgs",), asked=True)
LIBGS = Package("dpkg", "libgs:amd64", "1", ("usr/lib/gs/libgs.so",), asked=False)
FONTS = Package("dpkg", "fonts", "1", ("usr/share/fonts/a", "usr/share/fonts"), asked=False)
LAYER = dict.fromkeys(("usr/bin/gs", "usr/lib/gs/libgs.so", "usr/share/fonts/a", "app/x"), b"x")


def test_what_nobody_asked_for_and_no_asked_one_depends_on_goes() -> None:
    known = scenes.scene(BASE, LAYER, packages=(SH, GS, LIBGS, FONTS))
    assert unasked(known) == {"usr/share/fonts/a": "a part of dpkg:fonts, which nobody asked for"}


def test_where_nothing_says_who_asked_nothing_goes() -> None:
    packages = tuple(Package("dpkg", each.name, "1", each.paths, each.requires) for each in (SH, GS, LIBGS, FONTS))
    assert unasked(scenes.scene(BASE, LAYER, packages=packages)) == {}
