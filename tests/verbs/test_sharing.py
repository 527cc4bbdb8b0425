from hypothesis import given
from hypothesis import strategies as st

from shave.verbs.sharing import Shared, Sharing, sharing

BYTES = {f"sha256:{number}": 10**number for number in range(7)}
SETS = st.lists(st.sets(st.sampled_from(sorted(BYTES))), min_size=1, max_size=5)


def total(layers: set[str]) -> int:
    return sum(BYTES[layer] for layer in layers)


def of(images: list[set[str]]) -> Sharing:
    return sharing([{layer: BYTES[layer] for layer in sorted(image)} for image in images], "digest", False)


@given(SETS)
def test_sets_say_the_same(images: list[set[str]]) -> None:
    found = of(images)
    assert found.stored_bytes == total(set().union(*images))
    assert found.separate_bytes == sum(map(total, images))
    for number, (image, one) in enumerate(zip(images, found.images, strict=True)):
        others = set[str]().union(*(other for at, other in enumerate(images) if at != number))
        assert (one.unique_bytes, one.shared_bytes) == (total(image - others), total(image & others))
        assert one.pull_bytes == tuple(total(image - other) for other in images)


def test_a_stack_is_stored_once() -> None:
    base, app = {"sha256:0"}, {"sha256:0", "sha256:3"}
    assert of([base, app]) == Sharing("digest", False, 1001, 1002, (Shared(0, 1, (0, 0)), Shared(1000, 1, (1000, 0))))
