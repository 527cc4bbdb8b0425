"""What goes over the wire, to whom, and what becomes of what does not come back."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shave import __version__
from shave.events import Event, Remark, silent
from shave.net import NetworkError, Patience, Request, Web, joined, origin_of, phrase, read
from shave.testing.registry import registry

HASTE = Patience(connect=2, stall=0.5, attempts=3, first_pause=0.01, longest_pause=2)


class Server(ThreadingHTTPServer):
    """Answers by path: a status, headers, a body. ``heard`` is the first line and Authorization of each request."""

    def __init__(self, answers: dict[str, tuple[int, dict[str, str], bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.heard: list[tuple[str, str, str]] = []
        self.agents: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.heard.append((f"{self.command} {self.path}", self.headers.get("Authorization", ""), body.decode()))
        self.server.agents.add(self.headers["User-Agent"])
        status, headers, data = self.server.answers[self.path]
        self.send_response(status)
        for name, text in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serving(answers: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[Server]:
    with Server(answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def tunnelling(port: int) -> Iterator[str]:
    """A proxy whose every CONNECT leads to one port of this machine: so it has names that are not loopback's."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as closing:

        def pump(one: socket.socket, other: socket.socket) -> None:
            with suppress(OSError):
                while data := one.recv(1 << 16):
                    other.sendall(data)
            with suppress(OSError):
                other.shutdown(socket.SHUT_RDWR)

        def serve() -> None:
            while True:
                try:
                    client = closing.enter_context(listener.accept()[0])
                except OSError:
                    return
                with suppress(OSError):
                    asked = client.recv(1 << 16)
                    assert asked.startswith(b"CONNECT ")
                    there = closing.enter_context(socket.create_connection(("127.0.0.1", port)))
                    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    for pair in ((client, there), (there, client)):
                        threading.Thread(target=pump, args=pair, daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def fetch(web: Web, url: str, limit: int = 100) -> bytes:
    with web.open(Request("GET", url)) as response:
        return read(response, limit, "the token")


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(False, silent, HASTE) as made:
        yield made


def test_a_redirect_takes_the_login_nowhere_else(web: Web) -> None:
    with serving({"/there": (200, {}, b"it")}) as other, serving({}) as first:
        first.answers |= {
            "/away": (307, {"Location": f"{other.url}/there"}, b""),
            "/near": (302, {"Location": "/there"}, b""),
            "/there": (200, {}, b"here"),
        }
        for path, body in (("away", b"it"), ("near", b"here")):
            with web.open(Request("GET", f"{first.url}/{path}", {"Authorization": "Basic x"})) as response:
                assert read(response, 10, "it") == body
        assert [heard[:2] for heard in first.heard] == [
            ("GET /away", "Basic x"),
            ("GET /near", "Basic x"),
            ("GET /there", "Basic x"),
        ]
        assert [heard[:2] for heard in other.heard] == [("GET /there", "")]
        assert other.agents == {f"shave/{__version__}"}


@pytest.mark.parametrize(("status", "method", "body"), [(303, "GET", ""), (307, "POST", "abc"), (308, "POST", "abc")])
def test_a_body_follows_where_it_should(web: Web, status: int, method: str, body: str) -> None:
    with serving({"/b": (200, {}, b""), "/a": (status, {"Location": "/b"}, b"")}) as server:
        with web.open(Request("POST", f"{server.url}/a", {}, lambda: [b"a", b"bc"], 3)):
            pass
        assert [(line, said) for line, _, said in server.heard] == [("POST /a", "abc"), (f"{method} /b", body)]


def test_a_secret_body_goes_nowhere_else(web: Web) -> None:
    with serving({"/there": (200, {}, b"")}) as other, serving({"/there": (200, {}, b"")}) as first:
        first.answers |= {f"/{at.server_port}": (307, {"Location": f"{at.url}/there"}, b"") for at in (first, other)}
        near, away = (
            Request("POST", f"{first.url}/{at.server_port}", {}, lambda: [b"abc"], 3, secret=True)
            for at in (first, other)
        )
        with web.open(near):
            pass
        with pytest.raises(NetworkError, match="with a secret"), web.open(away):
            pass
        assert [said for _, _, said in first.heard] == ["abc", "abc", "abc"]
        assert other.heard == []


def test_a_circle_of_redirects_ends(web: Web) -> None:
    with serving({"/a": (302, {"Location": "/a"}, b"")}) as server:
        with pytest.raises(NetworkError, match="in circles"):
            fetch(web, f"{server.url}/a")
        assert len(server.heard) == 10


def test_documents_are_bounded(web: Web) -> None:
    with serving({"/a": (200, {}, bytes(1 << 20))}) as server, pytest.raises(NetworkError, match="the token has more"):
        fetch(web, f"{server.url}/a", 1000)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/v2/x?a=b%3D", "https://h:1/v2/x?a=b%3D"),
        ("https://other/x", "https://other/x"),
        ("//other/x", "https://other/x"),
        ("y", "https://h:1/v2/y"),
    ],
)
def test_locations(location: str, target: str) -> None:
    assert joined("https://h:1/v2/a", location) == target


@pytest.mark.parametrize(
    "location", ["http://h:1/x", "ftp://h/x", "file:///etc/passwd", "https://[x/", "https://h:99999/"]
)
def test_locations_that_lead_astray(location: str) -> None:
    with pytest.raises(NetworkError, match="h:1 sends us on to"):
        joined("https://h:1/v2/a", location)


def test_origins() -> None:
    assert origin_of("https://a/b") == origin_of("https://a:443/") != origin_of("https://a:444/")
    assert origin_of("http://a/") != origin_of("https://a/")
    assert origin_of("https://user@a/") == "https://a:443"


def test_phrases() -> None:
    assert (phrase(404), phrase(799)) == ("404 Not Found", "799")


def test_passing_statuses_are_tried_again_and_told(web: Web) -> None:
    told: list[Event] = []
    web.sink = told.append
    tries = []

    def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise NetworkError("not yet", passing=True, pause=0)
        return "done"

    assert web.again(work) == "done"
    assert told == [Remark("not yet", "detail")] * 2


@pytest.mark.parametrize(("passing", "tries"), [(True, 3), (False, 1)])
def test_attempts_are_bounded(web: Web, passing: bool, tries: int) -> None:
    made = []

    def work() -> None:
        made.append(1)
        raise NetworkError("no", passing=passing)

    with pytest.raises(NetworkError, match="no"):
        web.again(work)
    assert len(made) == tries


@pytest.mark.parametrize(
    ("after", "passing", "pause"),
    [
        ("", True, None),
        ("1", True, 1),
        ("0", True, 0),
        ("3", False, None),
        ("9" * 400, False, None),
        ("soon", True, None),
        ("-1", True, None),
        pytest.param(format_datetime(datetime.now(UTC) + timedelta(days=1)), False, None, id="tomorrow"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", True, 0),
        ("Thu, 99 Jan 1970", True, None),
        ("99999999999999999999 Jan 2024 00:00:00", True, None),
        (f"Mon, 01 Jan 2024 00:00:00 +{'9' * 20}", True, None),
    ],
)
def test_how_long_a_server_asks_to_wait(web: Web, after: str, passing: bool, pause: float | None) -> None:
    busy = serving({"/a": (429, {"Retry-After": after}, b"")})
    with busy as server, web.open(Request("GET", f"{server.url}/a")) as response:
        error = web.refusal(response, "it is busy")
    assert (error.passing, error.pause, error.status) == (passing, pause, 429)


def test_nobody_there(web: Web) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NetworkError, match=f"127.0.0.1:{port} cannot be reached: Connection refused") as caught:
        fetch(web, f"http://127.0.0.1:{port}/")
    assert caught.value.passing
    assert caught.value.status == 0
    assert caught.value.hint.startswith(f"is a registry running at 127.0.0.1:{port}?")


def test_somebody_who_never_answers(web: Web) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent_one:
        port = silent_one.getsockname()[1]
        with pytest.raises(NetworkError, match=f"127.0.0.1:{port} has stalled"):
            fetch(web, f"http://127.0.0.1:{port}/")


def test_somebody_who_speaks_no_tls(web: Web) -> None:
    with serving({}) as server, pytest.raises(NetworkError, match="does not speak TLS") as caught:
        fetch(web, server.url.replace("http", "https"))
    assert not caught.value.passing


def test_a_proxy_of_the_environment_but_not_for_this_machine(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"http://registry.example/v2/": (200, {}, b"far"), "/v2/": (200, {}, b"near")}) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        for url, body in (("http://registry.example", b"far"), (server.url, b"near")):
            assert fetch(web, f"{url}/v2/") == body


@pytest.mark.parametrize("trusted", ["nobody", "insecure", "certs.d"])
def test_certificates(trusted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, cert, key = "registry.example", tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    command += ["-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", cert]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if trusted == "certs.d":
        folder = tmp_path / "containers/certs.d" / name
        folder.mkdir(parents=True)
        (folder / "ca.crt").write_bytes(cert.read_bytes())
    with registry(tls=(cert, key)) as made, tunnelling(int(made.url.rpartition(":")[2])) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with Web(trusted == "insecure", silent, HASTE) as web, ExitStack() as expected:
            if trusted == "nobody":
                raised = expected.enter_context(pytest.raises(NetworkError, match="is not trusted: self-signed"))
            assert fetch(web, f"https://{name}/v2/") == b"{}"
        if trusted == "nobody":
            assert "certs.d/registry.example/ca.crt, or give --insecure" in raised.value.hint
            assert not raised.value.passing
