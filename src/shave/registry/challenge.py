"""What a server asks to be shown: ``WWW-Authenticate`` (RFC 9110, 11.6.1)."""

import re
from collections.abc import Iterable

from msgspec import Struct

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME = re.compile(_TOKEN, re.ASCII)
# bare values may hold what belongs into quotes: a realm is an URL, and some servers forget them
_PARAMETER = re.compile(rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))(?=[\s,]|$)', re.ASCII)
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))", re.ASCII)
_BETWEEN = re.compile(r"[\s,]*", re.ASCII)


class Challenge(Struct, frozen=True):
    """``scheme`` and the names of ``parameters`` are in lower case."""

    scheme: str
    parameters: dict[str, str]


def challenges(fields: Iterable[str]) -> tuple[Challenge, ...]:
    """All challenges of the header fields, in their order; what is malformed ends its field.

    >>> [found.scheme for found in challenges(['Basic realm="a", Bearer realm="https://b/token",service=c'])]
    ['basic', 'bearer']
    """
    return tuple(found for field in fields for found in _of_field(field))


def _of_field(field: str) -> Iterable[Challenge]:
    found: list[Challenge] = []
    at = 0
    while (at := _end(_BETWEEN, field, at)) < len(field):
        parameter = _PARAMETER.match(field, at)
        scheme = _SCHEME.match(field, at)
        if parameter and found:
            name, quoted, bare = parameter.groups()
            value = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[-1].parameters.setdefault(name.lower(), value)
            at = parameter.end()
        elif scheme:
            found.append(Challenge(scheme[0].lower(), {}))
            at = _end(_TOKEN68, field, scheme.end())
        else:
            break
    return found


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
