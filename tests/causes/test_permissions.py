"""Who a container runs as, and what that user may write: as the kernel has it."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients import patient, tools
from shave.causes.permissions import Identity, identity, may_write
from shave.tree import Entry

_OWN = st.sampled_from([0, 9])


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("", (0, (0,), "root")),
        ("app", (9, (9, 20), "app")),
        ("9", (9, (9, 20), "app")),
        ("app:data", (9, (20,), "app")),
        ("9:7", (9, (7,), "app")),
        ("77", (77, (0,), "")),
        ("77:78", (77, (78,), "")),
        ("www", None),
        ("app:www", None),
    ],
)
def test_identities(user: str, expected: tuple[int, tuple[int, ...], str] | None, tmp_path: Path) -> None:
    found = identity(patient(tmp_path, tools(), User=user))
    assert (found and (found.uid, found.gids, found.name)) == expected


@pytest.mark.root
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(mode=st.integers(0, 0o777), uid=_OWN, gid=st.sampled_from([0, 9, 20]), user=_OWN)
def test_the_kernel_says_the_same(mode: int, uid: int, gid: int, user: int, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir(exist_ok=True)
    os.chown(place, uid, gid)
    place.chmod(mode)
    tmp_path.chmod(0o755)
    command = ["test", "-w", "place"]
    done = subprocess.run(command, cwd=tmp_path, user=user, group=9, extra_groups=[20], check=False)
    found = may_write(Entry("place", "directory", mode, uid, gid), Identity(user, (9, 20)))
    assert found == (done.returncode == 0)
