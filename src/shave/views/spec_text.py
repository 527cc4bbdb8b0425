"""A spec as the TOML file that says it, with a word on each part for whoever goes on with it."""

import json
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct, structs

from shave.spec import Spec

_WORDS = {
    "packages": "what a run used, but for what these depend on",
    "without": "these depend on it, and no run used it",
    "user": "who runs it, owns what is copied, or stands in configuration",
    "copy": "what no package has; take it of the build context (source = ...) to be free of the image",
    "python": "what others require comes with them",
    "run": "how it is started for the probes",
}


def spec_text(spec: Spec, title: str) -> str:
    """The file; ``title`` is its first line, a comment. What is as by default is not said."""
    table = _said(spec)
    plain = {key: given for key, given in table.items() if not _is_table(given)}
    tables = [(key, given) for key, given in table.items() if _is_table(given)]
    parts = [f"# {title}\n", "".join(_line(key, given) for key, given in plain.items())]
    for key, given in tables:
        rows, head = (given, f"[[{key}]]") if isinstance(given, list) else ([given], f"[{key}]")
        for number, row in enumerate(rows):
            comment = _comment(key) if not number else ""
            parts.append(
                f"{comment}{head}\n" + "".join(f"{_key(name)} = {_value(each)}\n" for name, each in row.items())
            )
    return "\n".join(parts)


def _said(value: Struct) -> dict[str, Any]:
    """The fields that are not as by default, by their names in files."""
    found: dict[str, Any] = {}
    for member in structs.fields(value):
        given = getattr(value, member.name)
        default = member.default if member.default_factory is NODEFAULT else member.default_factory()
        if given != default:
            found[member.encode_name] = _plain(given)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Struct):
        return _said(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else msgspec.to_builtins(value)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _line(key: str, value: Any) -> str:
    return f"{_comment(key)}{_key(key)} = {_value(value)}\n"


def _comment(key: str) -> str:
    return f"# {_WORDS[key]}\n" if key in _WORDS else ""


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _value(name)


def _value(value: Any) -> str:
    """TOML 1.0: its strings escape as JSON's do, but for DEL."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        within = ", ".join(map(_value, value))
        return f"[{within}]" if len(within) < 100 else "[\n" + "".join(f"    {_value(each)},\n" for each in value) + "]"
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
