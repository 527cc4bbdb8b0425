"""Any answer as JSON: the values as they are, under their schema's name.

The standard encoder is used because paths that are not UTF-8 are carried as escaped surrogates, which RFC 8259 allows
and msgspec does not write.
"""

import json
from typing import Any

import msgspec


def document(schema: str, value: Any) -> bytes:
    """``value`` (a Struct) with ``"schema": "shave.<verb>/v1"`` first, indented, with a final newline."""
    body = msgspec.to_builtins(value)
    return (json.dumps({"schema": f"shave.{schema}/v1", **body}, indent=1) + "\n").encode("ascii")


def parse(data: bytes, schema: str, kind: type[Any]) -> Any:
    """The value of such a document. Raises ValueError if it is of another schema or shape."""
    body = json.loads(data)
    if not isinstance(body, dict) or body.pop("schema", None) != f"shave.{schema}/v1":
        raise ValueError(f"not a shave.{schema}/v1 document")
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
