"""Which calls upgrade all that is installed."""

import pytest

from shave.recipe import read
from shave.rules.apt_upgrade import look
from shave.rules.known import NOTHING


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("dnf -y upgrade", True),
        ("dnf update -y", True),
        ("dnf5 -y distro-sync", True),
        ("microdnf -y update", True),
        ("yum -y update && yum clean all", True),
        ("zypper -n up", True),
        ("zypper --non-interactive dup", True),
        ("dnf -y upgrade openssl-libs", False),
        ("dnf -y upgrade --assumeno", False),
        ("zypper up --dry-run", False),
        ("zypper -n up openssl", False),
        ("yum check-update", False),
        # Arch has no part of its packages newer than the others
        ("pacman -Syu --noconfirm", False),
    ],
)
def test_upgrades_of_rpms_are_told(command: str, expected: bool) -> None:
    assert bool([*look(read(f"FROM x\nRUN {command}\n".encode()), NOTHING)]) is expected
