"""Passwords of netrc, and who is told them."""

import base64
import hashlib
import ssl
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from registries import certificate
from shave import downloads
from shave.downloads import Wanted
from shave.events import silent
from shave.netrc_credentials import authorization

SAID = {"Authorization": "Basic " + base64.b64encode(b"ann:s\xc3\xa9cret").decode()}


@pytest.fixture(autouse=True)
def _netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "machine a.example login ann password sécret\nmachine localhost login ann password sécret\n"
    (tmp_path / "netrc").write_text(f"{text}default login eve password other\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://a.example/x", True),
        ("https://A.example:8443/x", True),
        ("http://a.example/x", False),
        ("https://b.example/x", False),
        ("https://b.a.example/x", False),
        ("file:///x", False),
    ],
)
def test_who_is_told(url: str, is_told: bool) -> None:
    assert authorization(url) == (SAID if is_told else {})


@pytest.mark.parametrize("text", [None, "machine", "machine a.example login", "\xff", "machine \N{NO-BREAK SPACE}"])
def test_a_file_that_says_nothing(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.unlink() if text is None else path.write_bytes(text.encode("latin-1"))
    assert authorization("https://a.example/x") == {}


def test_a_file_of_an_index_that_wants_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.headers["Authorization"] == SAID["Authorization"] else 401)
            self.send_header("Content-Length", "1")
            self.end_headers()
            self.wfile.write(b"x")

        def log_message(self, *_: object) -> None: ...

    cert, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        digest = hashlib.sha256(b"x").hexdigest()
        wanted = Wanted("x", f"https://localhost:{server.server_address[1]}/x", digest, 1)
        assert downloads.fetch([wanted], tmp_path, silent)[digest].read_bytes() == b"x"
        server.shutdown()
