"""Directories of services, beside systemd-tmpfiles."""

import subprocess
from pathlib import Path

import pytest

from shave.testing.builder import Directory, File, Member
from stages import members, on_disk, scripted, staged

ACCOUNTS: dict[str, Member] = {
    "/etc": Directory(),
    "/etc/passwd": File(b"root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www:/var/www:/bin/sh\n"),
    "/etc/group": File(b"root:x:0:\nadm:x:4:\nwww-data:x:33:\n"),
}
CONFIGURED = b"""# of a service
d /run/one 2775 www-data adm - -
D /run/one/two - - - - -
d /var/lib/"with blank" 0700 www-data - 10d
L /etc/link - - - - ../usr/share/one
L+ /run/plus - - - - /usr/share/one
f /var/lib/flag 0640 root adm - some text
C /etc/copied 0600 - - - /usr/share/one
d /home/never
z /run/one 0700
broken "
"""


@pytest.mark.oracle
@pytest.mark.root
def test_what_is_made_is_systemds(tmp_path: Path) -> None:
    image = ACCOUNTS | {
        "/run": Directory(),
        "/var": Directory(),
        "/var/lib": Directory(),
        "/usr": Directory(),
        "/usr/share": Directory(),
        "/usr/share/one": File(b"shipped\n"),
    }
    configured = (
        CONFIGURED.replace(b'broken "\n', b"").replace(b"z /run/one 0700\n", b"").replace(b"d /home/never\n", b"")
    )
    image |= {"/usr/lib": Directory(), "/usr/lib/tmpfiles.d": Directory(), "/usr/lib/tmpfiles.d/one.conf": configured}
    stage = staged(tmp_path, {"one": image})
    ours = members(scripted(tmp_path, stage, {"one": "systemd-tmpfiles --create one.conf"}).stage)
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["tar", "-xpf", tmp_path / "one.tar", "--numeric-owner", "-C", root], check=True)
    subprocess.run(["systemd-tmpfiles", f"--root={root}", "--create", "one.conf"], capture_output=True, check=True)
    theirs = on_disk(root)
    assert ours == theirs


def test_lines_that_mean_other_places_are_passed_over(tmp_path: Path) -> None:
    text = b'd /home/never\nd /var/../home/x\nbroken "\nz /run/one 0700\nd /run/%b\nx\n'
    stage = staged(tmp_path, {"one": ACCOUNTS | {"/usr/lib/tmpfiles.d/one.conf": File(text)}})
    found = scripted(tmp_path, stage, {"one": "systemd-tmpfiles --create one.conf"})
    assert members(found.stage).keys() == members(stage).keys() and not found.remarks


def test_an_owner_that_nobody_knows_is_said(tmp_path: Path) -> None:
    stage = staged(tmp_path, {"one": ACCOUNTS | {"/usr/lib/tmpfiles.d/one.conf": File(b"d /run/one - missing -\n")}})
    found = scripted(tmp_path, stage, {"one": "systemd-tmpfiles --create one.conf"})
    assert [remark.text for remark in found.remarks] == [
        "/run/one of its tmpfiles.d belongs to missing:-, whom the image does not have"
    ]
