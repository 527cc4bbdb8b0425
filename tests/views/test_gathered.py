from hypothesis import given
from hypothesis import strategies as st

from shave.verbs.costs import NOTHING, Bytes
from shave.verbs.diff import PathChange
from shave.views.gathered import gather


def row(path: str, size: int = 0, kind: str = "file") -> PathChange:
    return PathChange(path, kind, "added", (), "", NOTHING, NOTHING, Bytes(size, size))


def titles(rows: list[PathChange], most: int) -> list[str]:
    return [group.title for group in gather(rows, most)]


def test_the_heaviest_are_opened_and_come_first() -> None:
    small = [row(f"etc/{number}", 1) for number in range(50)]
    large = [row("usr/lib/a", 500), row("usr/lib/b", 900), row("usr/share/c", 700)]
    assert titles([*small, *large], 4) == ["/usr/lib/b", "/usr/share/c", "/usr/lib/a", "/etc/ (50 paths)"]
    assert titles([*small, *large], 2) == ["/usr/ (3 paths)", "/etc/ (50 paths)"]
    assert titles([*small, *large], 1) == ["/ (53 paths)"]


def test_a_directory_above_others_is_left_out() -> None:
    assert titles([row("d", 0, "directory"), row("d/a", 1)], 5) == ["/d/a"]
    assert titles([row("d", 0, "directory")], 5) == ["/d/"]
    assert titles([row("", 0, "directory")], 5) == ["/"]
    assert titles([], 5) == []


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=5).map("/".join), unique=True), st.integers(1, 20)
)
def test_nothing_is_lost_and_the_bound_holds(paths: list[str], most: int) -> None:
    leaves = sorted(path for path in paths if not any(other.startswith(f"{path}/") for other in paths))
    groups = gather([row(path, len(path)) for path in paths], most)
    assert sorted(each.path for group in groups for each in group.rows) == leaves
    assert len(groups) <= most
    assert all(
        each.path == group.path or each.path.startswith(f"{group.path}/") or not group.path
        for group in groups
        for each in group.rows
    )
