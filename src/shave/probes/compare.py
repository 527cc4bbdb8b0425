"""The verdict over two images, from the original's sessions and the other's. Pure.

The original runs at least twice; what differs between its own answers is noise. Everything else must be equal.
"""

from collections.abc import Sequence
from itertools import chain

from msgspec import Struct, structs

from shave.probe import ABSENT, Judgement, Observation, Session, Verdict, Witness, total
from shave.probes.answer import EXTRA
from shave.probes.clock import Told, keeps_time
from shave.probes.noise import WORD, Token, aligned, is_of, outline, tokens

MASK_LIMIT = 0.2
"""The share of an answer that may be noise; more of it and nothing is known."""

_EXACT = frozenset({"status", "state", "connection"})
_WITNESS_LIMIT = 10
_SHOWN_LIMIT = 400
_BEFORE_LIMIT = 80
_LAST_LINES = 5
_TOKEN_LIMIT = 2 << 20


class _Outcome(Struct, frozen=True):
    """What the comparison of one field, line or token gave; ``masked`` and ``total`` are characters."""

    witnesses: tuple[Witness, ...] = ()
    unknown: str = ""
    remark: str = ""
    masked: int = 0
    total: int = 0


def compare(first: Session, second: Session, other: Session, *more: Session) -> Verdict:
    """Is ``other`` the same as the original, whose sessions are ``first``, ``second`` and any ``more``?"""
    return total(
        judge(
            tuple(_named(session, observation.probe) for session in (first, second, *more)),
            _named(other, observation.probe),
        )
        for observation in first.observations
    )


def _named(session: Session, probe: str) -> Observation:
    missing = Observation(probe, "", failure="it was not asked")
    return next((found for found in session.observations if found.probe == probe), missing)


def judge(originals: Sequence[Observation], other: Observation) -> Judgement:
    """The verdict on one probe, from all observations of the original and the one of the other image."""
    probe = originals[0].probe
    originals, other = _settled(originals, other)
    failed = next((found for found in originals if found.failure), None)
    if failed:
        return Judgement(probe, "unknown", f"on the original: {_failure(failed)}")
    names = [[name for name, _ in found.fields] for found in originals]
    if any(found != names[0] for found in names):
        odd = sorted(set().union(*names).difference(set(names[0]).intersection(*names)))
        return Judgement(probe, "unknown", f"the original's own answers differ in shape: {', '.join(odd[:3])}")
    outcome = _sum([*_fields(originals, other)])
    masked = outcome.masked / outcome.total if outcome.total else 0.0
    if outcome.witnesses or other.failure:
        witnesses = outcome.witnesses or (Witness("answer", _summary(originals[0]), other.failure),)
        return Judgement(probe, "different", _failure(other) or f"{witnesses[0].field} differs", witnesses, masked)
    if outcome.unknown:
        return Judgement(probe, "unknown", outcome.unknown, masked=masked)
    if masked > MASK_LIMIT:
        return Judgement(probe, "unknown", f"{masked:.0%} of the answer varies on the original itself", masked=masked)
    return Judgement(probe, "same", outcome.remark, masked=masked)


def _settled(originals: Sequence[Observation], other: Observation) -> tuple[list[Observation], Observation]:
    """All observations without the extra fields on which the original's runs do not agree in every byte."""
    agreed = set(originals[0].fields).intersection(*(found.fields for found in originals[1:]))
    names = {name for name, _ in agreed if name.startswith(EXTRA)}
    extra = tuple(field for field in originals[0].fields if field[0] in names)

    def required(found: Observation) -> tuple[tuple[str, str], ...]:
        return tuple(field for field in found.fields if not field[0].startswith(EXTRA))

    kept = tuple(field for field in other.fields if field[0] in names)
    return (
        [structs.replace(found, fields=required(found) + extra) for found in originals],
        structs.replace(other, fields=required(other) + kept),
    )


def _fields(originals: Sequence[Observation], other: Observation) -> list[_Outcome]:
    found = dict(other.fields)
    names = [name for name, _ in originals[0].fields]
    if other.failure and not found:
        return []
    columns = zip(*(observation.fields for observation in originals), strict=True)
    clocks = [*(observation.at for observation in originals), other.at]
    outcomes = [
        _field(name, [text for _, text in column], found.get(name), clocks)
        for name, column in zip(names, columns, strict=True)
    ]
    extra = [_differs(name, ABSENT, text) for name, text in other.fields if name not in set(names)]
    return outcomes + extra


def _field(name: str, texts: list[str], other: str | None, clocks: list[float]) -> _Outcome:
    if other is None:
        return _differs(name, texts[0], ABSENT)
    if len({other, *texts}) == 1:
        return _Outcome(total=len(other))
    if name in _EXACT:
        agreed = len(set(texts)) == 1
        return _differs(name, texts[0], other) if agreed else _Outcome(unknown=f"{name} varies on the original itself")
    return _text(name, texts, other, clocks)


def _text(name: str, texts: list[str], other: str, clocks: list[float]) -> _Outcome:
    if max(map(len, (*texts, other))) > _TOKEN_LIMIT:
        varies = _Outcome(unknown=f"{name} varies on the original and is too long to compare by token")
        return _differs(name, texts[0], other) if len(set(texts)) == 1 else varies
    rows, ordered = _rows([text.split("\n") for text in texts])
    if rows is None:
        return _Outcome(unknown=f"{name}: the original's own answers differ in shape")
    lines = other.split("\n") if ordered else sorted(other.split("\n"), key=_sorting)
    if len(lines) != len(rows):
        return _differs(name, *_first_difference(texts[0].split("\n"), other.split("\n")))
    outcome = _sum([_line(name, row, line, clocks) for row, line in zip(rows, lines, strict=True)])
    remark = "" if ordered else f"{name}: lines come in varying order and were compared as a set"
    return _Outcome(outcome.witnesses, outcome.unknown, remark, outcome.masked, outcome.total)


def _rows(columns: list[list[str]]) -> tuple[list[tuple[str, ...]] | None, bool]:
    """The original's lines side by side, and whether they are in order; None if they cannot be aligned.

    Lines of concurrent writers come in varying order: then they are aligned as a set.
    """
    if len({len(column) for column in columns}) != 1:
        return None, True
    rows = list(zip(*columns, strict=True))
    ranked = list(zip(*(sorted(column, key=_sorting) for column in columns), strict=True))
    if any(len(set(row)) > 1 for row in rows) and all(len(set(row)) == 1 for row in ranked):
        return ranked, False
    if all(map(_is_known_noise, rows)):
        return rows, True
    if all(map(_is_known_noise, ranked)):
        return ranked, False
    return (rows, True) if all(aligned(row) is not None for row in rows) else (None, True)


def _sorting(line: str) -> tuple[str, str]:
    return outline(line), line


def _is_known_noise(row: tuple[str, ...]) -> bool:
    if len(set(row)) == 1:
        return True
    found = aligned(row)
    return found is not None and all(token.noise != WORD for token in found)


def _line(name: str, row: tuple[str, ...], other: str, clocks: list[float]) -> _Outcome:
    if len({other, *row}) == 1:
        return _Outcome(total=len(other))
    found, others = aligned(row) or [], tokens(other)
    if len(found) != len(others):
        return _differs(name, row[0], other)
    outcome = _sum([_token(token, text, clocks) for token, text in zip(found, others, strict=True)])
    if outcome.witnesses:
        return _differs(name, row[0], other)
    return _Outcome(
        unknown=outcome.unknown and f"{name}: {outcome.unknown}", masked=outcome.masked, total=outcome.total
    )


def _token(token: Token, other: str, clocks: list[float]) -> _Outcome:
    """One place of a line. ``clocks`` are those of the original's runs, then that of the other image's."""
    length = len(other)
    if not token.noise and other == token.texts[0]:
        return _Outcome(total=length)
    told = [Told(text, clock) for text, clock in zip((*token.texts, other), clocks, strict=True)]
    in_time = keeps_time(told[:-1], told[-1])
    if in_time is not None:
        return _Outcome(total=length) if in_time else _differs("", token.texts[0], other)
    if not token.noise:
        return _differs("", token.texts[0], other)
    if token.noise == WORD:
        varies = f"{' or '.join(sorted(set(token.texts)))} on the original, {other} here: it varies in no known way"
        return _Outcome(unknown="" if other in token.texts else varies, masked=length, total=length)
    return _Outcome(masked=length, total=length) if is_of(other, token.noise) else _differs("", token.texts[0], other)


def _differs(name: str, expected: str, found: str) -> _Outcome:
    differences = (place for place, (one, two) in enumerate(zip(expected, found, strict=False)) if one != two)
    start = max(0, next(differences, min(len(expected), len(found))) - _BEFORE_LIMIT)
    return _Outcome((Witness(name, _shown(expected, start), _shown(found, start)),))


def _first_difference(expected: list[str], found: list[str]) -> tuple[str, str]:
    """The first line of one that the other has not at its place."""
    pairs = zip(chain(expected, [ABSENT]), chain(found, [ABSENT]), strict=False)
    return next(((one, two) for one, two in pairs if outline(one) != outline(two)), (expected[-1], found[-1]))


def _shown(text: str, start: int = 0) -> str:
    shown = ("…" if start else "") + text[start : start + _SHOWN_LIMIT]
    return shown if start + _SHOWN_LIMIT >= len(text) else f"{shown}… ({len(text)} characters)"


def _failure(observation: Observation) -> str:
    """The failure, with the last lines that were written: they tell why."""
    if not observation.failure or not observation.shown:
        return observation.failure
    return f"{observation.failure}, and wrote: {' / '.join(observation.shown.splitlines()[-_LAST_LINES:])}"


def _summary(observation: Observation) -> str:
    return _shown("; ".join(f"{name} {text}" for name, text in observation.fields[:3]))


def _sum(outcomes: Sequence[_Outcome]) -> _Outcome:
    return _Outcome(
        tuple(chain.from_iterable(outcome.witnesses for outcome in outcomes))[:_WITNESS_LIMIT],
        next((outcome.unknown for outcome in outcomes if outcome.unknown), ""),
        next((outcome.remark for outcome in outcomes if outcome.remark), ""),
        sum(outcome.masked for outcome in outcomes),
        sum(outcome.total for outcome in outcomes),
    )
