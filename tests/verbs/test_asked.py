"""Probes of an image that has no original: a right answer passes, anything else is named."""

from pathlib import Path

import pytest

from shave.config import Settings
from shave.events import silent
from shave.image import Image
from shave.probe import Http, Observation, Probe, RunOptions
from shave.runners import choose
from shave.testing import File, Symlink, image
from shave.verbs.asked import asked, failure

SERVER = ["/bin/httpd", "-f", "-p", "8080", "-h", "/www"]


def service(command: list[str]) -> Image:
    tree = {
        "/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755),
        "/bin/httpd": Symlink("busybox"),
        "/bin/sh": Symlink("busybox"),
        "/www/index.html": b"hello\n",
    }
    return image(tree, config={"Cmd": command, "ExposedPorts": {"8080/tcp": {}}, "StopSignal": "SIGKILL"})


@pytest.mark.root
def test_each_probe_is_asked_and_judged_by_itself(tmp_path: Path) -> None:
    probes = (
        Probe("page", http=Http("http://localhost:8080/")),
        Probe("absent", http=Http("http://localhost:8080/absent")),
        Probe("rightly absent", http=Http("http://localhost:8080/absent", expect_status=404)),
        Probe("good", exec=("/bin/sh", "-c", "exit 0")),
        Probe("bad", command=("/bin/sh", "-c", "echo why >&2; echo broken >&2; exit 3")),
    )
    made = service(SERVER)
    found = asked(made, Settings(RunOptions(), probes), choose("auto", made.config), tmp_path, silent)
    assert {each.probe: each.failure for each in found} == {
        "start": "",
        "page": "",
        "absent": "it answers with status 404",
        "rightly absent": "",
        "good": "",
        "bad": "it exits with 3: broken",
    }
    assert found[-1].shown == "why\nbroken\n"


@pytest.mark.root
def test_what_does_not_stay_up_says_what_it_wrote(tmp_path: Path) -> None:
    made = service(["/bin/sh", "-c", "echo no database; exit 1"])
    probes = (Probe("page", http=Http("http://localhost:8080/")),)
    start, page = asked(made, Settings(RunOptions(), probes), choose("auto", made.config), tmp_path, silent)
    assert start.failure == "it ended with status 1 before it could be asked" and "no database" in start.shown
    assert page.failure == "the program was not there to be asked"


def test_a_failure_without_words() -> None:
    assert failure(Observation("x", "exec", (("status", "2"),))) == "it exits with 2"
