import gzip
import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shave.probe import Http
from shave.probes.http import BODY_LIMIT, request

PAGE = b"<p>hello</p>\n"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = gzip.compress(PAGE if self.path == "/gzip" else b"\0" * (BODY_LIMIT + 1))
        body = {"/gzip": body, "/bomb": body, "/liar": PAGE}.get(self.path, self.requestline.encode())
        self.send_response(200)
        if self.path in ("/gzip", "/bomb", "/liar"):
            self.send_header("Content-Encoding", "gzip")
        for name in ("Cache-Control", "Vary", "ETag", "X-Request-Id"):
            self.send_header(name, "x")
        for cookie in ("b=1; Path=/", "a=2"):
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_PUT = do_GET  # noqa: N815

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(self.headers["X-Key"].encode() + b" " + body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    yield from serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))


@pytest.fixture
def secure_port(tmp_path: Path) -> Iterator[int]:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from serving(server)


def serving(server: http.server.ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def asked(container, port: int, path: str, scheme: str = "http", **more: object) -> dict[str, str]:
    return dict(request(container, Http(f"{scheme}://localhost:{port}{path}", **more), 5.0))


def test_headers_that_matter_and_the_names_of_cookies(container, port: int) -> None:
    assert asked(container, port, "/") == {
        "status": "200",
        "header cache-control": "x",
        "header vary": "x",
        "cookies": "a b",
        "body": "GET / HTTP/1.1",
    }


def test_a_packed_body_is_judged_unpacked(container, port: int) -> None:
    assert asked(container, port, "/gzip")["body"] == PAGE.decode()
    assert asked(container, port, "/liar")["body"] == PAGE.decode()


def test_a_bomb_is_unpacked_to_the_limit(container, port: int) -> None:
    assert asked(container, port, "/bomb")["body"].endswith(f"({BODY_LIMIT} bytes)")


def test_methods_headers_and_bodies(container, port: int) -> None:
    found = asked(container, port, "/", method="POST", headers={"X-Key": "k"}, body="é")
    assert (found["status"], found["body"]) == ("201", "k é")
    assert asked(container, port, "/", method="HEAD")["body"] == ""


def test_paths_are_quoted_once(container, port: int) -> None:
    assert (
        asked(container, port, "/a%20b c/é?x=1&y= 2%20#part")["body"] == "GET /a%20b%20c/%C3%A9?x=1&y=%202%20 HTTP/1.1"
    )


def test_no_certificate_is_verified(container, secure_port: int) -> None:
    assert asked(container, secure_port, "/", "https")["status"] == "200"


def test_tls_that_is_none_is_an_os_error(container, port: int) -> None:
    with pytest.raises(OSError):
        asked(container, port, "/", "https")
