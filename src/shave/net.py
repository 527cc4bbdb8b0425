"""HTTP as registries need it: bounded, patient, and careful about what it says to whom."""

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from shave import __version__, tls
from shave.errors import CannotError
from shave.events import Remark, Sink

if TYPE_CHECKING:
    from httpx2 import Client, Response
    from stamina import Attempt

_REDIRECTS = (301, 302, 303, 307, 308)
_HOPS = 10
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_AGENT = f"shave/{__version__}"
T = TypeVar("T")
# stamina tells of retries through logging, which without a handler would print them over the progress
logging.getLogger("stamina").addHandler(logging.NullHandler())


class Patience(Struct, frozen=True):
    """How long to wait, in seconds: for a connection, for the next byte, before another of ``attempts``.

    A server may ask for a longer pause than the usual ones, up to ``longest_pause``. Nothing bounds the whole: an image
    may be large and a line slow.
    """

    connect: float = 10
    stall: float = 60
    attempts: int = 5
    first_pause: float = 0.2
    longest_pause: float = 60


PATIENT = Patience()


class Request(Struct, frozen=True):
    """``body`` is called for each time the request is sent; ``size`` is its bytes. A ``secret`` body is, as an
    Authorization always is, for the origin of ``url`` alone.
    """

    method: str
    url: str
    headers: dict[str, str] = {}
    body: Callable[[], Iterable[bytes]] | None = None
    size: int = 0
    secret: bool = False


class NetworkError(CannotError):
    """Nobody answered, then ``status`` is 0, or the answer was no. ``passing``: another time it may be better.

    ``pause`` is what the server asks to wait for, in seconds.
    """

    def __init__(
        self, message: str, hint: str = "", *, status: int = 0, passing: bool = False, pause: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.status, self.passing, self.pause = status, passing, pause


class Web:
    """Connections to any number of hosts, used from any thread, closed at the end of the context.

    ``insecure`` allows certificates that nobody vouches for. Proxies are those of the environment, but never for this
    machine itself, as in Go's net/http.
    """

    def __init__(self, insecure: bool, sink: Sink, patience: Patience = PATIENT) -> None:
        self.insecure, self.sink, self.patience = insecure, sink, patience
        self._clients: dict[str, Client] = {}
        self._lock = threading.Lock()
        self._closing = ExitStack()

    def __enter__(self) -> "Web":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @contextmanager
    def open(self, request: Request) -> Iterator["Response"]:
        """The answer, whatever its status, its body not yet read. Raises NetworkError if there is none.

        Redirects are followed. Authorization goes to nobody but the origin it was meant for (CVE-2018-18074 was that),
        and nothing that began with TLS goes on without.
        """
        with ExitStack() as closing:
            for _ in range(_HOPS):
                response = closing.enter_context(self._sent(request))
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    yield response
                    return
                request = _redirected(request, response.headers["location"], response.status_code)
                closing.pop_all().close()
        raise NetworkError(f"{host_of(request.url)} redirects in circles")

    def attempts(self) -> Iterable["Attempt"]:
        """Contexts to try the same thing in, with growing pauses; a NetworkError that does not pass ends them."""
        from stamina import retry_context

        patience = self.patience
        return retry_context(
            on=self._pause,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first_pause,
            wait_max=patience.longest_pause,
            wait_jitter=patience.first_pause,
        )

    def again(self, work: Callable[[], T]) -> T:
        """What ``work`` gives at the first attempt that succeeds."""
        for attempt in self.attempts():
            with attempt:
                return work()
        raise AssertionError("the last attempt raises")

    def refusal(self, response: "Response", message: str, hint: str = "") -> NetworkError:
        """The error that an answer means: its status says whether it may pass, its headers how long to wait."""
        status, pause = response.status_code, _wanted_pause(response.headers.get("retry-after", ""))
        if pause is not None and pause > self.patience.longest_pause:
            return NetworkError(f"{message}; it asks to wait {pause:.0f} s", hint, status=status)
        passing = status in _PASSING
        return NetworkError(message, hint or "try again later" * passing, status=status, passing=passing, pause=pause)

    def _pause(self, error: Exception) -> bool | float:
        if not isinstance(error, NetworkError) or not error.passing:
            return False
        self.sink(Remark(str(error), "detail"))
        return True if error.pause is None else error.pause

    @contextmanager
    def _sent(self, request: Request) -> Iterator["Response"]:
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity", **request.headers}
        content = request.body() if request.body else None
        if content is not None:
            headers["Content-Length"] = str(request.size)
        client = self._client(request.url)
        with (
            _refused(request.url),
            client.stream(request.method, request.url, headers=headers, content=content) as response,
        ):
            yield response

    def _client(self, url: str) -> "Client":
        origin = origin_of(url)
        with self._lock:
            if origin not in self._clients:
                self._clients[origin] = self._closing.enter_context(self._connected(url))
            return self._clients[origin]

    def _connected(self, url: str) -> "Client":
        from httpx2 import Client, Limits, Timeout

        parts = urlsplit(url)
        near = tls.loopback(parts.hostname or "")
        timeout = Timeout(self.patience.stall, connect=self.patience.connect, pool=None)
        verify = tls.context(parts.netloc, self.insecure or near) if parts.scheme == "https" else False
        return Client(verify=verify, timeout=timeout, limits=Limits(max_connections=None), trust_env=not near)


def read(response: "Response", limit: int, what: str) -> bytes:
    """The whole body of a document. Raises NetworkError if it has more than ``limit`` bytes."""
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > limit:
            raise NetworkError(f"{what} has more than the {limit} bytes that are allowed", status=response.status_code)
    return bytes(body)


def phrase(status: int) -> str:
    """``404 Not Found``, whatever words the server chose."""
    return f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else str(status)


def host_of(url: str) -> str:
    """``host[:port]`` of an URL."""
    return urlsplit(url).netloc.rpartition("@")[2]


def origin_of(url: str) -> str:
    """Scheme, host and port (RFC 6454): what a secret may be told to."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or {'https': 443, 'http': 80}.get(parts.scheme)}"


def joined(url: str, location: str) -> str:
    """Where a Location leads, absolute or relative. Raises NetworkError where that is not allowed to be."""
    try:
        target = urljoin(url, location)
        scheme, port = urlsplit(target).scheme, urlsplit(target).port
    except ValueError:
        scheme, port = "", 0
    if scheme not in ("http", "https") or port == 0 or (url.startswith("https:") and scheme == "http"):
        raise NetworkError(
            f"{host_of(url)} sends us on to {location.partition('?')[0][:100]!r}, where we do not go",
            "from https only https is followed",
        )
    return target


def _redirected(request: Request, location: str, status: int) -> Request:
    target = joined(request.url, location)
    headers = request.headers
    if origin_of(target) != origin_of(request.url):
        if request.secret:
            raise NetworkError(
                f"{host_of(request.url)} sends us on to {host_of(target)} with a secret, where we do not go"
            )
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    # RFC 9110, 15.4.4: only 303 means another method, and the others do for HEAD what they do for GET
    if status == 303 and request.method != "HEAD":
        return Request("GET", target, headers)
    return replace(request, url=target, headers=headers)


def _wanted_pause(text: str) -> float | None:
    """Seconds of a Retry-After (RFC 9110, 10.2.3): a number of them, or a date."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


@contextmanager
def _refused(url: str) -> Iterator[None]:
    """Turn what the HTTP library raises into NetworkError, in few words."""
    import httpx2

    host = host_of(url)
    try:
        yield
    except (httpx2.RequestError, httpx2.InvalidURL) as error:
        cause = _cause(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = f"put its authority's certificate into /etc/containers/certs.d/{host}/ca.crt, or give --insecure"
            raise NetworkError(f"{host} is not trusted: {cause.verify_message}", hint) from error
        if isinstance(cause, ssl.SSLError):
            said = cause.reason or cause
            raise NetworkError(f"{host} does not speak TLS: {said}", "--insecure allows HTTP") from error
        unknown = isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME
        passing = isinstance(error, httpx2.TransportError) and not unknown
        nobody = f"is a registry running at {host}? run the same command again: it goes on from where it was"
        hint = nobody if isinstance(cause, ConnectionRefusedError) else "look at the network"
        raise NetworkError(f"{host} {_words(error, cause)}", hint, passing=passing) from error


def _words(error: Exception, cause: BaseException) -> str:
    import httpx2

    if isinstance(error, httpx2.ConnectTimeout):
        return "cannot be reached: no connection in time"
    if isinstance(error, httpx2.TimeoutException):
        return "has stalled"
    if isinstance(error, httpx2.ConnectError):
        return f"cannot be reached: {getattr(cause, 'strerror', None) or cause}"
    return f"broke off: {getattr(cause, 'strerror', None) or cause}"


def _cause(error: BaseException) -> BaseException:
    """What the system said: the libraries above wrap it in errors of their own, the last as their argument."""
    while inner := error.__cause__ or next((each for each in error.args if isinstance(each, BaseException)), None):
        error = inner
    return error
