"""The records of the package managers."""

import scenes
from shave.package import Package
from shave.plan import UnitFate
from shave.reason import Reason
from shave.widening.records import Records, unrecorded


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


def test_records_of_what_is_gone_go_too_unless_a_run_used_them() -> None:
    tool, gone = Package("dpkg", "tool", "1", ("usr/bin/tool",)), Package("dpkg", "gone", "1", ("usr/bin/gone",))
    fates = [UnitFate(each.unit, "1", fate, 0, 0, 0, 0, 0, 0) for each, fate in ((tool, "whole"), (gone, "gone"))]
    info, habit = "var/lib/dpkg/info", Reason("habit", "")
    kept = {f"{info}/{name}.list": (habit,) for name in ("tool", "gone")}
    units = list(zip((tool, gone), fates, strict=True))
    assert unrecorded(units, kept) == {f"{info}/gone.list": "nothing of dpkg:gone is left to record"}
    assert unrecorded(units, {f"{info}/gone.list": (habit, Reason("trace", "opened by start"))}) == {}
