"""Which packages of a RUN bring documentation."""

import pytest

from shave.recipe import read
from shave.rules.documentation import look
from shave.rules.known import NOTHING

GIT = "apt-get install -y --no-install-recommends git"
SMALL = "apt-get install -y --no-install-recommends ca-certificates"


@pytest.mark.parametrize("commands", [GIT, f"{SMALL} && {GIT}", f"{GIT} && {SMALL}", f"{GIT} && {GIT}"])
def test_whichever_call_of_a_run_brings_it(commands: str) -> None:
    (finding,) = look(read(f"FROM debian:12\nRUN {commands}\n".encode()), NOTHING)
    (alone,) = look(read(f"FROM debian:12\nRUN {GIT}\n".encode()), NOTHING)
    assert finding.amount == alone.amount
