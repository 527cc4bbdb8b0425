"""What a registry says when it says no."""

import msgspec
from msgspec import Struct

_WORDS = 300


class _Problem(Struct, frozen=True):
    code: str = ""
    message: str | None = ""


class _Problems(Struct, frozen=True):
    """distribution-spec, error codes; a token service may have ``details`` of its own (oauth2: ``error``)."""

    errors: tuple[_Problem, ...] | None = ()
    details: str | None = ""
    error_description: str | None = ""


def words(body: bytes) -> str:
    """The words for people in the body of an error; nothing if it is no such document.

    >>> words(b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
    'manifest unknown'
    """
    try:
        said = msgspec.json.decode(body, type=_Problems)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return ""
    found = [problem.message or problem.code.lower().replace("_", " ") for problem in said.errors or ()]
    text = "; ".join(found) or said.details or said.error_description or ""
    # it goes to a terminal
    return "".join(letter if letter.isprintable() else " " for letter in text[:_WORDS]).strip()
