"""The package around a used file, less what is left out."""

import scenes
from shave.package import Package
from shave.widening.units import Units, touches

TOOL = Package("dpkg", "tool", "1", ("usr/bin/tool", "usr/lib/tool", "usr/lib/tool/other", "usr/share/doc/tool/README"))
OTHER = Package("dpkg", "other", "1", ("usr/bin/other",))
LAYER = dict.fromkeys(("usr/bin/tool", "usr/lib/tool/other", "usr/share/doc/tool/README", "usr/bin/other"), b"x")


def test_what_was_installed_with_a_used_file_stays_less_its_documentation() -> None:
    known = scenes.scene({}, LAYER, packages=(TOOL, OTHER), used=("usr/bin/tool",))
    assert set(scenes.widened(known)) == {"usr/bin/tool"}
    kept = scenes.widened(known, Units)
    assert set(kept) == {"usr/bin/tool", "usr/lib/tool/other"}
    assert (kept["usr/lib/tool/other"].because, kept["usr/lib/tool/other"].source) == ("unit", "usr/bin/tool")


def test_metadata_and_configuration_of_the_base_say_nothing_of_use() -> None:
    paths = ("etc/tool.conf", "usr/lib/python3/dist-packages/x.dist-info/METADATA", "usr/bin/tool")
    package = Package("dpkg", "tool", "1", paths)
    known = scenes.scene(dict.fromkeys(paths, b"x"), {"app": b""}, packages=(package,), used=paths[:2])
    assert known.base_layers == 0  # no records: what is the base cannot be told
    base = scenes.scene(
        {**dict.fromkeys(paths, b"x"), "var/lib/dpkg/status": b"x"}, {"app": b""}, packages=(package,), used=paths[:2]
    )
    assert base.base_layers == 1
    assert [touches(base, path) for path in paths] == [False, False, True]
    assert touches(known, paths[0])


def test_a_symlink_whose_target_is_left_out_goes_with_it() -> None:
    script = b"#!/usr/bin/perl\n"
    package = Package("dpkg", "openssl", "1", ("usr/bin/c_rehash", "usr/bin/openssl", "usr/lib/ssl/misc/rehash"))
    layer = {"usr/bin/c_rehash": script, "usr/bin/openssl": b"x", "usr/lib/ssl/misc/rehash": "../../../bin/c_rehash"}
    known = scenes.scene({}, layer, packages=(package,), used=("usr/bin/openssl",))
    assert set(scenes.widened(known, Units)) == {"usr/bin/openssl"}
