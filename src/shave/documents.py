"""Any answer as JSON: the values as they are, under their schema's name.

Paths that are not UTF-8 are carried as escaped surrogates, which RFC 8259 allows and msgspec does not write: for them
the standard encoder is used.
"""

import json
from typing import Any

import msgspec


def document(schema: str, value: Any, indent: int = 0) -> bytes:
    """``value`` (a Struct) with ``"schema": "shave.<verb>/v1"`` first, with a final newline; ``indent`` 0 is one
    line.
    """
    body = {"schema": f"shave.{schema}/v1", **msgspec.to_builtins(value)}
    try:
        encoded = msgspec.json.encode(body)
        return (msgspec.json.format(encoded, indent=indent) if indent else encoded) + b"\n"
    except UnicodeEncodeError:
        return (json.dumps(body, indent=indent or None) + "\n").encode("ascii")


def parse(data: bytes, schema: str, kind: type[Any]) -> Any:
    """The value of such a document. Raises ValueError if it is of another schema or shape."""
    body = json.loads(data)
    if not isinstance(body, dict) or body.pop("schema", None) != f"shave.{schema}/v1":
        raise ValueError(f"not a shave.{schema}/v1 document")
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
