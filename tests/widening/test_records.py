"""The records of the package managers."""

import scenes
from shave.package import Package
from shave.widening.records import Records


def test_databases_stay_and_of_each_kept_package_its_lists() -> None:
    info = "var/lib/dpkg/info"
    layer = dict.fromkeys(
        (
            "var/lib/dpkg/status",
            f"{info}/libc6:amd64.list",
            f"{info}/libc6:amd64.postinst",
            f"{info}/gcc.list",
            "lib/libc.so.6",
            "usr/bin/gcc",
        ),
        b"x",
    )
    packages = (Package("dpkg", "libc6:amd64", "2", ("lib/libc.so.6",)), Package("dpkg", "gcc", "12", ("usr/bin/gcc",)))
    known = scenes.scene({}, layer, packages=packages, used=("lib/libc.so.6",))
    assert set(scenes.widened(known, Records)) == {"lib/libc.so.6", "var/lib/dpkg/status", f"{info}/libc6:amd64.list"}
