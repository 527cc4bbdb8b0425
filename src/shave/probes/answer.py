"""Bytes that came back, as fields that can be judged. Pure.

JSON is judged by its structure, one field a leaf; text as text; anything else by digest and length.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from shave.probe import Observation, Probe
from shave.runners.protocol import Completed

Fields = tuple[tuple[str, str], ...]

EXTRA = "extra "
"""How the name of a field begins that is judged only where all runs of the original agree on it."""

TIMED_OUT = 124
_JSON_LIMIT = 1 << 20
_LEAF_LIMIT = 20_000
_SHOWN_LINES = 20
_SHOWN_CHARACTERS = 2000
_WRITTEN_BYTES = 1 << 16


def fields(name: str, data: bytes) -> Fields:
    """``data`` as the one field ``name``, or as a field for each leaf (``name.key[0]``) if it is a JSON document."""
    return _leaves(name, data) or ((name, text(data)),)


def text(data: bytes) -> str:
    """``data`` itself if it is text in UTF-8, else its digest and length."""
    try:
        if b"\0" not in data:
            return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    return f"sha256:{sha256(data).hexdigest()} ({len(data)} bytes)"


def tail(*outputs: bytes) -> str:
    """The last lines of outputs, for people: never judged."""
    lines = [line for output in outputs for line in output.decode("utf-8", "replace").splitlines()[-_SHOWN_LINES:]]
    return "\n".join(lines)[-_SHOWN_CHARACTERS:]


def written(*outputs: bytes) -> str:
    """The last 64 KiB of each output, for finding out what it means."""
    return "\n".join(output[-_WRITTEN_BYTES:].decode("utf-8", "replace") for output in outputs)


def ended(probe: Probe, completed: Completed) -> Observation:
    """What a program gave that was run to its end."""
    output = (*fields("stdout", completed.stdout), *fields("stderr", completed.stderr))
    if completed.status == TIMED_OUT:
        return Observation(probe.name, probe.kind, failure=f"it did not end in {probe.timeout:g} s")
    return Observation(probe.name, probe.kind, (("status", str(completed.status)), *output))


def _leaves(name: str, data: bytes) -> Fields | None:
    if len(data) > _JSON_LIMIT or data.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        found = tuple(_walk(name, json.loads(data)))
    except (ValueError, RecursionError):
        return None
    return found if len(found) <= _LEAF_LIMIT else None


def _walk(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key in sorted(value):
            plain = key.isidentifier()
            yield from _walk(f"{name}.{key}" if plain else f"{name}[{_written(key)}]", value[key])
    elif isinstance(value, list) and value:
        for index, below in enumerate(value):
            yield from _walk(f"{name}[{index}]", below)
    else:
        yield name, _written(value)


def _written(value: Any) -> str:
    """JSON without escapes, but for the lone surrogates that a hostile document may hold."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
