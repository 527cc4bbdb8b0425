"""Requests to one repository of one registry: where it answers, what it is shown, and what its refusals mean."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from shave import credentials, tls
from shave.errors import UsageError
from shave.net import NetworkError, Request, Web, host_of, joined, origin_of, phrase, read
from shave.registry.answer import words
from shave.registry.login import Login, login_hint

if TYPE_CHECKING:
    from httpx2 import Response

_ERROR_BYTES = 64 << 10
# what people write is not where Docker Hub answers; distribution/reference, registry.go in moby
_HUB, _HUB_HOST = "docker.io", "registry-1.docker.io"


class Place(Struct, frozen=True):
    """A repository of a registry; ``insecure`` allows it plain HTTP and certificates that nobody vouches for."""

    host: str
    repository: str
    insecure: bool = False

    def __str__(self) -> str:
        return f"{self.host}/{self.repository}"


class Session:
    """Requests to ``place``, whose API is at ``url`` (``https://host/v2/``), each within ``scopes``."""

    def __init__(self, web: Web, place: Place, url: str, login: Login, scopes: tuple[str, ...]) -> None:
        self.web, self.place, self.url, self.login, self.scopes = web, place, url, login, scopes

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        fine: tuple[int, ...],
        what: str,
        headers: dict[str, str] | None = None,
        body: Callable[[], Iterable[bytes]] | None = None,
        size: int = 0,
    ) -> Iterator["Response"]:
        """The answer if its status is ``fine``, its body not yet read. ``path`` is below the repository, or an URL.

        A token that is refused is changed once. Raises NetworkError that names ``what`` and says the registry's words.
        """
        url = joined(f"{self.url}{self.place.repository}/", path)
        for last in (False, True):
            shown = self.login.header(self.scopes) if origin_of(url) == origin_of(self.url) else ""
            authorization = {"Authorization": shown} if shown else {}
            request = Request(method, url, {**(headers or {}), **authorization}, body, size)
            with self.web.open(request) as response:
                if response.status_code in fine:
                    yield response
                    return
                if last or not self._learns(response, shown):
                    raise self._refusal(response, what)

    def _learns(self, response: "Response", shown: str) -> bool:
        # what another host says after a redirect is not about our login here
        ours = origin_of(str(response.url)) == origin_of(self.url)
        return response.status_code == 401 and ours and self.login.learn(_challenges(response), shown)

    def _refusal(self, response: "Response", what: str) -> NetworkError:
        host, status = host_of(str(response.url)), response.status_code
        said = words(read(response, _ERROR_BYTES, f"the error of {host}"))
        message = f"{host} answered {phrase(status)} for {what} of {self.place.repository}{said and ': '}{said}"
        unknown = status == 404 and what.startswith("manifest")
        hint = "look at the name and the tag" * unknown
        if status in (401, 403):
            found = self.login.credentials
            who = f"the login of {found.username or 'the token'} was refused" if found else "no login was found"
            hint = f"{who}: {login_hint(self.place.host)}"
        return self.web.refusal(response, message, hint)


def connect(web: Web, place: Place, authfile: Path | None, scopes: tuple[str, ...]) -> Session:
    """A session with a registry that has answered.

    HTTP is tried only after HTTPS and only where it is allowed: for this machine itself, as in Docker, and for
    insecure places. Raises NetworkError if nobody answers there, or somebody who is no registry, UsageError for what
    can be no host.
    """
    host = _HUB_HOST if place.host == _HUB else place.host
    free = place.insecure or tls.loopback(_name(host))
    find = partial(credentials.find, place.host, place.repository, authfile)

    def reached() -> Session:
        if free:
            try:
                return ping("https")
            except NetworkError as error:
                if error.status:
                    raise
        return ping("http" if free else "https")

    def ping(scheme: str) -> Session:
        url = f"{scheme}://{host}/v2/"
        login = Login(web, place.host, url, find)
        with web.open(Request("GET", url)) as response:
            if response.status_code not in (200, 401):
                message = f"{place.host} answered {phrase(response.status_code)} where a registry says its version"
                hint = "look at the host and the port" if response.is_client_error else ""
                raise web.refusal(response, message, hint)
            if origin_of(str(response.url)) == origin_of(url) and response.status_code == 401:
                login.learn(_challenges(response), "")
        return Session(web, place, url, login, scopes)

    return web.again(reached)


def _name(host: str) -> str:
    """The host without its port."""
    try:
        parts = urlsplit(f"//{host}")
        if parts.port == 0:
            raise ValueError("Port out of range 1-65535")
        return parts.hostname or ""
    except ValueError as error:
        raise UsageError(f"{host!r} is no host of a registry: {error}") from None


def _challenges(response: "Response") -> list[str]:
    return response.headers.get_list("www-authenticate")
