"""Trees beside the system."""

import pytest

import scenes
from shave.widening.prefixes import Prefixes, prefix


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("opt/java/openjdk/bin/java", "opt/java"),
        ("usr/local/go/bin/go", "usr/local/go"),
        ("usr/local/bin/tool", ""),
        ("usr/local/lib/x/y", ""),
        ("opt/file", ""),
        ("usr/bin/tool", ""),
    ],
)
def test_a_tree_is_named_by_its_top(path: str, expected: str) -> None:
    assert prefix(path) == expected


def test_a_used_tree_stays_whole_and_an_unused_one_goes() -> None:
    layer = {
        "opt/jdk/bin/java": b"x",
        "opt/jdk/lib/modules": b"x",
        "opt/jdk/man/man1/java.1": b"x",
        "usr/local/go/bin/go": b"x",
    }
    known = scenes.scene({}, layer, used=("opt/jdk/bin/java",))
    assert set(scenes.widened(known, Prefixes)) == {"opt/jdk/bin/java", "opt/jdk/lib/modules"}
