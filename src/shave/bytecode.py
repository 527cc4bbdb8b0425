"""Compiled Python modules: which source they are of, and what of them is only that source's time.

Source: PEP 3147 (where they lie), PEP 552 (four words: magic, flags, and with no flags the source's time and size).
"""

from importlib.util import source_from_cache

_FLAGS, _TIME = slice(4, 8), slice(8, 12)
_TIMED = bytes(4)


def source_of(path: str) -> str:
    """The source that a path of ``__pycache__`` is compiled from; "" for what is no compiled module of any source."""
    if not path.endswith(".pyc"):
        return ""
    try:
        return source_from_cache(path)
    except ValueError:
        return ""


def untimed(body: bytes, seconds: int) -> tuple[bytes, ...]:
    """A compiled module without the time that its source has, if that is the time in it; else as it is.

    Equal values are the same code, taken for up to date, or for old, alike. ``seconds`` is the source's time.
    """
    if body[_FLAGS] == _TIMED and body[_TIME] == (seconds & 0xFFFFFFFF).to_bytes(4, "little"):
        return body[: _TIME.start], body[_TIME.stop :]
    return (body,)
