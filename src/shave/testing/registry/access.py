"""Who may do what: Basic (RFC 7617), or Bearer tokens of a token service.

Source: distribution.github.io/distribution/spec/auth: token, scope, oauth, jwt.
"""

import time
from base64 import b64decode
from collections.abc import Callable
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs

from msgspec import Struct, field

from shave.testing.registry.messages import Answer, Request, failure, json_answer, route_of

SERVICE = "shave.testing"
REALM = "/token"
Claims = dict[str, Any]


class Basic(Struct, frozen=True):
    """Users and their passwords; nobody else may do anything."""

    users: dict[str, str]

    def challenge(self, request: Request) -> str:
        """What a client without credentials is told."""
        return f'Basic realm="{SERVICE}"'

    def allows(self, request: Request) -> bool:
        """Whether the request shows a user's password."""
        return _user(request, self.users) is not None


class Bearer(Struct, frozen=True):
    """Users and their passwords, who may do everything, and what everybody may do: "pull", "push", "delete".

    ``identity_tokens`` are those of users. A token lives for ``seconds``. ``sign`` makes one of its claims (RFC 7519),
    for a registry that checks signatures; by default a token says nothing. ``issued`` is every token with its claims.
    """

    users: dict[str, str] = {}
    anonymous: tuple[str, ...] = ("pull",)
    identity_tokens: dict[str, str] = {}
    seconds: int = 300
    sign: Callable[[Claims], str] = lambda claims: token_hex(16)
    issued: dict[str, Claims] = field(default_factory=dict)

    def challenge(self, request: Request) -> str:
        """Where a client gets a token and for what."""
        scope = "".join(f',scope="{kind}:{name}:{",".join(actions)}"' for kind, name, actions in _scopes(request))
        return f'Bearer realm="{request.base}{REALM}",service="{SERVICE}"{scope}'

    def allows(self, request: Request) -> bool:
        """Whether the request shows a token of ours for what it asks, and it has not expired."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = self.issued.get(token)
        if scheme.lower() != "bearer" or not claims or claims["exp"] <= time.time():
            return False
        held = {(entry["type"], entry["name"], action) for entry in claims["access"] for action in entry["actions"]}
        return all((kind, name, action) in held for kind, name, actions in _scopes(request) for action in actions)

    def serve(self, request: Request) -> Answer:
        """The token service: GET with Basic, or POST in the way of OAuth 2."""
        form = parse_qs(request.body.decode() if request.method == "POST" else request.query)
        if request.method == "POST":
            user = self._granted({name: texts[0] for name, texts in form.items()})
        else:
            user = _user(request, self.users) if "authorization" in request.headers else ""
        if user is None:
            return failure(401, "UNAUTHORIZED", "wrong user, password or token", WWW_Authenticate='Basic realm="token"')
        token = self._issue(user, [word for text in form.get("scope", []) for word in text.split()])
        body = {"token": token, "access_token": token, "expires_in": self.seconds}
        refresh = next((name for name, owner in self.identity_tokens.items() if owner == user), "")
        return json_answer(200, body | ({"refresh_token": refresh} if refresh else {}))

    def _granted(self, form: dict[str, str]) -> str | None:
        if form.get("grant_type") == "refresh_token":
            return self.identity_tokens.get(form.get("refresh_token", ""))
        user = form.get("username", "")
        return user if user in self.users and self.users[user] == form.get("password") else None

    def _issue(self, user: str, scopes: list[str]) -> str:
        now = int(time.time())
        access = []
        for scope in scopes:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            granted = [action for action in actions.split(",") if user or action in self.anonymous]
            access.append({"type": kind, "name": name, "actions": granted})
        claims: Claims = {"iss": SERVICE, "sub": user, "aud": SERVICE, "jti": token_hex(8), "access": access}
        claims |= {"iat": now, "nbf": now - 60, "exp": now + self.seconds}
        token = self.sign(claims)
        self.issued[token] = claims
        return token


Access = Basic | Bearer


def refused(access: Access, request: Request) -> Answer | None:
    """The answer to those who may not, None for those who may."""
    if access.allows(request):
        return None
    return failure(401, "UNAUTHORIZED", "authentication required", WWW_Authenticate=request.challenge)


def _user(request: Request, users: dict[str, str]) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = b64decode(token).decode().partition(":")
    except ValueError:
        return None
    return user if users.get(user) == password else None


def _scopes(request: Request) -> list[tuple[str, str, tuple[str, ...]]]:
    """Resource type, name and actions that a request needs."""
    if request.path == "/v2/_catalog":
        return [("registry", "catalog", ("*",))]
    route = route_of(request.path)
    if not route:
        return []
    actions = {"GET": ("pull",), "HEAD": ("pull",), "DELETE": ("delete",)}.get(request.method, ("pull", "push"))
    own = ("repository", route.repository, actions)
    source = request.argument("from")
    return [own, ("repository", source, ("pull",))] if source else [own]
