"""Edits of a text: values that say what goes and what comes in its place."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct


class Edit(Struct, frozen=True):
    """``replacement`` instead of the bytes from ``start`` to ``end`` of a text; an insertion if they are the same."""

    start: int
    end: int
    replacement: bytes = b""


def apply(text: bytes, edits: Iterable[Edit]) -> bytes:
    """The text with these edits, all of them in offsets of the text as it was.

    The order of edits counts only for insertions at one place, which follow each other as they are given. Raises
    ValueError for edits that overlap, or that lie outside of the text.
    """
    out, at = [], 0
    for edit in _sorted(edits):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edit at {edit.start} to {edit.end} overlaps another, or the end of the text")
        out += [text[at : edit.start], edit.replacement]
        at = edit.end
    return b"".join([*out, text[at:]])


def compatible(groups: Iterable[Sequence[Edit]]) -> tuple[tuple[Sequence[Edit], ...], tuple[Sequence[Edit], ...]]:
    """Groups of edits that can be applied together, and the others: where two touch the same bytes the first stays.

    A group is taken whole or not at all. Insertions at one place do not disturb each other, but the same edit again
    does, because what both want is done once.
    """
    kept: list[Sequence[Edit]] = []
    left: list[Sequence[Edit]] = []
    taken: list[Edit] = []
    for group in groups:
        united = _sorted([*taken, *group])
        if _disjoint(united):
            kept.append(group)
            taken = united
        else:
            left.append(group)
    return tuple(kept), tuple(left)


def _sorted(edits: Iterable[Edit]) -> list[Edit]:
    """By place; insertions before what is replaced there."""
    return sorted(edits, key=lambda edit: (edit.start, edit.end))


def _disjoint(edits: list[Edit]) -> bool:
    """Whether no two of them, which are in order, share bytes or are the same."""
    return all(first.end <= second.start and first != second for first, second in pairwise(edits))
