from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.probe import Observation, Session, Verdict
from shave.probes.compare import compare
from shave.probes.noise import tokens

FILLER = "the rest of the answer is long enough that one token is little of it " * 2
LINES = st.lists(st.text(st.sampled_from("abc 0123456789:.-/\té"), max_size=20), max_size=6).map("\n".join)


def session(text: str = "", *, failure: str = "", name: str = "body", at: float = 0.0, **fields: str) -> Session:
    found = (*fields.items(), (name, text)) if text else tuple(fields.items())
    return Session((Observation("home", "http", found, failure=failure, at=at),))


def verdict(*texts: str) -> Verdict:
    return compare(*map(session, texts))


@given(LINES)
def test_the_same_is_the_same(text: str) -> None:
    assert verdict(text, text, text).verdict == "same"


@given(LINES.filter(lambda text: bool(text.strip())), st.data())
def test_a_changed_token_is_always_different(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    row = data.draw(st.sampled_from([index for index, line in enumerate(lines) if line]))
    column = tokens(lines[row])
    place = data.draw(st.integers(0, len(column) - 1))
    changed = data.draw(st.text(st.sampled_from("abc019 -"), max_size=8).filter(lambda new: new != column[place]))
    column[place] = changed
    other = "\n".join((*lines[:row], "".join(column), *lines[row + 1 :]))
    assert verdict(text, text, other).verdict == "different"


@given(st.lists(st.integers(0, 1 << 40), min_size=3, max_size=3, unique=True))
def test_noise_matches_noise_of_its_class(numbers: list[int]) -> None:
    assert verdict(*(f"{FILLER}pid={number}" for number in numbers)).verdict == "same"


@pytest.mark.parametrize("other", ["pid=oops", "pid=", "pid=3 4", "uid=3", "pid=3\nerror"])
def test_noise_matches_nothing_else(other: str) -> None:
    found = verdict(f"{FILLER}pid=1", f"{FILLER}pid=2", f"{FILLER}{other}")
    assert found.verdict == "different"
    assert found.judgements[0].witnesses[0].field == "body"


def test_noise_hides_no_difference_beside_it() -> None:
    assert verdict(f"{FILLER}pid=1 on", f"{FILLER}pid=2 on", f"{FILLER}pid=3 off").verdict == "different"


def test_too_much_noise_is_unknown() -> None:
    found = verdict("pid 12345678", "pid 23456789", "pid 34567890")
    assert found.verdict == "unknown"
    assert found.judgements[0].masked > 0.2


def test_words_that_vary_match_what_was_seen_only() -> None:
    assert verdict(f"{FILLER}hit", f"{FILLER}miss", f"{FILLER}hit").verdict == "same"
    assert verdict(f"{FILLER}hit", f"{FILLER}miss", f"{FILLER}broken").verdict == "unknown"


def test_lines_in_varying_order_are_a_set() -> None:
    one, two, other = "alpha up\nbeta up\ngamma up", "beta up\nalpha up\ngamma up", "gamma up\nbeta up\nalpha up"
    found = verdict(one, two, other)
    assert found.verdict == "same"
    assert "varying order" in found.judgements[0].reason
    assert verdict(one, two, "gamma up\nbeta up\nalpha down").verdict == "different"


def test_lines_in_varying_order_with_noise() -> None:
    one, two, other = (f"{FILLER}A pid {p}\n{FILLER}B pid {q}" for p, q in ((1, 2), (3, 4), (5, 6)))
    swapped = "\n".join(reversed(two.split("\n")))
    assert verdict(one, swapped, other).verdict == "same"


def test_a_fixed_order_is_judged() -> None:
    assert verdict("a\nb", "a\nb", "b\na").verdict == "different"


def test_answers_of_another_shape_are_unknown() -> None:
    assert verdict("one\ntwo", "one\ntwo\nthree", "one\ntwo").verdict == "unknown"
    assert verdict("a", "a b c", "a").verdict == "unknown"


def test_a_third_run_shows_more_noise() -> None:
    one, other = f"{FILLER}pid 7", f"{FILLER}pid 8"
    assert verdict(one, one, other).verdict == "different"
    assert verdict(one, one, other, f"{FILLER}pid 9").verdict == "same"


def test_status_is_never_noise() -> None:
    first, second, other = (session("x", status=status) for status in ("200", "500", "200"))
    assert compare(first, second, other).verdict == "unknown"
    assert compare(first, first, second).verdict == "different"


def test_fields_that_come_or_go_are_differences() -> None:
    one, two = session("x", status="200"), session("x", status="200", extra="y")
    assert compare(one, one, two).judgements[0].witnesses[0].expected == "(absent)"
    assert compare(two, two, one).judgements[0].witnesses[0].found == "(absent)"


def test_a_probe_that_could_not_be_asked() -> None:
    good, bad = session("x"), session(failure="the connection is refused")
    assert compare(good, good, bad).verdict == "different"
    assert compare(good, good, bad).judgements[0].witnesses[0].found == "the connection is refused"
    assert compare(bad, bad, bad).verdict == "unknown"
    assert compare(good, bad, good).verdict == "unknown"
    assert compare(good, good, Session(())).verdict == "different"


def test_nothing_asked_is_unknown() -> None:
    assert compare(Session(()), Session(()), Session(())).verdict == "unknown"


def test_the_time_of_day_is_judged_by_the_clock() -> None:
    def at(clock: int, text: str) -> Session:
        return session(text, at=1793880000.0 + clock)  # 2026-11-05 12:00 UTC

    first, second = at(0, "2026-11-05 14:00:00"), at(9, "2026-11-05 14:00:09")
    assert compare(first, second, at(30, "2026-11-05 14:00:30")).verdict == "same"
    assert compare(first, second, at(30, "2026-11-05 12:00:30")).verdict == "different"


def test_texts_too_long_for_tokens() -> None:
    long = "x" * (3 << 20)
    assert verdict(long, long, long).verdict == "same"
    assert verdict(long, long, long + "y").verdict == "different"
    assert verdict(long, long + "z", long).verdict == "unknown"


def test_the_witness_shows_the_place() -> None:
    witness = verdict("a" * 5000 + " b", "a" * 5000 + " b", "a" * 5000 + " c").judgements[0].witnesses[0]
    assert witness.expected.endswith("a b") and witness.found.endswith("a c")
    assert len(witness.expected) < 100


def test_witnesses_are_bounded() -> None:
    def lines(word: str) -> str:
        return "\n".join(f"{word} {index} {'z' * 1000}" for index in range(100))

    found: Sequence[object] = verdict(lines("a"), lines("a"), lines("b")).judgements[0].witnesses
    assert len(found) == 10
    assert all(len(str(witness)) < 1200 for witness in found)
