from syrupy.assertion import SnapshotAssertion

from shave.verbs.lint_lines import LineCost
from shave.views.lint_lines import lines

COSTS = (
    LineCost((12,), "RUN apt-get update && apt-get install -y --no-install-recommends build-essential", 90_000_000, 1),
    LineCost((3,), "FROM debian", 28_000_000, 74_000_000),
    LineCost((6, 9), "RUN \x1b[2J", 2_000_000, 4_000_000),
    LineCost((), "", 1_500_000, 4_000_000),
    LineCost((20,), "COPY a b", 1000, 2000),
    LineCost((21,), "COPY c d", 500, 700),
)


def test_the_dearest_come_first_and_small_ones_are_one(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(lines(COSTS)) == snapshot


def test_no_layers() -> None:
    assert list(lines(())) == ["packed  unpacked  line  instruction"]
