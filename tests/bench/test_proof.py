"""What is measured is written down once, counted right, and held against the aims."""

from pathlib import Path

from harm import Deletion, Itself, chosen
from journal import Journal
from proof import Results, missed, report
from shave.evidence import Access, Evidence
from shave.tree import Entry, Node, Tree

FOUND = Deletion("app", "full", "a", "same", "unknown")
ESCAPED = Deletion("app", "full", "b", "same", "same", "the result did not ask for it this time")
SAME = Itself("app", 0, "same")


def test_a_record_is_measured_once_even_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "proof" / "journal"
    assert Journal(path).recall(Deletion, ("app", "full", "a"), lambda: FOUND) == FOUND
    with path.open("ab") as file:
        file.write(b'[["app", "full"')
    again = Journal(path)
    assert again.recall(Deletion, ("app", "full", "a"), lambda: ESCAPED) == FOUND
    assert again.recall(Itself, ("app", 0), lambda: SAME) == SAME
    assert len(Journal(path).records) == 2


def test_the_aims() -> None:
    met = Results("x", (FOUND,) * 19 + (ESCAPED,), (SAME,))
    assert missed(met) == []
    assert missed(Results("x", (FOUND,) * 18 + (ESCAPED,), (SAME,))) == ["app: 18/19 deletions were found"]
    assert missed(Results("x", (), (Itself("app", 3, "unknown", "home: noise"),))) == [
        "app is unknown to itself: home: noise"
    ]
    text = report(met)
    assert "| app | 0/20 | 19/20 | 0/0 | 0/0 | 1/1 |" in text
    assert "app, full probes: 1: the result did not ask for it this time" in text
    assert "every aim is met" in text


def test_files_that_were_read_are_chosen_by_the_seed() -> None:
    names = [f"file-{number}" for number in range(20)]
    tree = Tree({"": Node(Entry("", "directory"), 0, (0, "")), **{n: Node(Entry(n, "file"), 0, (0, n)) for n in names}})
    used = [Access(f"/{name}", ("opened",), ()) for name in names[:10]] + [Access("/file-11", ("stat",), ())]
    evidence = Evidence("", "", tuple(used))
    assert set(chosen(evidence, tree, 100, 1)) == set(names[:10])
    assert chosen(evidence, tree, 5, 1) == chosen(evidence, tree, 5, 1) != chosen(evidence, tree, 5, 2)
