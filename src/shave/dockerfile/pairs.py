"""Names and values of ENV, LABEL and ARG, and the keys of ``--mount``."""

import csv
from collections.abc import Mapping

from msgspec import Struct

from shave.dockerfile.mapped import Mapped
from shave.dockerfile.parts import Flag, Instruction, Word

_KEYS = {"dst": "target", "destination": "target", "src": "source", "ro": "readonly"}


class Pair(Struct, frozen=True):
    """``name=value`` as it is written, with quotes and variables; None for an ARG without "="."""

    name: Word
    value: Word | None


def pairs(instruction: Instruction) -> tuple[Pair, ...]:
    """What an ENV, LABEL or ARG sets."""
    words = instruction.arguments
    if instruction.keyword != "ARG" and len(words) == 2 and "=" not in words[0].value:
        return (Pair(words[0], words[1]),)
    return tuple(_pair(word, instruction.code) for word in words)


def _pair(word: Word, code: Mapped) -> Pair:
    """Continuations may stand anywhere, so the places are sought in the logical line."""
    name, equals, value = word.value.partition("=")
    if not equals:
        return Pair(word, None)
    middle = code.offset(word.start) + len(name.encode("utf-8", "surrogateescape"))
    start, end = code.offset(word.start), code.offset(word.end - 1) + 1
    return Pair(Word(name, *code.span(start, middle)), Word(value, *code.span(middle + 1, end)))


def fields(flag: Flag) -> Mapping[str, str]:
    """The keys of ``--mount=type=cache,target=/x,ro`` in small letters and by their first names; "" without a value."""
    try:
        row = next(csv.reader([flag.value or ""], strict=True), [])
    except csv.Error:
        return {}
    found = {}
    for field in row:
        key, _, value = field.partition("=")
        key = key.strip().lower()
        found[_KEYS.get(key, key)] = value
    return found
