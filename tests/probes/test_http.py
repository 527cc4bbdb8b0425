import pytest

from shave.probe import Http
from shave.probes.http import BODY_LIMIT, request


def asked(container, port: int, path: str, scheme: str = "http", **more: object) -> dict[str, str]:
    return dict(request(container, Http(f"{scheme}://localhost:{port}{path}", **more), 5.0))


def test_headers_that_matter_and_the_names_of_cookies(container, web_port: int) -> None:
    assert asked(container, web_port, "/") == {
        "status": "200",
        "header cache-control": "x",
        "header vary": "x",
        "cookies": "a b",
        "body": "GET / HTTP/1.1",
    }


def test_a_packed_body_is_judged_unpacked(container, web_port: int) -> None:
    assert asked(container, web_port, "/gzip")["body"] == "<p>hello</p>\n"
    assert asked(container, web_port, "/liar")["body"] == "<p>hello</p>\n"


def test_a_bomb_is_unpacked_to_the_limit(container, web_port: int) -> None:
    assert asked(container, web_port, "/bomb")["body"].endswith(f"({BODY_LIMIT} bytes)")


def test_methods_headers_and_bodies(container, web_port: int) -> None:
    found = asked(container, web_port, "/", method="POST", headers={"X-Key": "k"}, body="é")
    assert (found["status"], found["body"]) == ("201", "k é")
    assert asked(container, web_port, "/", method="HEAD")["body"] == ""


def test_paths_are_quoted_once(container, web_port: int) -> None:
    assert (
        asked(container, web_port, "/a%20b c/é?x=1&y= 2%20#part")["body"]
        == "GET /a%20b%20c/%C3%A9?x=1&y=%202%20 HTTP/1.1"
    )


def test_no_certificate_is_verified(container, secure_port: int) -> None:
    assert asked(container, secure_port, "/", "https")["status"] == "200"


def test_tls_that_is_none_is_an_os_error(container, web_port: int) -> None:
    with pytest.raises(OSError):
        asked(container, web_port, "/", "https")
