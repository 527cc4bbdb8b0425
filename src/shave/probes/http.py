"""``http``: one request; judged by status, the headers that matter, and body.

Redirects are not followed: where they lead is the answer. Certificates are not verified: they are part of the image.
"""

import http.client
import io
import socket
import ssl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from threading import Event, Timer
from typing import Any
from urllib.parse import quote, urlsplit

from shave.probe import Http, Observation, Probe
from shave.probes.answer import Fields, fields
from shave.runners.protocol import Container

BODY_LIMIT = 8 << 20
_WIRE_LIMIT = 4 * BODY_LIMIT
_LONGEST_COMPLAINT = 200  # http.client repeats the line it does not like, of up to 64 KiB

# What changes how a client behaves; not what a server makes up anew (date, etag, request ids) or says of itself.
_HEADERS = (
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "location",
    "www-authenticate",
    "allow",
    "cache-control",
    "vary",
    "content-security-policy",
    "strict-transport-security",
    "access-control-allow-origin",
)

_SAFE = "/%?:@!$&'()*+,;=~-._"  # RFC 3986, 3.3 and 3.4; "%" because what is quoted stays quoted


def ask(container: Container, probe: Probe) -> Observation:
    """Ask the one request. An answer with another status than the expected one is a failure that keeps its fields."""
    question = probe.http or Http("")
    found = request(container, question, probe.timeout)
    status = dict(found)["status"]
    expected = question.expect_status
    failure = f"status {status}, expected {expected}" if expected and status != str(expected) else ""
    return Observation(probe.name, probe.kind, found, failure=failure)


def request(container: Container, question: Http, timeout: float) -> Fields:
    """The answer as fields, whole within ``timeout`` seconds however slowly it drips.

    Raises OSError if nothing answers in time, ``http.client.HTTPException`` as OSError if what answers is no HTTP.
    """
    parts = urlsplit(question.url)
    secure = parts.scheme == "https"
    host = parts.hostname or "localhost"
    plain = container.connect(host, parts.port or (443 if secure else 80), timeout)
    with _wrapped(plain, host) if secure else plain as connection, _limit(connection, timeout):
        if isinstance(connection, ssl.SSLSocket):
            connection.do_handshake()
        try:
            return _exchange(connection, parts.netloc.rpartition("@")[2], question)
        except ConnectionError:  # http.client's own is an HTTPException as well
            raise
        except (http.client.HTTPException, ValueError) as error:  # the latter for a chunk of -5 bytes
            raise OSError(f"no HTTP: {type(error).__name__} {error}".strip()[:_LONGEST_COMPLAINT]) from error


class _Response(http.client.HTTPResponse):
    """Ends after ``_WIRE_LIMIT`` bytes, whatever it says of itself: http.client reads a chunk of -1 bytes for ever."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_Bounded(self.fp))


class _Bounded(io.RawIOBase):
    """The first ``_WIRE_LIMIT`` bytes of a stream."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream, self._left = stream, _WIRE_LIMIT

    def readable(self) -> bool:
        """As a buffered reader asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill as much of ``buffer`` as there is, and may be."""
        data = self._stream.read1(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        """With the stream."""
        self._stream.close()
        super().close()


def _exchange(connection: socket.socket, host: str, question: Http) -> Fields:
    parts = urlsplit(question.url)
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    client = http.client.HTTPConnection(host)
    client.sock = connection
    client.response_class = _Response
    headers = {"Host": host, "User-Agent": "shave", "Accept": "*/*", "Connection": "close", **question.headers}
    client.request(question.method, path, question.body.encode() or None, headers)
    with client.getresponse() as response:
        body = response.read(BODY_LIMIT + 1)
        return (("status", str(response.status)), *_headers(response), *_body(response, body))


def _headers(response: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
    for name in _HEADERS:
        if found := response.headers.get_all(name):
            yield f"header {name}", ", ".join(str(value) for value in found)
    cookies = {value.partition("=")[0].strip() for value in response.headers.get_all("set-cookie") or ()}
    if cookies:
        yield "cookies", " ".join(sorted(cookies))


def _body(response: http.client.HTTPResponse, body: bytes) -> Fields:
    if len(body) > BODY_LIMIT:
        digest = sha256(body[:BODY_LIMIT]).hexdigest()
        return (("body", f"sha256:{digest} (the first {BODY_LIMIT} bytes)"),)
    return fields("body", _decoded(body, response.headers.get("content-encoding", "")))


def _decoded(body: bytes, encoding: str) -> bytes:
    """The body unpacked as far as the limit, so that what is packed is judged; as it is if it is not what it says."""
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    with suppress(zlib.error):
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(body, BODY_LIMIT)
    return body


def _wrapped(plain: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _limit(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up after ``seconds``: a socket's own timeout begins anew with every byte. Then raises TimeoutError."""
    expired = Event()

    def hang_up() -> None:
        expired.set()
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except OSError:
        if not expired.is_set():
            raise
    finally:
        timer.cancel()
    if expired.is_set():
        raise TimeoutError
