"""Users and groups that an image does not know."""

import pytest

from patients import causes, diagnosed, only, tools


@pytest.mark.parametrize("user", ["www", "app:www"])
def test_names_must_be_known(user: str) -> None:
    found = only(diagnosed(tools(), "sh", User=user))
    assert (found.cause, found.stops) == ("user-unknown", True) and "root, " in found.evidence[0]


@pytest.mark.parametrize("user", ["", "root", "app", "9:20", "app:data", "0:7"])
def test_what_is_known(user: str) -> None:
    assert diagnosed(tools(), "sh", User=user) == ()


def test_it_stops_no_base() -> None:
    found = diagnosed({"/x": b""}, User="www")
    assert causes(found) == [("user-unknown", False), ("no-command", False)]
    assert found[0].evidence == ("/etc/passwd is empty or not there",)
