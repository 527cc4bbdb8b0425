from hypothesis import given
from hypothesis import strategies as st

from shave.evidence import Access, Evidence, How, unite

HOWS: list[How] = ["opened", "stat", "absent"]
accesses = st.dictionaries(
    st.sampled_from(["/a", "/b", "/c"]), st.tuples(st.sets(st.sampled_from(HOWS), min_size=1), st.sets(st.text()))
)


def evidence(found: dict[str, tuple[set[How], set[str]]]) -> Evidence:
    sorted_accesses = (Access(path, tuple(sorted(how)), tuple(sorted(by))) for path, (how, by) in sorted(found.items()))
    return Evidence("sha256:x", "seccomp", tuple(sorted_accesses))


@given(accesses, accesses)
def test_uniting_is_commutative_and_idempotent(one: object, two: object) -> None:
    first, second = evidence(one), evidence(two)  # type: ignore[arg-type]
    both = unite(first, second)
    assert both == unite(second, first)
    assert unite(both, first) == both
    assert {access.path for access in both.accesses} == set(one) | set(two)  # type: ignore[call-overload]
