"""Originals that do not run: the error says why, from what was seen and from the files, and how it is mended."""

from pathlib import Path

import pytest

from shave.config import Settings
from shave.errors import NotRunningError
from shave.events import silent
from shave.probe import Probe
from shave.runners import choose
from shave.store import unpack
from shave.testing import File, Symlink, image
from shave.tracers import choose as choose_tracer
from shave.verbs.attempt import Tools, Wanted
from shave.verbs.explained import explained
from shave.verbs.slim import slim
from shave.verbs.trace import trace
from shave.verbs.verify import verify

TREE = {
    "/bin/busybox": File(Path("/bin/busybox").read_bytes(), 0o755),
    "/bin/sh": Symlink("busybox"),
    "/script": File(b"#!/bin/none\n", 0o755),
}


SENTENCE = (
    r"^the original does not run: it ended with status \d+: what /script is run by is not in the image: [^\n]*, "
    r"and wrote:\n[^\n]*/script[^\n]*\n[^\n]*/script[^\n]*/bin/none"
)


@pytest.mark.root
def test_slim_verify_and_trace_name_the_cause(tmp_path: Path) -> None:
    made = image(TREE, config={"Cmd": ["/script"]})
    runner, tracer = choose("auto", made.config), choose_tracer()
    for name in ("slim", "trace", "verify", "unpacked"):
        (tmp_path / name).mkdir()
    unpacked = unpack(made, tmp_path / "unpacked", silent)
    with pytest.raises(NotRunningError, match=SENTENCE) as slimming:
        slim(made, Settings(), Tools(runner, tracer), Wanted(), tmp_path / "slim", silent)
    with pytest.raises(NotRunningError, match=SENTENCE):
        trace(made, Settings(), runner, tracer, tmp_path / "trace", silent)
    with pytest.raises(NotRunningError, match=SENTENCE):
        verify(unpacked, unpacked, Settings(), runner, None, tmp_path / "verify", silent)
    assert "--" not in slimming.value.hint and slimming.value.hint


def test_what_the_files_do_not_explain_stays_as_it_is(tmp_path: Path) -> None:
    made = image(TREE, config={"Cmd": ["/script"]})
    unpacked = unpack(made, tmp_path, silent)
    probe = Probe("fine", command=("/bin/sh", "-c", "false"))
    with (
        pytest.raises(NotRunningError, match=r"^it fails$"),
        explained(unpacked, made.config, Settings(probes=(probe,))),
    ):
        raise NotRunningError("it fails", "look")
