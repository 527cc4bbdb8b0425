"""Packages of the same source, and packages of data."""

import scenes
from shave.package import Package
from shave.widening.siblings import Siblings
from shave.widening.units import Units

SERVER = Package(
    "dpkg",
    "redis-server",
    "7",
    ("usr/bin/redis-server",),
    ("dpkg:redis-tools", "dpkg:magic", "dpkg:gcc", "dpkg:debconf"),
    "redis",
)
TOOLS = Package("dpkg", "redis-tools", "7", ("usr/bin/redis-cli",), (), "redis")
DATA = Package("dpkg", "magic", "1", ("usr/share/misc/magic.mgc", "usr/share/doc/magic/README"))
GCC = Package("dpkg", "gcc", "12", ("usr/bin/gcc",))
DEBCONF = Package("dpkg", "debconf", "1", ("usr/share/debconf/confmodule",))
PACKAGES = (SERVER, TOOLS, DATA, GCC, DEBCONF)
LAYER = {path: b"x" for package in PACKAGES for path in package.paths}


def test_client_tools_and_data_stay_with_the_server_that_depends_on_them() -> None:
    known = scenes.scene({}, LAYER, packages=PACKAGES, used=("usr/bin/redis-server",))
    kept = scenes.widened(known, Units, Siblings)
    assert set(kept) == {"usr/bin/redis-server", "usr/bin/redis-cli", "usr/share/misc/magic.mgc"}
    assert "same source" in kept["usr/bin/redis-cli"].detail
    assert "data" in kept["usr/share/misc/magic.mgc"].detail
