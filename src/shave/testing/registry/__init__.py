"""A registry for tests: real HTTP on a loopback port, everything in memory, and faults on demand.

>>> from shave.testing import image
>>> from shave.testing.registry import Drop, registry
>>> with registry(faults=[Drop(after_bytes=100, times=2)]) as made:
...     digest = made.put(image({"/a": b"1"}), "app:1")
...     # here a client reads docker://{made.host}/app:1, and loses the connection twice
...     made.repository("app").tags == {"1": digest}
True

``made.requests`` is what clients asked for: path, query, headers (of Authorization only the scheme) and status.
"""

from shave.testing.registry.access import Basic, Bearer
from shave.testing.registry.faults import (
    ALWAYS,
    Drop,
    DropRequest,
    Fault,
    Header,
    HugeManifest,
    IgnoreRange,
    LongBody,
    LostAnswer,
    LostUpload,
    RedirectBlobs,
    RedirectLoop,
    ServerError,
    ShortBody,
    Stall,
    TooManyRequests,
    Unauthorized,
    WrongDigest,
    WrongRange,
)
from shave.testing.registry.made import Registry, registry
from shave.testing.registry.messages import Answer, Request, Seen

__all__ = [
    "ALWAYS",
    "Answer",
    "Basic",
    "Bearer",
    "Drop",
    "DropRequest",
    "Fault",
    "Header",
    "HugeManifest",
    "IgnoreRange",
    "LongBody",
    "LostAnswer",
    "LostUpload",
    "RedirectBlobs",
    "RedirectLoop",
    "Registry",
    "Request",
    "Seen",
    "ServerError",
    "ShortBody",
    "Stall",
    "TooManyRequests",
    "Unauthorized",
    "WrongDigest",
    "WrongRange",
    "registry",
]
