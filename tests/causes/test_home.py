"""Who a program is, and where it lives."""

import pytest

from patients import causes, diagnosed, tools
from shave.testing import Member

PEOPLE: dict[str, Member] = {
    "/etc/passwd": b"root:x:0:0::/root:/bin/sh\nann:x:9:9::/home/ann:/bin/sh\nbob:x:8:8::/nonexistent:/bin/sh\n"
}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("77", ["user-nameless"]),
        ("77:9", ["user-nameless"]),
        ("ann", ["home-missing"]),
        ("9", ["home-missing"]),
        ("bob", []),
        ("root", []),
        ("", []),
    ],
)
def test_users(user: str, expected: list[str]) -> None:
    found = diagnosed(tools() | PEOPLE, "sh", User=user)
    assert causes(found) == [(cause, False) for cause in expected]


def test_home_of_the_environment() -> None:
    env = ["HOME=/tmp", "PATH=/bin"]
    assert diagnosed(tools() | PEOPLE, "sh", User="ann", Env=env) == ()
