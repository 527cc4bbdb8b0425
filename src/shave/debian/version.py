"""Versions of Debian packages in order. Source: deb-version(7), "Sorting algorithm"; Policy 5.6.12."""

import re
from itertools import chain

_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
Key = tuple[object, ...]


def key(version: str) -> Key:
    """What sorts as the version does: ``key("1~rc1") < key("1")``. No revision is the revision 0."""
    epoch, colon, rest = version.strip().rpartition(":")
    upstream, dash, revision = rest.rpartition("-")
    return _number(epoch if colon else ""), _parts(upstream if dash else rest), _parts(revision if dash else "0")


def satisfies(version: str, relation: str, wanted: str) -> bool:
    """Whether ``version`` stands in a relation of deb-control(5) to ``wanted``: ``<<``, ``<=``, ``=``, ``>=``, ``>>``
    (and, as of old, ``<`` and ``>`` for what may be equal). Any does if none is named.
    """
    mine, other = key(version), key(wanted)
    return {
        "": True,
        "<<": mine < other,
        "<=": mine <= other,
        "<": mine <= other,
        "=": mine == other,
        ">": mine >= other,
        ">=": mine >= other,
        ">>": mine > other,
    }.get(relation, False)


def _parts(text: str) -> Key:
    """Letters and digits in turn; the end counts as no letters and zero, so that a tilde is before it."""
    return tuple(chain.from_iterable((_letters(letters), _number(digits)) for letters, digits in _PARTS.findall(text)))


def _letters(text: str) -> Key:
    return (*(-1 if letter == "~" else ord(letter) + 256 * (not letter.isalpha()) for letter in text), 0)


def _number(digits: str) -> Key:
    """Digits in order of their number, of any length."""
    stripped = digits.lstrip("0")
    return len(stripped), stripped
