"""The trace of a small image by the real tools, and what is made of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shave.config import Settings
from shave.errors import NotRunningError
from shave.events import silent
from shave.evidence import EvidenceFile, Use, Version
from shave.evidence_files import Merged
from shave.image import Image
from shave.probe import Observation, Session
from shave.probes.session import run
from shave.recording import apply, record
from shave.runners import choose as choose_runner
from shave.store import unpack
from shave.testing import Directory, File, Member, Symlink, image
from shave.tracers import choose as choose_tracer
from shave.verbs.plan import decide
from shave.verbs.roots import Wish
from shave.verbs.trace import Traced, summarise, trace
from shave.workspace import workspace

IMAGE: dict[str, Member] = {
    "/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755),
    **{f"/bin/{applet}": Symlink("busybox") for applet in ("sh", "cat", "ls", "touch")},
    "/etc/motto": b"small\n",
    "/etc/link": Symlink("../srv/deep/file"),
    "/srv/deep/file": b"deep\n",
    "/srv/unused": b"unused\n",
    "/var/spool/keep": b"",
    "/var/run": Symlink("spool"),
    "/tmp/": Directory(0o1777),
}
COMMAND = "cat /etc/motto /etc/link /proc/self/status >/tmp/$$; ls /srv; touch /var/run/$$; cat /none; true"


@pytest.fixture
def space() -> Iterator[Path]:
    with workspace() as directory:
        yield directory


def made(command: str) -> Image:
    return image(IMAGE, config={"Cmd": ["/bin/sh", "-c", command]})


def traced(image: Image, directory: Path) -> Traced:
    directory.mkdir()
    return trace(image, Settings(), choose_runner("auto", image.config), choose_tracer(), directory, silent)


def test_a_recording_is_free_of_what_is_never_the_same_twice(space: Path) -> None:
    one, two = (traced(made(COMMAND), space / name) for name in ("one", "two"))
    assert one.file == two.file
    paths = {use.path for use in one.file.uses}
    assert {"/etc/motto", "/etc/link", "/srv", "/tmp", "/var/run"} <= paths
    assert not {path for path in paths if path.startswith(("/proc/", "/tmp/", "/var/run/")) or path == "/none"}


def test_a_recording_plans_as_its_trace_does(space: Path) -> None:
    unpacked = unpack(made(COMMAND), space, silent)
    config = unpacked.image.config
    (space / "prepared").mkdir()
    (space / "trace").mkdir()
    with (
        choose_runner("auto", config).prepare(unpacked, config, space / "prepared", silent) as prepared,
        choose_tracer().trace(space / "trace") as tracing,
    ):
        run(prepared, config, Settings(), trace=tracing)
        evidence = tracing.evidence("sha256:1")
    again = apply(record(evidence, "x", unpacked.tree, ()), "sha256:1", unpacked.tree, ()).evidence
    plans = [decide(unpacked, config, found, Wish(), thin=False) for found in (evidence, again)]
    first, second = ({kept.path for kept in plan.kept} for plan in plans)
    assert first - second == set()
    assert second - first <= {"proc", "dev", "var/spool"}  # stood above what the run made or the kernel mounted


def test_an_image_that_does_not_run(space: Path) -> None:
    with pytest.raises(NotRunningError, match="broken"):
        traced(made("echo broken; exit 3"), space / "one")


def test_a_summary_counts_paths_by_how_probe_and_kind() -> None:
    uses = (
        Use("/lib/libc.so.6", ("opened",), ("home", "start"), ("dpkg:libc6",)),
        Use("/tmp", ("created", "stat"), ("start",)),
    )
    file = EvidenceFile((), ("seccomp",), (Version("dpkg:libc6", "2.36"),), uses)
    session = Session((Observation("start", "start"), Observation("tests", "script", (), "assert 1 == 2", "status 1")))
    summary = summarise(
        Traced(file, session, "crun"), reference="oci:a", written="a.evidence", merged=Merged(file, 1), seconds={}
    )
    assert (summary.paths, summary.new_paths, summary.all_paths) == (2, 1, 2)
    assert dict(summary.how) == {"opened": 1, "created": 1, "stat": 1}
    assert [(row.name, row.paths, row.failure, row.shown) for row in summary.probes] == [
        ("home", 1, "", ""),
        ("start", 2, "", ""),
        ("tests", 0, "status 1", "assert 1 == 2"),
    ]
    assert sum(count for _, count in summary.groups) == 2
    assert summary.packages == (Version("dpkg:libc6", "2.36"),)
