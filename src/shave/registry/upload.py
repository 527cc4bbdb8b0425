"""Blobs on their way into a repository (OCI distribution-spec 1.1, pushing blobs).

The usual way is a POST, one PATCH with the whole blob and a PUT with its digest: every registry takes that. After a
break the registry is asked how far it got. What it says so when all went well is not believed: Elastic Container
Registry and zot say less than they have (aws/containers-roadmap#2831, regclient#961); the digest decides at the end.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from shave.errors import BadImageError
from shave.net import NetworkError, joined
from shave.oci import blob_path
from shave.registry.repository import PROGRESS, Repository

if TYPE_CHECKING:
    from httpx2 import Response

# for a proxy that takes no large requests: nginx and Cloudflare say 413 at 1 to 100 MB
_PIECE = 32 << 20
Body = Callable[[], Iterable[bytes]]
Outcome = Literal["copied", "reused", "mounted"]


def upload(
    repository: Repository, digest: str, size: int, body: Body, source: str, advance: Callable[[int], None]
) -> Outcome:
    """Bring a blob into the repository, unless it is there or in ``source``, a repository of the same registry.

    ``body`` gives its bytes from the first, verified, each time it is called. ``advance`` hears of each byte once,
    however the blob came. Raises NetworkError, BadImageError if the bytes are not the ``size`` they should be.
    """
    blob_path(digest)
    if repository.has_blob(digest):
        advance(size)
        return "reused"
    sending = _Upload(repository, digest, size, body, source, advance)
    while True:
        before = sending.told
        try:
            repository.session.web.again(sending.attempt)
        except NetworkError as error:
            if not error.passing or sending.told < before + PROGRESS:
                raise
        else:
            advance(size - sending.told)
            return sending.outcome or "copied"


class _Upload:
    """One upload. ``url`` is its session at the registry, if it has one, which has got ``at`` bytes. An ``outcome`` is
    its end.
    """

    def __init__(
        self, repository: Repository, digest: str, size: int, body: Body, source: str, advance: Callable[[int], None]
    ) -> None:
        self.repository, self.session, self.digest, self.size = repository, repository.session, digest, size
        self.source, self.advance = source, advance
        self.what = f"the upload of {digest}"
        self.url, self.at, self.told, self.resumed = "", 0, 0, False
        self.outcome: Outcome | None = None
        self.most, self.least = size, 0
        self.reader = _Reader(body, size, digest)

    def attempt(self) -> None:
        """From where the last attempt ended to the end of the blob."""
        if self.url:
            self._resume()
        else:
            self._start()
        if not self.outcome:
            while self.at < self.size:
                self._patch(min(self.size - self.at, self.most))
            self._finish()

    def _start(self) -> None:
        mount = f"?mount={self.digest}&from={quote(self.source)}" if self.source else ""
        try:
            with self.session.open("POST", f"blobs/uploads/{mount}", (201, 202), self.what) as response:
                self.outcome = "mounted" if response.status_code == 201 else None
                self.at, self.resumed = 0, False
                minimum = response.headers.get("oci-chunk-min-length", "")
                self.least = int(minimum) if re.fullmatch("[0-9]{1,18}", minimum, re.ASCII) else 0
                self._follow(response)
        except NetworkError as error:
            # who may write here need not be allowed to read there
            if not self.source or error.passing or error.status not in range(400, 500):
                raise
            self.source = ""
            self._start()

    def _resume(self) -> None:
        try:
            with self.session.open("GET", self.url, (200, 204), self.what) as response:
                self._follow(response)
                # "0-0" is what an upload without bytes says as well as one with one
                got = re.fullmatch("(?:bytes=)?0-([1-9][0-9]{0,17})", response.headers.get("range", ""), re.ASCII)
                self.at, self.resumed = min(int(got[1]) + 1, self.size) if got else 0, True
        except NetworkError as error:
            if not error.status or error.passing:
                raise
            # the upload is lost, or over and only the answer was lost
            if self.repository.has_blob(self.digest):
                self.outcome = "copied"
            else:
                self._start()

    def _patch(self, size: int) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        if size < self.size:
            headers["Content-Range"] = f"{self.at}-{self.at + size - 1}"
        try:
            with self.session.open(
                "PATCH", self.url, (201, 202, 204), self.what, headers, lambda: self._piece(size), size
            ) as response:
                self._follow(response)
        except NetworkError as error:
            smaller = max(_PIECE, self.least)
            if error.status == 413 and size > smaller:
                self.most, error.passing = smaller, True
            # out of step with the registry, or forgotten by it: it is asked where it is
            error.passing = error.passing or error.status in (404, 416)
            raise
        self.at += size

    def _piece(self, size: int) -> Iterator[bytes]:
        for chunk in self.reader.piece(self.at, size):
            fresh = max(0, self.reader.at - self.told)
            self.told += fresh
            self.advance(fresh)
            yield chunk

    def _finish(self) -> None:
        url = f"{self.url}{'&' if '?' in self.url else '?'}digest={quote(self.digest)}"
        try:
            with self.session.open("PUT", url, (201, 204), self.what):
                self.outcome = "copied"
        except NetworkError as error:
            # a registry that did not have what it said it had gets it anew
            misled = self.resumed and error.status == 400
            self.url = "" if misled else self.url
            error.passing = error.passing or misled or error.status == 404
            raise

    def _follow(self, response: "Response") -> None:
        """Each answer may give the upload another URL, absolute or relative; the last one holds."""
        if location := response.headers.get("location"):
            self.url = joined(str(response.url), location)


class _Reader:
    """A body read in pieces: forward as it comes, backward by reading it anew."""

    def __init__(self, body: Body, size: int, digest: str) -> None:
        self.body, self.size, self.digest = body, size, digest
        self.at, self._chunks, self._left = 0, iter(body()), b""

    def piece(self, start: int, size: int) -> Iterator[bytes]:
        """Exactly ``size`` bytes from ``start`` on. At the end of the body it is seen to be the end."""
        if start < self.at:
            self.at, self._chunks, self._left = 0, iter(self.body()), b""
        while self.at < start:
            self._take(start - self.at)
        while self.at < start + size:
            yield self._take(start + size - self.at)
        if self.at == self.size and (self._left or next(self._chunks, b"")):
            raise BadImageError(f"blob {self.digest} has more than the {self.size} bytes of its descriptor")

    def _take(self, most: int) -> bytes:
        chunk = self._left or next(self._chunks, b"")
        if not chunk:
            raise BadImageError(f"blob {self.digest} has {self.at} bytes, its descriptor says {self.size}")
        self._left = chunk[most:]
        self.at += min(len(chunk), most)
        return chunk[:most]
