"""A container that is a plain process of this host with its loopback: real processes and sockets, no image."""

import gzip
import http.server
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from shave.probes.http import BODY_LIMIT
from shave.runners.protocol import Completed, Start


class HostContainer:
    def __init__(self, process: subprocess.Popen[bytes], start: Start, out: Path, err: Path) -> None:
        self.process, self.started, self.out, self.err = process, start, out, err

    def logs(self) -> tuple[bytes, bytes]:
        return self.out.read_bytes(), self.err.read_bytes()

    def wait(self, timeout: float) -> int | None:
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        return status if status >= 0 else 128 - status

    def signal(self, name: str) -> None:
        self.process.send_signal(signal.Signals[name])

    def execute(self, arguments: Sequence[str], timeout: float) -> Completed:
        environment = dict(entry.split("=", 1) for entry in self.started.environment)
        return _completed(arguments, environment, timeout)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((host, port), timeout)

    def listening(self) -> tuple[int, ...]:
        inodes = set()
        with suppress(OSError):
            for descriptor in Path(f"/proc/{self.process.pid}/fd").iterdir():
                with suppress(OSError):
                    inodes.add(str(descriptor.readlink()))
        rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        ports = {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}
        return tuple(sorted(ports))

    def script(self, arguments: Sequence[str], environment: dict[str, str], timeout: float) -> Completed:
        return _completed(arguments, dict(os.environ) | environment, timeout)


def _completed(arguments: Sequence[str], environment: dict[str, str], timeout: float) -> Completed:
    try:
        done = subprocess.run(arguments, env=environment, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        return Completed(124, late.stdout or b"", late.stderr or b"")
    return Completed(done.returncode, done.stdout, done.stderr)


class HostPrepared:
    """Starts a program of this host as if it were in an image; its starts are kept for the tests to read."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.starts = directory, list[Start]()

    @contextmanager
    def start(self, start: Start) -> Iterator[HostContainer]:
        self.starts.append(start)
        out, err = (self.directory / f"{len(self.starts)}.{name}" for name in ("out", "err"))
        environment = dict(entry.split("=", 1) for entry in start.environment)
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                start.arguments, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )
        try:
            yield HostContainer(process, start, out, err)
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def prepared(tmp_path: Path) -> HostPrepared:
    return HostPrepared(tmp_path)


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


SERVER = """
import http.server, itertools, json, os, sys, time
count = itertools.count(1)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = ANSWERS.get(self.path.partition("?")[0])
        if self.path == "/die":
            os._exit(3)
        if self.path == "/hang":
            time.sleep(60)
        if self.path == "/drip":
            self.send_response(200); self.end_headers()
            for _ in range(600):
                self.wfile.write(b"x"); self.wfile.flush(); time.sleep(0.1)
            return
        status, kind, body = answer() if answer else (404, "text/plain", b"no such page")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Set-Cookie", f"session={os.urandom(8).hex()}; Path=/")
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *arguments):
        pass
def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S").encode()
ANSWERS = {
    "/": lambda: (200, "text/html", b"<h1>" + WORD.encode() + b"</h1>"),
    "/json": lambda: (200, "application/json", json.dumps(
        {"word": WORD, "numbers": [1, 2], "pid": os.getpid(), "long": "x" * 200}).encode()),
    "/time": lambda: (200, "text/plain", now()),
    "/random": lambda: (200, "text/plain", os.urandom(20).hex().encode()),
    "/binary": lambda: (200, "image/png", bytes(range(256))),
    "/moved": lambda: (302, "text/plain", b""),
    "/huge": lambda: (200, "text/plain", b"a" * (9 << 20)),
    "/old": lambda: (200, "text/plain", b"1970-01-01 00:00:00"),
}
WORD = os.environ.get("WORD", "welcome")
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
server.serve_forever()
"""


@pytest.fixture
def server() -> tuple[str, ...]:
    """The arguments of a small web server that listens on $PORT and says $WORD."""
    return (sys.executable, "-I", "-S", "-c", SERVER)


@pytest.fixture
def container(prepared: HostPrepared) -> Iterator[HostContainer]:
    """A container whose program only waits: for what is asked of its network."""
    with prepared.start(Start(("/bin/sleep", "600"), ())) as started:
        yield started


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
def web_port() -> Iterator[int]:
    """The port of a server that packs, lies and sets cookies, in this process."""
    yield from _serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))


@pytest.fixture
def secure_port(tmp_path: Path) -> Iterator[int]:
    """The same behind TLS, with a certificate nobody should believe."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from _serving(server)


def _serving(server: http.server.ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()
