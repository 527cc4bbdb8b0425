"""Nodes in a dict and folded are the same mapping."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from shave import folded
from shave.nodes import FEW, FoldedNodes, gather
from shave.tree import Entry, Node

NAMES = st.text(st.sampled_from("ab/-é\udcff"), max_size=6)
NODES = st.builds(
    lambda path, layer, name: Node(Entry(path, "file", size=layer), layer, (layer, name or path)),
    NAMES,
    st.integers(0, 300),
    st.just("") | NAMES,
)


@given(st.lists(NODES, unique_by=lambda node: node.entry.path, max_size=30), st.lists(NAMES), st.integers(1, 6))
def test_both_forms_are_one_mapping(nodes: list[Node], others: list[str], block: int) -> None:
    nodes.sort(key=lambda node: node.entry.path)
    with patch.object(folded, "BLOCK_VALUES", block):
        few, many = gather(nodes, FEW), gather(nodes, FEW + 1)
    assert isinstance(few, dict) and isinstance(many, FoldedNodes)
    assert (list(many), list(many.values()), list(many.items())) == (list(few), list(few.values()), list(few.items()))
    assert (len(many), many) == (len(few), few)
    for path in [*few, *others]:
        assert (path in many, many.get(path)) == (path in few, few.get(path))
    assert all(many[path] == few[path] for path in few)
    assert 7 not in many
