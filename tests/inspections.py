"""What ``shave inspect`` finds in made-up images, for its views: one of everything, hostile names, many files."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from shave.changes import Count, LayerChanges
from shave.finding import Finding, Place
from shave.package import Unread
from shave.verbs.inspected import Base, DirectoryRow, Efficiency, FileRow, Inspected, LayerRow, Measures, UnitRow

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\x1b[2J\"'`|\udcff\n- [a](b)"


def layer(number: int, packed: int, instruction: str = "", base: bool = False, **changes: Count) -> LayerRow:
    """A layer three times as large unpacked."""
    return LayerRow(
        number, f"sha256:{number}", f"sha256:d{number}", instruction, packed, 3 * packed, LayerChanges(**changes), base
    )


def finding(rule: str, packed: int, *layers: int, **more: Any) -> Finding:
    """A finding with one place."""
    place = Place(f"opt/{rule}", layers[0], 512, 3 * packed, packed)
    values: dict[str, Any] = {
        "rule": rule,
        "title": f"{rule} left behind",
        "detail": f"2 files below /opt/{rule}",
        "fix": f"remove /opt/{rule}",
        "confidence": "likely",
        "places": (place,),
        "layers": layers,
        "packed_bytes": packed,
        "unpacked_bytes": 3 * packed,
    }
    return Finding(**values | more)


def unit(name: str, packed: int, layer: int | None = 1) -> UnitRow:
    """A Debian package."""
    return UnitRow(f"dpkg:{name}", "dpkg", name, "1.2-3", layer, 7, 3 * packed, packed)


LONG = "RUN apt-get update && apt-get install -y --no-install-recommends gcc g++ make\\\n && make all install"
INSPECTED = Inspected(
    "oci:app:1",
    "sha256:0123",
    "linux/amd64",
    Measures(96_000_000, False, 288_000_000, 250_000_000, 38_000_000, 12_000_000, 4321),
    Efficiency(0.868, 38_000_000, 0.2),
    Base("docker.io/library/debian:12", "sha256:abc", 1, "annotation"),
    (
        layer(0, 30_000_000, base=True, added=Count(4000, 90_000_000)),
        layer(1, 60_000_000, LONG, added=Count(300, 1), changed=Count(20, 2), touched=Count(1, 3), removed=Count(4, 4)),
        layer(2, 6_000_000, "RUN rm -rf /opt/deleted", removed=Count(2, 9)),
    ),
    (unit("gcc-12", 28_000_000), unit("libc6:amd64", 5_000_000, 0), unit("gone", 0, None)),
    (DirectoryRow("opt/app", 12, 9_000_000, 3_000_000), DirectoryRow("", 1, 10, 5)),
    (
        finding("deleted", 12_000_000, 1, culprit=2, confidence="certain"),
        finding("lists", 2_000_000, 1, 0),
        finding("secrets", 0, 1, detail="", places=()),
    ),
    (Unread("var/lib/rpm/Packages", "the old Berkeley form is not read"),),
    13_500_000,
    40_500_000,
    "shave slim oci:app:1 --dry-run",
)
ESTIMATED = replace(INSPECTED, measures=replace(INSPECTED.measures, packed_estimated=True), base=None)
CLEAN = replace(
    INSPECTED, findings=(), unowned=(), unread=(), units=(), saved_packed_bytes=0, saved_unpacked_bytes=0, base=None
)
MANY = replace(
    INSPECTED,
    layers=tuple(layer(number, 1000 * (number * 7 % 60) + 1, f"RUN step {number}") for number in range(60)),
    units=tuple(unit(f"package-{number}", 1_000_000 - number) for number in range(300)),
    unowned=tuple(DirectoryRow(f"srv/{number}", 1, 3000, 1000) for number in range(40)),
    findings=tuple(finding(f"rule-{number}", 1_000_000 - number, number) for number in range(50)),
    unread=tuple(Unread(f"lib/{number}", "cut off") for number in range(20)),
)
HOSTILE_INSPECTED = replace(
    INSPECTED,
    reference=f"oci:{HOSTILE}",
    base=Base(HOSTILE, HOSTILE, 2, "label"),
    layers=(layer(0, 10, HOSTILE), layer(1, 20, HOSTILE), layer(2, 1, HOSTILE)),
    units=(replace(unit("x", 9), unit=HOSTILE, version=HOSTILE, kind=HOSTILE, within=HOSTILE, manager=HOSTILE),),
    unowned=(DirectoryRow(HOSTILE, 1, 2, 3),),
    findings=(
        finding("bad", 9, 0, title=HOSTILE, detail=HOSTILE, fix=HOSTILE, places=(Place(HOSTILE, 0, 0, 1, 1.5),)),
    ),
    unread=(Unread(HOSTILE, HOSTILE),),
    next=HOSTILE,
)
SAMPLES = {"one": INSPECTED, "estimated": ESTIMATED, "clean": CLEAN, "many": MANY, "hostile": HOSTILE_INSPECTED}


def files(count: int) -> Iterator[FileRow]:
    """So many files of the layers of ``INSPECTED``, a thousand to a directory, and a few that are none."""
    yield FileRow("", "directory", 0o755, 0, "", 0, 0)
    for number in range(count):
        ending = "py" if number % 3 else "so"
        path = f"usr/lib/part-{number % 7}/node_modules/module-{number // 1000}/file-{number}.{ending}"
        packed = 100 + number * 7919 % 100_000
        unit = ("", "dpkg:gcc-12", "dpkg:libc6:amd64")[number % 3]
        yield FileRow(path, "file", 0o644, number % 3, unit, 3 * packed, packed, "", "" if number % 5 else "lists")
    yield FileRow("usr/lib/link", "symlink", 0o777, 1, "", 0, 0, "part-1")


def hostile_files() -> tuple[FileRow, ...]:
    """Files whose every word is an attack."""
    return (
        FileRow(HOSTILE.replace("/", "_"), "file", 0o644, 0, HOSTILE, 300, 100, "", "bad"),
        FileRow(f"a b/{HOSTILE}", "symlink", 0o777, 1, HOSTILE, 0, 0, HOSTILE, "bad"),
        FileRow("__proto__/constructor/__proto__", "file", 0o755, 2, "constructor", 30, 10),
    )
