"""Health checks that cannot be made."""

import pytest

from patients import causes, diagnosed, only, tools, without


@pytest.mark.parametrize(
    "test",
    [
        ["CMD-SHELL", "curl localhost || exit 1"],
        ["CMD", "curl", "-f", "localhost"],
        ["CMD", "env", "curl"],
        ["CMD", "/app"],
    ],
)
def test_what_cannot_run(test: list[str]) -> None:
    found = only(diagnosed(tools(), "openssl", Healthcheck={"Test": test}))
    assert (found.cause, found.stops) == ("healthcheck-broken", False)
    assert found.text.startswith("the health check will fail: ")


@pytest.mark.parametrize("test", [["NONE"], ["CMD-SHELL", "curl x || openssl version"], ["CMD", "sh"]])
def test_what_can(test: list[str]) -> None:
    assert diagnosed(tools(), "openssl", Healthcheck={"Test": test}) == ()


def test_what_the_start_lacks_too_is_said_once() -> None:
    members = without(tools(), "/usr/bin/sh")
    found = diagnosed(members, "sh", "-c", "exec openssl", Healthcheck={"Test": ["CMD-SHELL", "openssl version"]})
    assert causes(found) == [("shell-missing", True)]
