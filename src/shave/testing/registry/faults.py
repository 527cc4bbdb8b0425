"""What can go wrong between a client and a registry, on demand."""

import sys
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from shave.testing.registry.messages import Answer, Request, failure

ALWAYS = sys.maxsize
"""For ``times``: every time."""
BLOBS = "/v2/*/blobs/sha*"
UPLOADS = "/v2/*/blobs/uploads/*"
MANIFESTS = "/v2/*/manifests/*"


class Fault(Struct, frozen=True, kw_only=True):
    """Meets ``times`` requests whose method and path match the globs, after the first ``skip`` of them; ``*`` matches
    slashes too.
    """

    method: str = "*"
    path: str = "/v2/*"
    skip: int = 0
    times: int = 1

    def meets(self, method: str, path: str) -> bool:
        """Whether it is about such a request."""
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def reads(self) -> int | None:
        """How many bytes of the request's body are read at all; None is all of them."""
        return None

    def before(self, request: Request) -> Request | Answer:
        """The request that the registry gets to see, or the answer in its stead."""
        return request

    def after(self, answer: Answer) -> Answer:
        """What becomes of the registry's answer."""
        return answer


class Drop(Fault, frozen=True, kw_only=True):
    """The connection ends after so many bytes of the answer's body."""

    after_bytes: int = 0
    method: str = "GET"
    path: str = BLOBS

    def after(self, answer: Answer) -> Answer:
        return replace(answer, cut=self.after_bytes)


class LostAnswer(Fault, frozen=True, kw_only=True):
    """The request is done and the connection ends: nobody hears that it was."""

    def after(self, answer: Answer) -> Answer:
        return replace(answer, cut=-1)


class DropRequest(LostAnswer, frozen=True, kw_only=True):
    """The connection ends when so many bytes of the request's body are read; an upload keeps what it got."""

    after_bytes: int = 0
    method: str = "P*"
    path: str = UPLOADS

    def reads(self) -> int | None:
        return self.after_bytes


class Stall(Fault, frozen=True, kw_only=True):
    """After so many bytes of the answer's body nothing comes for some seconds."""

    after_bytes: int = 0
    seconds: float = 60
    method: str = "GET"
    path: str = BLOBS

    def after(self, answer: Answer) -> Answer:
        return replace(answer, stall_after=self.after_bytes, stall_seconds=self.seconds)


class ShortBody(Fault, frozen=True, kw_only=True):
    """The body lacks its last bytes and Content-Length agrees: a proxy's cache that was never filled."""

    missing: int = 1
    method: str = "GET"
    path: str = BLOBS

    def after(self, answer: Answer) -> Answer:
        return replace(answer, body=answer.body[: max(0, len(answer.body) - self.missing)])


class LongBody(Fault, frozen=True, kw_only=True):
    """More comes than there is."""

    more: int = 1 << 20
    method: str = "GET"
    path: str = BLOBS

    def after(self, answer: Answer) -> Answer:
        return replace(answer, body=answer.body + bytes(self.more))


class WrongDigest(Fault, frozen=True, kw_only=True):
    """One bit of the body is another."""

    method: str = "GET"
    path: str = BLOBS

    def after(self, answer: Answer) -> Answer:
        return replace(answer, body=bytes((answer.body[0] ^ 1,)) + answer.body[1:]) if answer.body else answer


class Header(Fault, frozen=True, kw_only=True):
    """A header of the answer says something else; empty takes it away."""

    name: str
    value: str = ""

    def after(self, answer: Answer) -> Answer:
        others = {name: text for name, text in answer.headers.items() if name.lower() != self.name.lower()}
        return replace(answer, headers=others | ({self.name: self.value} if self.value else {}))


class HugeManifest(Fault, frozen=True, kw_only=True):
    """A manifest followed by blanks, which are JSON too."""

    length: int = 64 << 20
    method: str = "GET"
    path: str = MANIFESTS

    def after(self, answer: Answer) -> Answer:
        return replace(answer, body=answer.body.ljust(self.length))


class IgnoreRange(Fault, frozen=True, kw_only=True):
    """All of a blob where a part was asked for, as a proxy without ranges does (RFC 9110 section 14.2)."""

    method: str = "GET"
    path: str = BLOBS

    def before(self, request: Request) -> Request | Answer:
        return replace(request, headers={name: text for name, text in request.headers.items() if name != "range"})


class WrongRange(Fault, frozen=True, kw_only=True):
    """Another part than was asked for: the first bytes, and Content-Range says so."""

    method: str = "GET"
    path: str = BLOBS

    def before(self, request: Request) -> Request | Answer:
        first = {"range": "bytes=0-0"} if "range" in request.headers else {}
        return replace(request, headers=request.headers | first)


class ServerError(Fault, frozen=True, kw_only=True):
    """The registry is not well: any status, 507 for a full one."""

    status: int = 503

    def before(self, request: Request) -> Request | Answer:
        return failure(self.status, "UNAVAILABLE" if self.status == 503 else "UNKNOWN", "the registry is not well")


class TooManyRequests(Fault, frozen=True, kw_only=True):
    """429, and when to come again: seconds or a date (RFC 9110 section 10.2.3); empty says nothing."""

    retry_after: str = "1"

    def before(self, request: Request) -> Request | Answer:
        more = {"Retry_After": self.retry_after} if self.retry_after else {}
        return failure(429, "TOOMANYREQUESTS", "slow down", **more)


class Unauthorized(Fault, frozen=True, kw_only=True):
    """401 whatever is shown: an expired token (once), or a registry that disagrees with its token service (ALWAYS)."""

    def before(self, request: Request) -> Request | Answer:
        challenge = request.challenge or 'Basic realm="shave"'
        return failure(401, "UNAUTHORIZED", "authentication required", WWW_Authenticate=challenge)


class RedirectBlobs(Fault, frozen=True, kw_only=True):
    """Blobs are elsewhere: at the same path of another server, ``scheme://host:port``."""

    to: str
    method: str = "GET"
    path: str = BLOBS
    times: int = ALWAYS

    def before(self, request: Request) -> Request | Answer:
        return Answer(307, {"Location": f"{self.to}{request.path}"})


class RedirectLoop(Fault, frozen=True, kw_only=True):
    """Come again, at the same address."""

    method: str = "GET"
    path: str = BLOBS
    times: int = ALWAYS

    def before(self, request: Request) -> Request | Answer:
        return Answer(307, {"Location": request.path})


class LostUpload(Fault, frozen=True, kw_only=True):
    """The registry forgot the upload, as after its restart."""

    method: str = "P*"
    path: str = UPLOADS + "?"

    def before(self, request: Request) -> Request | Answer:
        return failure(404, "BLOB_UPLOAD_UNKNOWN", "the upload is unknown")
