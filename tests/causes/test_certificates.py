"""Programs that ask for authorities."""

import pytest

from patients import LIB, causes, diagnosed, host, only, script, tools, without
from shave.testing import Member

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
BARE = without(tools(), BUNDLE)


def test_openssl() -> None:
    found = only(diagnosed(BARE, "openssl"))
    assert (found.cause, found.stops) == ("certificates-missing", False)
    assert found.text == "/usr/bin/openssl can trust no server: no certificates of authorities are there"
    assert diagnosed(tools(), "openssl") == () and diagnosed(BARE, "sh") == ()


def test_what_a_script_starts() -> None:
    started = BARE | {"/app/x": script("#!/bin/sh\nset -e\nexec openssl version\n")}
    assert causes(diagnosed(started, "/app/x")) == [("certificates-missing", False)]


@pytest.mark.parametrize(
    "member", [{"/etc/ssl/cert.pem": b"x"}, {"/etc/ssl/certs/0.0": b"x"}, {"/x/certifi/cacert.pem": b"x"}]
)
def test_where_they_may_be(member: dict[str, Member]) -> None:
    assert diagnosed(BARE | member, "openssl") == ()


def test_a_server_that_only_answers() -> None:
    """It has libssl, and does not ask for the system's authorities."""
    members: dict[str, Member] = {"/usr/bin/server": host("/bin/sh"), f"{LIB}/libz.so.1": host(f"{LIB}/libssl.so.3")}
    assert diagnosed(BARE | members, "server") == ()


def test_java_has_its_own() -> None:
    java: dict[str, Member] = {"/jre/bin/java": host("/bin/sh"), "/jre/lib/security/x": b""}
    assert causes(diagnosed(tools() | java, "/jre/bin/java", "-version")) == [("certificates-missing", False)]
    there = java | {"/jre/lib/security/cacerts": b"x"}
    assert diagnosed(BARE | there, "/jre/bin/java", "-version") == ()


@pytest.mark.parametrize(
    ("source", "asks"),
    [
        (b"print()", False),
        (b"import ssl", True),
        (b"from urllib.request import urlopen", True),
        (b"try:\n    import ssl\nexcept ImportError:\n    pass", False),
    ],
)
def test_of_python_only_what_surely_asks(source: bytes, asks: bool) -> None:
    library: dict[str, Member] = {
        "/usr/bin/python3.11": host("/bin/sh"),
        "/usr/lib/python3.11/os.py": b"",
        "/usr/lib/python3.11/ssl.py": b"",
        "/usr/lib/python3.11/encodings/__init__.py": b"",
        "/usr/lib/python3.11/urllib/__init__.py": b"",
        "/usr/lib/python3.11/urllib/request.py": b"",
    }
    found = diagnosed(BARE | library | {"/x.py": source}, "python3.11", "/x.py")
    assert causes(found) == ([("certificates-missing", False)] if asks else [])
