"""Proven waste: what no program of the image reads."""

from shave.tree import Tree
from shave.waste.facts import Classifier, facts


def waste(tree: Tree) -> dict[str, str]:
    """Each wasteful path of the tree with the name of the first fact that says so. Directories are never waste."""
    proven = Classifier(fact for fact in facts() if fact.proven)
    found: dict[str, str] = {}
    for path, node in tree.nodes.items():
        if node.entry.kind != "directory" and (fact := proven(path, node.entry.size)):
            found[path] = fact.name
    return found
