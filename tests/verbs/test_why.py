import pytest

from shave.errors import CannotError
from shave.oci import Config
from shave.plan import Dropped, Kept, Plan
from shave.reason import Reason
from shave.testing import image
from shave.tree import Tree
from shave.verbs.why import MOST_STEPS, Inside, why

HELD = (Reason("directory", "holds a kept path", "opt/a"),)
PLAN = Plan(
    "sha256:0",
    "unit",
    "unit",
    False,
    (
        Kept("", 0, "other", (Reason("always", "the root directory"),)),
        Kept("opt", 0, "other", HELD),
        Kept("opt/a", 5, "other", (Reason("need", "names it", "opt/b"),)),
        Kept("opt/b", 6, "other", (Reason("need", "names it", "opt/a"),)),
    ),
    (
        Dropped("opt/empty", 0, "not used"),
        Dropped("opt/lib", 0, "not used"),
        Dropped("opt/lib/c", 7, "a part of dpkg:c d, which nothing uses", "dpkg:c d"),
        Dropped("optional", 9, "not used"),
    ),
)


@pytest.fixture
def known() -> tuple[Tree, Config]:
    return Tree({}), image({"/x": b""}).config


def test_a_directory_says_what_of_it_stays_and_goes(known: tuple[Tree, Config]) -> None:
    answer = why(*known, PLAN, "/opt")
    assert (answer.fate, answer.inside, answer.keep) == ("kept", Inside(2, 11, 2, 7), ("--keep '/opt/**'",))
    assert why(*known, PLAN, "/").inside == Inside(2, 11, 3, 16)


def test_what_is_dropped_says_its_unit_and_the_options_that_keep_it(known: tuple[Tree, Config]) -> None:
    answer = why(*known, PLAN, "/opt/lib/c")
    assert (answer.bytes, answer.unit, answer.inside) == (7, "dpkg:c d", None)
    assert answer.keep == ("--keep /opt/lib/c", "--keep-unit 'dpkg:c d'")


def test_cycles_end(known: tuple[Tree, Config]) -> None:
    assert [step.path for step in why(*known, PLAN, "/opt/a").chains[0]] == ["opt/a", "opt/b"]


def test_long_chains_end(known: tuple[Tree, Config]) -> None:
    links = tuple(Kept(f"{n}", 1, "other", (Reason("need", "names it", f"{n + 1}"),)) for n in range(200))
    answer = why(*known, Plan("sha256:0", "unit", "unit", False, links, ()), "/0")
    assert len(answer.chains[0]) == MOST_STEPS


def test_a_path_that_nobody_knows(known: tuple[Tree, Config]) -> None:
    with pytest.raises(CannotError, match="/none is not in the image"):
        why(*known, PLAN, "/none")
