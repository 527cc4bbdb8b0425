"""Directories that a user cannot write."""

import pytest

from patients import causes, diagnosed, only, tools
from shave.testing import Directory


@pytest.mark.parametrize(
    ("directory", "writable"),
    [
        (Directory(0o755), False),
        (Directory(0o777), True),
        (Directory(0o755, uid=9), True),
        (Directory(0o577, uid=9), False),
        (Directory(0o775, gid=20), True),
        (Directory(0o755, gid=20), False),
        (Directory(0o770, gid=9), True),
    ],
)
def test_volumes(directory: Directory, writable: bool) -> None:
    members = tools() | {"/data/": directory}
    found = diagnosed(members, "sh", User="app", Volumes={"/data": {}})
    assert causes(found) == ([] if writable else [("not-writable", False)])
    assert diagnosed(members, "sh", Volumes={"/data": {}}) == ()


def test_an_empty_working_directory_and_a_home() -> None:
    members = tools() | {"/work/": Directory(), "/srv/": Directory(), "/srv/app.py": b""}
    found = only(diagnosed(members, "sh", User="app", WorkingDir="/work"))
    assert found.text == "/work, the working directory, may not be written by app"
    assert found.evidence == ("/work is of 0:0, mode 0755; app is 9:9,20",)
    assert diagnosed(members, "sh", User="app", WorkingDir="/srv") == ()
    env = ["HOME=/srv", "PATH=/bin"]
    assert only(diagnosed(members, "sh", User="app", Env=env)).text.startswith("/srv, the home of the user")
