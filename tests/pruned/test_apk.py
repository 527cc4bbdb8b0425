"""apk's records of a result, by the letters of apk-package(5): Debian has no apk to ask."""

from hypothesis import given
from hypothesis import strategies as st

from catalogs import Memory
from shave.catalog import catalog
from shave.plan import Fate, UnitFate
from shave.pruned import pruned

DATABASE = "usr/lib/apk/db/installed"
WORLD = "etc/apk/world"
INSTALLED = """C:Q1s=
P:busybox
V:1
A:x86_64
F:
F:bin
M:0:0:1777
R:busybox
a:0:0:755
Z:Q1+v=
R:gone
a:0:0:755
Z:Q1+w=
F:gone
M:0:0:755
R:more
Z:Q1+x=

P:tool
V:2
F:usr
F:usr/bin
R:tool

"""
KEPT = """C:Q1s=
P:busybox
V:1
A:x86_64
F:
F:bin
M:0:0:1777
R:busybox
a:0:0:755
Z:Q1+v=

"""


def records(fates: dict[str, Fate]) -> dict[str, str]:
    """The new records where only /bin/busybox stays."""
    bodies = {
        DATABASE: INSTALLED.encode(),
        WORLD: b"busybox\ntool@edge>=2 provided\n",
        "bin/busybox": b"",
        "gone/more": b"",
    }
    files = Memory(bodies)
    known = catalog(files)
    units = [UnitFate(each.unit, "", fates[each.name], 0, 0, 0, 0, 0, 0) for each in known.packages]
    found = pruned(files, known, {DATABASE, WORLD, "bin", "bin/busybox"}, units)
    return {path: body.decode() for path, body in found.items()}


def test_the_database_says_what_is_there() -> None:
    assert records({"busybox": "split", "tool": "gone"}) == {DATABASE: KEPT, WORLD: "busybox\nprovided\n"}


def test_what_is_read_back_is_what_was_meant() -> None:
    text = records({"busybox": "split", "tool": "gone"})[DATABASE]
    (package,) = catalog(Memory({DATABASE: text.encode()})).packages
    assert (package.name, package.paths) == ("busybox", ("bin", "bin/busybox"))


def test_the_world_is_what_was_asked_for_and_is_there() -> None:
    assert WORLD not in records({"busybox": "whole", "tool": "split"})


@given(st.one_of(st.binary(), st.text("PVFRMaZ:\n/x").map(str.encode)))
def test_any_bytes_give_records(data: bytes) -> None:
    files = Memory({DATABASE: data, WORLD: data})
    known = catalog(files)
    units = [UnitFate(each.unit, each.version, "gone", 0, 0, 0, 0, 0, 0) for each in known.packages]
    assert set(pruned(files, known, [DATABASE, WORLD], units)) <= {DATABASE, WORLD}
