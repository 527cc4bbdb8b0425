"""The door to the network: HTTP/1.1 on a loopback port, with or without TLS."""

import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from shave.testing.registry.messages import Answer, Request

_CHUNK = 64 << 10


Service = Callable[[Request], tuple[int | None, Callable[[bytes], Answer]]]
"""Given a request without its body: how many bytes of the body to read (None: all), and the answer to them."""


class Server(ThreadingHTTPServer):
    """A connection is a thread; at the end of ``serving`` all are gone."""

    daemon_threads = False

    def __init__(self, service: Service, tls: tuple[Path, Path] | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service
        self.stopped = Event()
        self.connections: set[socket.socket] = set()
        self.bugs: list[BaseException] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
        if self.context and tls:
            self.context.load_cert_chain(*tls)

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        """``scheme://host:port``."""
        return f"{'https' if self.context else 'http'}://{self.address}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS begins in the connection's own thread: a client that does not greet stops nobody else."""
        connection = request
        if self.context:
            connection = self.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        self.connections.add(connection)
        with connection:
            if not self.stopped.is_set():
                super().finish_request(connection, client_address)
        self.connections.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may go away and distrust us; anything else is told at the end."""
        error = sys.exc_info()[1]
        if error and not isinstance(error, OSError):
            self.bugs.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def exchange(self) -> None:
        """One request and its answer."""
        path, _, query = self.path.partition("?")
        # RFC 9110 section 5.3: Go's clients send a line of Accept for each media type
        headers = {name.lower(): ", ".join(self.headers.get_all(name, ())) for name in self.headers}
        request = Request(self.command, path, query, headers, base=self.server.url)
        most, answer = self.server.service(request)
        self._send(answer(b"".join(self._body(most))))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = exchange  # noqa: N815

    def _body(self, most: int | None) -> Iterator[bytes]:
        left = sys.maxsize if most is None else most
        for size in self._pieces():
            data = self.rfile.read(min(size, left))
            left -= len(data)
            yield data
            if not left or len(data) < size:
                return

    def _pieces(self) -> Iterator[int]:
        """The sizes of the body's pieces, each to be read before the next: one, or those of RFC 9112 section 7.1."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield int(self.headers.get("Content-Length") or 0)
            return
        while size := int(self.rfile.readline(100).partition(b";")[0] or b"0", 16):
            yield size
            self.rfile.readline(3)
        self.rfile.readline(3)

    def _send(self, answer: Answer) -> None:
        self.close_connection = self.close_connection or answer.cut is not None
        if answer.cut == -1:
            return
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body))} if answer.status != 204 else {}
        for name, text in (answer.headers | headers).items():
            self.send_header(name, text)
        with suppress(BrokenPipeError, ConnectionResetError):
            self.end_headers()
            if self.command != "HEAD":
                self._send_body(answer)

    def _send_body(self, answer: Answer) -> None:
        body = memoryview(answer.body)[: answer.cut]
        if answer.stall_seconds:
            self.wfile.write(body[: answer.stall_after])
            self.server.stopped.wait(answer.stall_seconds)
            body = body[answer.stall_after :]
        for start in range(0, len(body), _CHUNK):
            self.wfile.write(body[start : start + _CHUNK])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: what was asked is remembered."""


@contextmanager
def serving(service: Service, tls: tuple[Path, Path] | None) -> Iterator[Server]:
    """A server that runs as long as the context; ``tls`` is a certificate and its key, in PEM.

    An error of ours is raised at the end.
    """
    with Server(service, tls) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), name="shave.testing.registry")
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.stopped.set()
            for connection in list(server.connections):
                with suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)  # not TLS's own, which another thread is in
    if server.bugs:
        raise server.bugs[0]
