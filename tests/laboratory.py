"""Small labs as the verbs and the views see them: variants, what became of them, what their images cost."""

from collections.abc import Iterable
from hashlib import sha256

from shave.diagnosis import Cause
from shave.lab import BuildRecord, Expectation, Lab, ReferenceBuild, RunRecord, Variant
from shave.verbs.lab_report import report
from shave.verbs.lab_reported import Report
from shave.verbs.lab_weighing import Weighed
from shave.verbs.pull import Link
from shave.verbs.size import Blob, Disk, Weight

OK, NO_BUILD = Expectation("ok"), Expectation("build-fails")


def fails(cause: Cause) -> Expectation:
    return Expectation("run-fails", cause)


def variant(name: str, expected: Expectation | None = OK, base: str = "") -> Variant:
    program, builder, runner = (*name.split(".", 2), "", "")[:3]
    return Variant(name, program, builder, runner, ReferenceBuild(f"oci:{name}:1"), base, expected)


def digest(name: str) -> str:
    return f"sha256:{sha256(name.encode()).hexdigest()}"


def built(name: str, seconds: float = 12.0) -> BuildRecord:
    return BuildRecord(name, digest("inputs"), "built", seconds, f"docker-daemon:hello:{name}", digest(name))


def failed(name: str, message: str) -> BuildRecord:
    return BuildRecord(name, digest("inputs"), "failed", 3.25, log=f"{name}.log", message=message)


def works(name: str, start: float, memory: int = 3_000_000) -> RunRecord:
    return RunRecord(name, digest(name), "works", start, memory)


def broken(name: str, cause: Cause, message: str, predicted: Cause | None = None) -> RunRecord:
    return RunRecord(name, digest(name), "fails", 0.02, 1_000_000, predicted or cause, cause, message)


def weighed(name: str, *layers: tuple[str, int], unpacked: int, zstd: int | None = None, model: str = "") -> Weighed:
    """``layers`` are names with packed bytes; all of ``unpacked`` is visible."""
    blobs = tuple(Blob("", digest(layer), packed) for layer, packed in layers)
    weight = Weight(f"oci:{name}:1", "linux/amd64", digest(name), 4000, blobs, False, Disk(unpacked, unpacked))
    return Weighed(weight, zstd, (model,) if model else ())


DEBIAN, BUSYBOX = ("debian", 29_100_000), ("busybox", 2_300_000)

HELLO = Lab(
    "hello",
    (
        variant("c.gcc"),
        variant("go.golang"),
        variant("c.gcc.scratch", fails("loader-missing")),
        variant("c.gcc-static.scratch"),
        variant("c.gcc-static-upx.scratch", base="c.gcc-static.scratch"),
        variant("c.gcc.busybox"),
        variant("c.gcc-wrong", NO_BUILD),
        variant("go.golang.scratch"),
        variant("go.golang.busybox"),
        variant("go.golang-alpine", None),
    ),
    links=("10Mbit/s",),
)
BUILDS = {
    record.variant: record
    for record in (
        built("c.gcc", 41.5),
        built("go.golang", 63.0),
        built("c.gcc.scratch"),
        built("c.gcc-static.scratch", 4.0),
        built("c.gcc-static-upx.scratch", 2.0),
        built("c.gcc.busybox"),
        failed("c.gcc-wrong", "COPY failed: stat hello: file does not exist"),
        built("go.golang.scratch"),
        built("go.golang.busybox"),
    )
}
RUNS = {
    record.variant: record
    for record in (
        works("c.gcc", 0.021),
        works("go.golang", 0.022, 4_000_000),
        broken("c.gcc.scratch", "loader-missing", "/hello needs /lib64/ld-linux-x86-64.so.2"),
        works("c.gcc-static.scratch", 0.012, 900_000),
        works("c.gcc-static-upx.scratch", 0.0263, 2_500_000),
        broken("c.gcc.busybox", "library-missing", "libm.so.6 is missing", predicted="loader-missing"),
        works("go.golang.scratch", 0.014, 4_000_000),
        works("go.golang.busybox", 0.008, 4_000_000),
    )
}
WEIGHED = {
    "c.gcc": weighed("c.gcc", DEBIAN, ("gcc", 238_000_000), unpacked=801_000_000, zstd=221_000_000),
    "go.golang": weighed("go.golang", DEBIAN, ("go", 190_000_000), unpacked=620_000_000, zstd=180_000_000),
    "c.gcc.scratch": weighed("c.gcc.scratch", ("hello", 4_100), unpacked=16_000, zstd=3_900),
    "c.gcc-static.scratch": weighed("c.gcc-static.scratch", ("static", 380_000), unpacked=784_000, zstd=350_000),
    "c.gcc-static-upx.scratch": weighed("c.gcc-static-upx.scratch", ("upx", 386_000), unpacked=478_000, zstd=381_000),
    "c.gcc.busybox": weighed("c.gcc.busybox", BUSYBOX, ("hello", 4_100), unpacked=4_216_000, zstd=2_110_000),
    "go.golang.busybox": weighed(
        "go.golang.busybox", BUSYBOX, ("go-hello", 910_000), unpacked=5_700_000, zstd=2_980_000
    ),
    "go.golang.scratch": weighed("go.golang.scratch", ("go-hello", 910_000), unpacked=1_500_000, zstd=880_000),
}
LINKS = (Link(10_000_000, 0.05),)


def hello(links: Iterable[Link] = LINKS, compression: str = "zstd:9", previous: Report | None = None) -> Report:
    """All of it reported."""
    return report(HELLO, BUILDS, RUNS, WEIGHED, tuple(links), compression, previous)


_NASTY = "a.b\nnext: rm\x1b|<b>`"
HOSTILE = report(
    Lab(_NASTY, (variant(_NASTY), variant("a.c"))),
    {_NASTY: built(_NASTY), "a.c": failed("a.c", _NASTY)},
    {_NASTY: works(_NASTY, 0.01)},
    {_NASTY: weighed(_NASTY, ("x", 1), unpacked=1, model=_NASTY)},
)
"""What others named and wrote tries to be more than text."""
