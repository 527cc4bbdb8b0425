"""Answers that attack the one who asked: each ends within the probe's time, as an answer or as one sentence."""

import gzip
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from shave.probe import Http
from shave.probes.http import BODY_LIMIT, request

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BLOCK = b"x" * (1 << 16)
GZIP = gzip.compress(bytes(64 << 20))
SECONDS = 2.0
Answer = Callable[[socket.socket], None]


def whole(data: bytes) -> Answer:
    """This and the end."""
    return lambda connection: connection.sendall(data)


def endless(start: bytes, again: bytes) -> Answer:
    """A start, and the same again as long as it is taken."""

    def send(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(again)

    return send


def slowly(start: bytes, again: bytes) -> Answer:
    """The same, a piece every tenth of a second."""

    def send(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(again)
            time.sleep(0.1)

    return send


def silence(connection: socket.socket) -> None:
    """Nothing until the other end hangs up."""
    while connection.recv(1 << 16):
        pass


ANSWERED: dict[str, tuple[Answer, str]] = {
    "an endless body": (endless(OK + b"\r\n", BLOCK), f"(the first {BODY_LIMIT} bytes)"),
    "a body of 2^63 bytes": (endless(OK + b"Content-Length: 9223372036854775808\r\n\r\n", BLOCK), "the first"),
    "a length of -1": (whole(OK + b"Content-Length: -1\r\n\r\nhere"), "here"),
    "a length that is no number": (whole(OK + b"Content-Length: many\r\n\r\nhere"), "here"),
    "less than its length": (whole(OK + b"Content-Length: 100\r\n\r\nhere"), "here"),
    "two lengths": (whole(OK + b"Content-Length: 4\r\nContent-Length: 9\r\n\r\nhere"), "here"),
    "endless chunks": (endless(CHUNKED, b"10000\r\n" + BLOCK + b"\r\n"), "the first"),
    "a gzip bomb": (whole(OK + b"Content-Encoding: gzip\r\n\r\n" + GZIP), f"({BODY_LIMIT} bytes)"),
    "what is no gzip": (whole(OK + b"Content-Encoding: gzip\r\n\r\nhere"), "here"),
    "bytes that are no text": (whole(OK + b"\r\n\xff\xfe\xed\xa0\x80"), "sha256:"),
    "a redirect to elsewhere": (
        whole(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\nhere"),
        "here",
    ),
}
REFUSED: dict[str, Answer] = {
    "a chunk of -5 bytes": whole(CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n"),
    "a chunk that is no number": whole(CHUNKED + b"many\r\nhello\r\n"),
    "a chunk's endless size": endless(CHUNKED, b"0" * 4096),
    "a header without end": endless(OK + b"X: ", BLOCK),
    "headers without end": endless(OK, b"X: y\r\n"),
    "a status line without end": endless(b"HTTP/1.1 200 ", BLOCK),
    "a status of 5000 digits": whole(b"HTTP/1.1 " + b"9" * 5000 + b" OK\r\n\r\n"),
    "continue without end": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "no HTTP": whole(b"\x15\x03\x01\x00\x02\x02\x50"),
    "nothing": whole(b""),
    "silence": silence,
    "headers that drip": slowly(OK, b"X: y\r\n"),
    "a body that drips": slowly(OK + b"\r\n", b"x"),
    "trailers without end": endless(CHUNKED + b"0\r\n", b"X: y\r\n"),
}


@contextmanager
def served(answer: Answer) -> Iterator[int]:
    """A server on a port that answers one request so."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(20)
                    connection.recv(1 << 16)
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_answered_is_cut_to_the_limit(container, name: str) -> None:
    answer, expected = ANSWERED[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with served(answer) as port:
        found = dict(request(container, Http(f"http://localhost:{port}/"), 20.0))
    assert expected in found["body"]
    assert found.get("header location", "http://169.254.169.254/") == "http://169.254.169.254/"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_answer_is_an_os_error(container, name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with served(REFUSED[name]) as port, pytest.raises(OSError) as caught:
        request(container, Http(f"http://localhost:{port}/"), SECONDS)
    assert len(str(caught.value)) < 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10
