"""Two images of busybox and its web server, run by the real runner: equal ones, and ones with harm done to them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from shave.config import Settings
from shave.errors import NotRunningError
from shave.events import silent
from shave.probe import Http, Probe, Ready, RunOptions, Verdict
from shave.runners import choose as choose_runner
from shave.store import Unpacked, unpack
from shave.testing import File, Member, Symlink, image
from shave.tracers import choose as choose_tracer
from shave.verbs.verify import verify
from shave.workspace import workspace

READY = RunOptions(ready=Ready(tcp="localhost:8080"))
PAGE = Probe("page", http=Http("http://localhost:8080/cgi-bin/now"))
APPLETS = ("sh", "httpd", "date", "cat", "sleep", "echo")

IMAGE: dict[str, Member] = {
    "/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755),
    **{f"/bin/{applet}": Symlink("busybox") for applet in APPLETS},
    "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n",
    "/etc/motto": b"small is beautiful\n",
    "/etc/localtime": File(Path("/usr/share/zoneinfo/Asia/Kolkata").read_bytes()),
    "/www/index.html": b"<h1>welcome</h1>",
    "/www/cgi-bin/now": File(
        b"#!/bin/sh\necho Content-Type: text/plain\necho\ncat /etc/motto\necho pid $$\ndate '+%Y-%m-%d %H:%M:%S'\n",
        0o755,
    ),
}


@pytest.fixture
def space() -> Iterator[Path]:
    with workspace() as directory:
        yield directory


def made(space: Path, name: str, members: Mapping[str, Member], *command: str) -> Unpacked:
    (space / name).mkdir()
    config = {
        "Cmd": list(command or ("httpd", "-f", "-p", "8080", "-h", "/www")),
        "Env": ["TZ=:/etc/localtime"],
        "StopSignal": "SIGKILL",  # busybox ignores SIGTERM as the first process
    }
    return unpack(image(members, config=config), space / name, silent)


def verdict(space: Path, one: Unpacked, two: Unpacked, *probes: Probe, run: RunOptions = READY) -> Verdict:
    (space / "verify").mkdir()
    runner = choose_runner("auto", one.image.config)
    return verify(one, two, Settings(run, probes), runner, choose_tracer(), space / "verify", silent)


def test_an_image_is_the_same_as_itself(space: Path) -> None:
    one = made(space, "one", IMAGE)
    script = space / "smoke.sh"
    script.write_text("#!/bin/sh\nexec grep -q ':1F90 ' /proc/net/tcp6 /proc/net/tcp\n")
    script.chmod(0o755)
    probes = (
        PAGE,
        Probe("missing", http=Http("http://localhost:8080/none", expect_status=404)),
        Probe("exec", exec=("sh", "-c", "echo $TZ; exit 3")),
        Probe("command", command=("cat", "/etc/motto")),
        Probe("port", tcp="localhost:8080"),
        Probe("script", script=str(script)),
    )
    found = verdict(space, one, one, *probes)
    assert found.verdict == "same", found
    assert [judged.probe for judged in found.judgements] == ["start", *(probe.name for probe in probes)]


@pytest.mark.parametrize(
    ("lost", "field"),
    [
        ("/etc/motto", "body"),
        ("/etc/localtime", "body"),
        ("/www/cgi-bin/now", "status"),
        ("/bin/httpd", "state"),
        ("/bin/busybox", "state"),
    ],
)
def test_what_was_lost_shows(space: Path, lost: str, field: str) -> None:
    rest = {path: member for path, member in IMAGE.items() if path != lost}
    found = verdict(space, made(space, "one", IMAGE), made(space, "two", rest), PAGE)
    assert found.verdict == "different", found
    witnesses = [witness for judged in found.judgements for witness in judged.witnesses]
    assert witnesses[0].field == field


def test_the_default_start_greets_the_port(space: Path) -> None:
    rest = {**IMAGE, "/www/index.html": b"<h1>sorry</h1>"}
    found = verdict(space, made(space, "one", IMAGE), made(space, "two", rest), run=RunOptions())
    assert found.verdict == "different", found
    assert [witness.field for witness in found.judgements[0].witnesses] == ["port 8080 body"]


def test_an_original_that_does_not_run(space: Path) -> None:
    one = made(space, "one", IMAGE, "sh", "-c", "echo no database; exit 7")
    with pytest.raises(NotRunningError, match=r"(?s)status 7.*no database"):
        verdict(space, one, one, run=RunOptions())


def test_an_original_whose_program_is_not_there(space: Path) -> None:
    one = made(space, "one", IMAGE, "/no/such/program")
    with pytest.raises(NotRunningError):
        verdict(space, one, one, run=RunOptions())


SWALLOWED = Probe("swallowed", command=("sh", "-c", "cat /etc/motto > /dev/null 2>&1; echo done"))
LISTED = Probe(
    "listed", command=("sh", "-c", "for part in /etc/parts/*; do cat $part > /dev/null 2>&1; done; echo done")
)


@pytest.mark.parametrize(("probe", "lost"), [(SWALLOWED, "/etc/motto"), (LISTED, "/etc/parts/one")])
def test_a_file_that_was_read_is_missed_although_the_answer_is_the_same(space: Path, probe: Probe, lost: str) -> None:
    whole = {**IMAGE, "/etc/parts/one": b"1", "/etc/parts/two": b"2"}
    rest = {path: member for path, member in whole.items() if path != lost}
    found = verdict(space, made(space, "one", whole), made(space, "two", rest), probe, run=RunOptions())
    assert found.verdict == "unknown", found
    assert [(witness.field, witness.expected) for witness in found.judgements[0].witnesses] == [("file", lost)]


def test_without_a_tracer_the_answers_alone_are_judged(space: Path) -> None:
    rest = {path: member for path, member in IMAGE.items() if path != "/etc/motto"}
    one, two = made(space, "one", IMAGE), made(space, "two", rest)
    (space / "verify").mkdir()
    runner, settings = choose_runner("auto", one.image.config), Settings(RunOptions(), (SWALLOWED,))
    assert verify(one, two, settings, runner, None, space / "verify", silent).verdict == "same"


def test_what_a_run_changes_is_missed_by_nobody(space: Path) -> None:
    probe = Probe("changes", command=("sh", "-c", "rm /etc/motto; cat /etc/motto; echo x > /etc/new; cat /etc/new"))
    one = made(space, "one", {**IMAGE, "/bin/rm": Symlink("busybox")})
    assert verdict(space, one, one, probe, run=RunOptions()).verdict == "same"


def test_another_base_with_its_programs_elsewhere_is_the_same(space: Path) -> None:
    moved = {("/usr" + path if path.startswith("/bin/") else path): member for path, member in IMAGE.items()}
    for name in APPLETS:
        moved[f"/usr/bin/{name}"] = Symlink("busybox")
    moved["/bin/sh"] = Symlink("/usr/bin/busybox")
    probe = Probe("search", command=("sh", "-c", "cat /etc/motto; date +%Z"))
    one, two = made(space, "one", IMAGE), made(space, "two", moved)
    assert verdict(space, one, two, probe, run=RunOptions(env={"PATH": "/bin:/usr/bin"})).verdict == "same"
