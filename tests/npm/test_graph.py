"""Which packages go with one that cannot be installed, in graphs made up."""

from shave.npm.graph import Edge, edges, left_out


def test_a_name_leads_to_the_nearest_package() -> None:
    wanted = {
        "": {"a": False},
        "node_modules/a": {"b": True, "@s/c": False, "none": False},
        "node_modules/b": {},
        "node_modules/a/node_modules/b": {"b": False, "@s/c": False},
        "node_modules/@s/c": {"a": False},
        "node_modules/a/node_modules/@s/c": {"b": False},
    }
    assert edges(wanted) == (
        Edge("", "node_modules/a", False),
        Edge("node_modules/a", "node_modules/a/node_modules/b", True),
        Edge("node_modules/a", "node_modules/a/node_modules/@s/c", False),
        Edge("node_modules/a/node_modules/b", "node_modules/a/node_modules/b", False),
        Edge("node_modules/a/node_modules/b", "node_modules/a/node_modules/@s/c", False),
        Edge("node_modules/@s/c", "node_modules/a", False),
        Edge("node_modules/a/node_modules/@s/c", "node_modules/a/node_modules/b", False),
    )


def graph(*words: str) -> tuple[Edge, ...]:
    """``a b`` for a needs b, ``a ?b`` for optionally; ``.`` is the application."""
    pairs = [each.split() for each in words]
    return tuple(Edge(of.strip("."), to.lstrip("?"), to.startswith("?")) for of, to in pairs)


def test_what_needs_it_goes_up_to_an_optional_dependency() -> None:
    assert left_out(["c"], graph(". ?a", "a b", "b c")) == {"a", "b", "c"}
    assert left_out(["c"], graph(". ?a", "a ?b", "b c")) == {"b", "c"}


def test_what_nobody_else_needs_goes_too() -> None:
    assert left_out(["a"], graph(". ?a", "a b", "b c")) == {"a", "b", "c"}
    assert left_out(["a"], graph(". ?a", "a b", "b c", ". c")) == {"a", "b"}
    assert left_out(["a"], graph(". ?a", "a b", "b c", ". d", "d ?c")) == {"a", "b"}


def test_of_two_that_go_what_only_they_share_goes_too() -> None:
    assert left_out(["a", "b"], graph(". ?a", ". ?b", "a c", "b c")) == {"a", "b", "c"}
    assert left_out(["a"], graph(". ?a", ". ?b", "a c", "b c")) == {"a"}


def test_circles_end() -> None:
    assert left_out(["a"], graph(". ?a", "a b", "b a", "b c", "c b")) == {"a", "b", "c"}


def test_nothing_is_unfit() -> None:
    assert left_out([], graph(". a")) == set()
