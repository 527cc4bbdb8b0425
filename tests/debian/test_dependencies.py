"""What packages need of each other."""

from hypothesis import given
from hypothesis import strategies as st

from shave.debian.dependencies import Edge, alternatives, edges, reached

PACKAGES = {
    "app": {"depends": "lib (>= 1) [amd64], debconf (>= 0.5) | debconf-2.0, mail-agent", "pre-depends": "dpkg:any"},
    "lib": {"depends": "lib-data (= ${x}), absent"},
    "lib-data": {"depends": "lib"},
    "debconf": {"provides": "debconf-2.0"},
    "dpkg": {},
    "exim": {"provides": "mail-agent (= 1)", "depends": "exim"},
}


def test_edges() -> None:
    found = edges(PACKAGES)
    assert found["app"] == (
        Edge("app", "dpkg", ("dpkg",)),
        Edge("app", "lib", ("lib",)),
        Edge("app", "debconf", ("debconf", "debconf-2.0")),
        Edge("app", "exim", ("mail-agent",)),
    )
    assert [edge.needed for edge in found["lib"]] == ["lib-data"]
    assert found["exim"] == ()


def test_reached() -> None:
    links = edges(PACKAGES)
    assert reached(["app"], links) == set(PACKAGES)
    assert reached(["lib"], links) == {"lib", "lib-data"}
    assert reached([], links) == set()


@given(st.text())
def test_any_text(value: str) -> None:
    assert all(names for names in alternatives(value))


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef")).map(", ".join)))
def test_what_is_reached_needs_nothing_else(graph: dict[str, str]) -> None:
    links = edges({name: {"depends": value} for name, value in graph.items()})
    for name in graph:
        found = reached([name], links)
        assert {edge.needed for each in found for edge in links[each]} | {name} == found
