"""TOML that a person wrote, as values; every mistake is a UsageError that names file, key and what was expected."""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from inspect import isclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Struct, structs

from shave.errors import UsageError

_FORMS = {
    "`str`, got `(int|float)`": "write it in quotes; ",
    "`array`, got `(str|int)`": "write it in brackets; ",
    "`array`, got `object`": "write [[…]] above it; ",
    "`object`, got `": "write […] above it; ",
}
"""How to write what was meant, by what msgspec says of it."""

MOST_BYTES, _MOST_DOTS = 1_000_000, 1000
_Shape = TypeVar("_Shape", bound=Struct)


def document(path: Path, hint: str) -> dict[str, Any]:
    """The file as tomllib gives it; ``hint`` says what to do about one that cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UsageError(f"{path} is larger than {MOST_BYTES} bytes", "is it the right file?")
        # tomllib's time and memory are quadratic in the parts of a dotted key: 200 kB of them took 10 GB
        if any(line.count(b".") > _MOST_DOTS for line in data.splitlines()):
            raise UsageError(f"{path} has a line of more than {_MOST_DOTS} dots", "write it on several lines")
        return tomllib.loads(data.decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint) from error
    except RecursionError:
        raise UsageError(f"{path} is nested too deeply", "write tables of tables, as [[probe]]") from None
    except ValueError as error:  # TOMLDecodeError, and what numbers and dates raise
        raise UsageError(f"{path} is not TOML: {error}", "see https://toml.io for its syntax") from error


def value(path: Path, table: Mapping[str, Any], shape: type[_Shape], page: str) -> _Shape:
    """The table of ``path`` as a value of ``shape``, whose keys ``page`` explains."""
    _known(path, table, shape, "", page)
    try:
        return msgspec.convert(table, shape)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at ")
        key = where.strip("`").removeprefix("$").removeprefix(".") or "the document"
        how = next((form for words, form in _FORMS.items() if re.search(words, text)), "")
        text = text.replace("`object`", "`table`")
        raise UsageError(f"{path}: {key}: {text[:1].lower()}{text[1:]}", f"{how}see {page} for the keys") from error


def nearest(text: str, known: list[str], otherwise: str) -> str:
    """A hint: the known word that ``text`` may have been meant to be, else ``otherwise``."""
    near = get_close_matches(text, known, 1)
    return f"did you mean {near[0]!r}?" if near else otherwise


def _known(path: Path, table: Mapping[str, Any], shape: type[Struct], where: str, page: str) -> None:
    """Raise for a key that ``shape`` has not, naming the nearest one it has; then look into the tables below."""
    shapes = {member.encode_name: _below(member.type) for member in structs.fields(shape)}
    for key, given in table.items():
        if key not in shapes:
            expected = f"expected one of {', '.join(shapes)}"
            hint = nearest(key, list(shapes), f"see {page}")
            raise UsageError(f"{path}: {where}{key} is no known key: {expected}", hint)
        for index, below in enumerate(given if isinstance(given, list) else [given]):
            if isinstance(below, dict) and (inner := shapes[key]):
                position = f"[{index}]" if isinstance(given, list) else ""
                _known(path, below, inner, f"{where}{key}{position}.", page)


def _below(kind: Any) -> type[Struct] | None:
    """The Struct that a field is, or that it has many of, or may be."""
    if isclass(kind) and issubclass(kind, Struct):
        return kind
    return next(filter(None, map(_below, get_args(kind))), None)
