"""What goes over the wire, as values."""

import re
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

_ROUTE = re.compile(
    r"/v2/(?P<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"/(?:(?P<kind>blobs|manifests|tags|referrers)|blobs/(?P<uploads>uploads))/(?P<argument>[^/]*)",
    re.ASCII,
)


class Route(Struct, frozen=True):
    """What a path of the API is about: "blobs", "uploads", "manifests", "tags" or "referrers" of a repository, and
    which of them.
    """

    kind: str
    repository: str
    argument: str


def route_of(path: str) -> Route | None:
    """The route of a path, None for the base, the catalog and what is none.

    >>> route_of("/v2/library/app/blobs/uploads/1")
    Route(kind='uploads', repository='library/app', argument='1')
    """
    found = _ROUTE.fullmatch(path)
    return Route(found["kind"] or found["uploads"], found["repository"], found["argument"]) if found else None


class Request(Struct, frozen=True):
    """A request. The names of headers are lower case; ``query`` is as sent, without the question mark; ``base`` is the
    server's own ``scheme://host:port``; ``challenge`` what it would answer in WWW-Authenticate.
    """

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: bytes = b""
    base: str = ""
    challenge: str = ""

    def arguments(self, name: str) -> list[str]:
        """All values that the query gives to ``name``."""
        return parse_qs(self.query, keep_blank_values=True).get(name, [])

    def argument(self, name: str) -> str:
        """The first of them, or nothing."""
        return next(iter(self.arguments(name)), "")

    def number(self, name: str, default: int) -> int:
        """An argument that is a decimal number, else ``default``."""
        text = self.argument(name)
        return int(text) if text.isascii() and text.isdecimal() else default


class Answer(Struct, frozen=True):
    """An answer, and how badly it is delivered.

    After ``cut`` bytes of the body the connection ends, -1 is before the status line; after ``stall_after`` bytes it
    rests for ``stall_seconds``.
    """

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""
    cut: int | None = None
    stall_after: int = 0
    stall_seconds: float = 0


class Seen(Struct, frozen=True):
    """A request as it is remembered, with the status it was answered with (0: it was not).

    Of Authorization only the scheme is kept, and of the body the number of bytes.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body_bytes: int
    status: int

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def json_answer(status: int, value: object, **headers: str) -> Answer:
    """A document; a header's underscores stand for hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, {"Content-Type": "application/json"} | named, msgspec.json.encode(value))


def failure(status: int, code: str, message: str, **headers: str) -> Answer:
    """An error in the form of the distribution specification, "Error Codes"."""
    return json_answer(status, {"errors": [{"code": code, "message": message}]}, **headers)


def seen(request: Request, status: int) -> Seen:
    """The request as it is remembered."""
    headers = dict(request.headers)
    if "authorization" in headers:
        headers["authorization"] = headers["authorization"].partition(" ")[0]
    return Seen(request.method, request.path, request.query, headers, len(request.body), status)
