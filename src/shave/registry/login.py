"""What one host wants to see before it answers, and what it is shown: nothing, a password or a token.

Source: distribution/distribution, docs/spec/auth: token.md, oauth.md, scope.md.
"""

import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from time import monotonic
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from shave.credentials import Credentials
from shave.net import NetworkError, Request, Web, host_of, joined, phrase, read
from shave.registry.answer import words
from shave.registry.challenge import Challenge, challenges

_TOKEN_BYTES = 64 << 10
# token.md: a service that says nothing means this
_SECONDS = 60
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)


class _Answer(Struct, frozen=True):
    """What a token service answers (token.md, oauth.md)."""

    token: str | None = ""
    access_token: str | None = ""
    expires_in: float | None = _SECONDS


class Login:
    """The authorisation of requests to registry ``host`` at ``url``. ``find`` is asked once, if the registry asks."""

    def __init__(self, web: Web, host: str, url: str, find: Callable[[], Credentials | None]) -> None:
        self.web, self.host, self.url, self._find = web, host, url, find
        self._challenges: tuple[Challenge, ...] = ()
        self._tokens: dict[tuple[str, ...], tuple[str, float]] = {}
        self._lock = threading.Lock()

    @cached_property
    def credentials(self) -> Credentials | None:
        """What the user has for this registry."""
        return self._find()

    def header(self, scopes: tuple[str, ...]) -> str:
        """The Authorization of a request within ``scopes``, empty for none. Tokens are fetched once, then kept.

        Raises NetworkError if the token service gives none.
        """
        with self._lock:
            bearer, basic = self._challenge("bearer"), self._challenge("basic")
            found = self.credentials if bearer or basic else None
            if found and found.registry_token:
                return f"Bearer {found.registry_token}"
            if bearer:
                return self._bearer(bearer, scopes)
            return _basic(found) if basic and found and found.username else ""

    def learn(self, fields: Iterable[str], refused: str) -> bool:
        """Take note of the challenges of a refusal; whether there is anything else to show than what was refused."""
        with self._lock:
            self._challenges = challenges(fields)
            self._tokens = {scopes: kept for scopes, kept in self._tokens.items() if kept[0] != refused}
            found = self.credentials if self._challenges else None
            if found and refused == f"Bearer {found.registry_token}":
                return False
            if self._challenge("bearer"):
                return True
            basic = _basic(found) if found and found.username and self._challenge("basic") else ""
            return basic not in ("", refused)

    def _challenge(self, scheme: str) -> Challenge | None:
        return next((challenge for challenge in self._challenges if challenge.scheme == scheme), None)

    def _bearer(self, challenge: Challenge, scopes: tuple[str, ...]) -> str:
        header, until = self._tokens.get(scopes, ("", 0.0))
        if monotonic() >= until:
            header, until = self._fetched(challenge, scopes)
            self._tokens[scopes] = header, until
        return header

    def _fetched(self, challenge: Challenge, scopes: tuple[str, ...]) -> tuple[str, float]:
        begun = monotonic()
        asked = challenge.parameters.get("scope", "")
        request = self._request(challenge, tuple(dict.fromkeys((*scopes, *asked.split()))))
        service = host_of(request.url)
        with self.web.open(request) as response:
            body = read(response, _TOKEN_BYTES, f"the token of {service}")
            if response.status_code != 200:
                said = words(body) or phrase(response.status_code)
                who = f"the login of {self.credentials.username or 'the token'}" if self.credentials else "us a token"
                raise self.web.refusal(response, f"{service} refuses {who}: {said}", login_hint(self.host))
        answer = _Answer()
        with suppress(msgspec.DecodeError, ValueError, RecursionError):
            answer = msgspec.json.decode(body, type=_Answer)
        token = answer.token or answer.access_token or ""
        if not _TOKEN.fullmatch(token):
            raise NetworkError(f"{service} gives no token, but something else", status=200)
        # asked for anew a little before it ends, so that it does not end on its way
        return f"Bearer {token}", begun + 0.9 * (answer.expires_in or _SECONDS)

    def _request(self, challenge: Challenge, scopes: tuple[str, ...]) -> Request:
        """For an identity token the exchange of oauth.md, else the GET of token.md, with a password if there is one."""
        realm = joined(self.url, challenge.parameters.get("realm", ""))
        service = challenge.parameters.get("service", "")
        found = self.credentials
        if found and found.identity_token:
            form = {
                "grant_type": "refresh_token",
                "service": service,
                "client_id": "shave",
                "scope": " ".join(scopes),
                "refresh_token": found.identity_token,
            }
            body = urlencode(form).encode()
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return Request("POST", realm, kind, lambda: [body], len(body), secret=True)
        query = urlencode([("service", service)] * bool(service) + [("scope", scope) for scope in scopes])
        url = f"{realm}{'&' if '?' in realm else '?'}{query}"
        return Request("GET", url, {"Authorization": _basic(found)} if found and found.username else {})


def login_hint(host: str) -> str:
    """What to do about a registry that wants to see somebody else."""
    return f"log in with docker login {host} or podman login, or name the file with --authfile"


def _basic(found: Credentials) -> str:
    return "Basic " + b64encode(f"{found.username}:{found.password}".encode()).decode()
