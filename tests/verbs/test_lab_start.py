"""How an image is started to be measured; the times themselves are nobody's to assert."""

import pytest

from shave.config import Settings
from shave.probe import Http, Probe, RunOptions
from shave.verbs.lab_start import start_options

RUN = RunOptions(command=("serve",))
READ, LIST = Probe("read", command=("cat", "/a")), Probe("list", command=("ls", "/"))
HOME = Probe("home", http=Http("http://localhost/"))


@pytest.mark.parametrize(
    ("probes", "command"), [((), ("serve",)), ((HOME, READ), ("serve",)), ((READ, LIST), ("cat", "/a"))]
)
def test_what_is_started(probes: tuple[Probe, ...], command: tuple[str, ...]) -> None:
    assert start_options(Settings(RUN, probes)).command == command
