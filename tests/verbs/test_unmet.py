import pytest

from shave.catalog import Catalog
from shave.errors import UsageError
from shave.package import Package
from shave.tree import Entry, Node, Tree
from shave.verbs.roots import Wish
from shave.verbs.unmet import matches_nothing, require_units

TREE = Tree({"usr/bin/vim.tiny": Node(Entry("usr/bin/vim.tiny", "file"), 0, (0, "usr/bin/vim.tiny"))})
KNOWN = Catalog(
    (Package("dpkg", "libc6:amd64", "2.36"), Package("dpkg", "rsync", "3"), Package("python", "Flask", "3"))
)


@pytest.mark.parametrize(
    ("unit", "meant"),
    [
        ("rsync", "dpkg:rsync"),
        ("dpkg:libc6", "dpkg:libc6:amd64"),
        ("libc6", "dpkg:libc6:amd64"),
        ("flask", "python:Flask"),
    ],
)
def test_a_unit_that_is_not_there_is_refused_with_the_one_that_was_meant(unit: str, meant: str) -> None:
    with pytest.raises(UsageError) as refused:
        require_units(Wish(keep_units=("dpkg:rsync", unit)), KNOWN)
    assert unit in str(refused.value) and refused.value.hint == f"say {meant}"


def test_where_nothing_is_alike_inspect_names_all() -> None:
    with pytest.raises(UsageError) as refused:
        require_units(Wish(keep_units=("dpkg:nosuch",)), KNOWN)
    assert "shave inspect" in refused.value.hint


def test_globs_that_match_nothing_are_told() -> None:
    wish = Wish(keep=("/usr/bin/vim*", "/nowhere/**"), drop=("/opt/**",))
    assert list(matches_nothing(wish, TREE)) == [
        "--keep /nowhere/** matches nothing in the image",
        "--drop /opt/** matches nothing in the image",
    ]


def test_what_is_dropped_anyway_cannot_be_kept() -> None:
    said = list(matches_nothing(Wish(keep=("/usr/bin/vim*", "/usr/**"), drop=("/usr/bin/**",)), TREE))
    assert said == [f"--keep {glob} matches nothing that --drop leaves" for glob in ("/usr/bin/vim*", "/usr/**")]
