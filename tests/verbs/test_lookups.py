"""What was looked for in vain: on trees and evidence made by hand, and the rule that an image never misses itself."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.evidence import Access, Evidence, How
from shave.probe import ABSENT, Judgement, Verdict, Witness, total
from shave.tree import Entry, Node, Tree, parents
from shave.verbs.lookups import FILE, Missing, doubted, missing, sought


def tree(*paths: str) -> Tree:
    """Empty files; ``name -> target`` is a symlink, ``name/`` a directory."""
    nodes = {"": Node(Entry("", "directory"), 0, (0, ""))}
    for text in paths:
        path, _, link = text.partition(" -> ")
        for above in parents(path.rstrip("/")):
            nodes.setdefault(above, Node(Entry(above, "directory"), 0, (0, above)))
        kind = "symlink" if link else "directory" if path.endswith("/") else "file"
        nodes[path.rstrip("/")] = Node(Entry(path.rstrip("/"), kind, link=link), 0, (0, path))
    return Tree(dict(sorted(nodes.items())))


def evidence(*used: tuple[How, str]) -> Evidence:
    return Evidence("", "seccomp", tuple(Access(path, (how,), ("home",)) for how, path in used))


def paths(lost: Iterable[Missing]) -> list[str]:
    return [found.path for found in lost]


@pytest.mark.parametrize("how", ["opened", "executed", "listed", "link"])
def test_what_the_original_read_and_the_other_asked_for(how: How) -> None:
    lost = missing(evidence((how, "/etc/x")), tree("etc/x"), evidence(("absent", "/etc/x")), tree("etc/"))
    assert lost == (Missing("/etc/x", ("home",)),)


@pytest.mark.parametrize(
    ("used", "found"),
    [
        (evidence(("stat", "/etc/x")), evidence(("absent", "/etc/x"))),  # it was there, that is all
        (evidence(("opened", "/etc/x")), evidence()),  # nobody asked
        (evidence(("opened", "/etc/x")), evidence(("absent", "/etc/z"))),  # nor has the original that
        (evidence(), evidence(("absent", "/etc/x"))),  # the original never used it
    ],
)
def test_nothing_else_counts(used: Evidence, found: Evidence) -> None:
    assert missing(used, tree("etc/x", "etc/y"), found, tree("etc/y")) == ()


def test_what_the_original_never_used_is_sought_all_the_same() -> None:
    assert paths(sought(evidence(("absent", "/etc/x")), tree("etc/x"), tree("etc/"))) == ["/etc/x"]


def test_names_are_followed_as_the_kernel_does() -> None:
    original, other = tree("lib -> usr/lib", "usr/lib/a.so -> a.so.1", "usr/lib/a.so.1"), tree("usr/lib/")
    used, found = evidence(("opened", "/usr/lib/a.so")), evidence(("absent", "/lib/a.so.1"))
    assert paths(missing(used, original, found, other)) == ["/lib/a.so.1"]


def test_a_symlink_that_leads_nowhere_can_be_missed_too() -> None:
    used, found = evidence(("link", "/run/lock")), evidence(("absent", "/run/lock"))
    assert paths(missing(used, tree("run/lock -> pid-7"), found, tree("run/"))) == ["/run/lock"]


def test_what_is_not_found_by_listing() -> None:
    used = evidence(("opened", "/conf.d/a"), ("opened", "/conf.d/sub/deep"))
    original = tree("conf.d/a", "conf.d/b", "conf.d/c", "conf.d/sub/deep")
    found = evidence(("listed", "/conf.d"))
    assert paths(missing(used, original, found, tree("conf.d/c"))) == ["/conf.d/a", "/conf.d/sub"]


def test_another_base_keeps_its_files_elsewhere() -> None:
    original = tree("usr/bin/env", "lib/dynload/json.gnu.so")
    used = evidence(("executed", "/usr/bin/env"), ("opened", "/lib/dynload/json.gnu.so"))
    other = tree("bin/env", "lib/dynload/json.musl.so")
    found = evidence(("absent", "/usr/bin/env"), ("executed", "/bin/env"), ("listed", "/lib/dynload"))
    assert missing(used, original, found, other) == ()


def test_a_substitute_from_the_original_itself_is_none() -> None:
    used, found = evidence(("opened", "/a/init")), evidence(("absent", "/a/init"), ("opened", "/b/init"))
    assert paths(missing(used, tree("a/init", "b/init"), found, tree("b/init"))) == ["/a/init"]


NAMES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map("/".join)
HOWS: list[How] = ["opened", "executed", "listed", "stat", "link", "created", "absent"]
EVIDENCE = st.lists(st.tuples(st.sampled_from(HOWS), NAMES.map("/{}".format))).map(lambda used: evidence(*used))


@given(st.lists(NAMES), EVIDENCE, EVIDENCE)
def test_an_image_never_misses_anything_of_itself(names: list[str], used: Evidence, found: Evidence) -> None:
    files = [name for name in names if not any(other.startswith(name + "/") for other in names)]
    same = tree(*files)
    assert missing(used, same, found, same) == sought(found, same, same) == ()


SAME = total([Judgement("start", "same"), Judgement("home", "same")])


def test_an_answer_without_a_file_it_asked_for_is_doubted() -> None:
    verdict = doubted(SAME, (Missing("/a", ("home", "start")), Missing("/b", ("home",))))
    assert verdict.verdict == "unknown"
    assert [judged.witnesses for judged in verdict.judgements] == [
        (Witness(FILE, "/a", ABSENT),),
        (Witness(FILE, "/a", ABSENT), Witness(FILE, "/b", ABSENT)),
    ]
    assert (
        verdict.judgements[1].reason
        == "the same answer, but it looked in vain for /a (and 1 more), which the original read"
    )


def test_a_different_answer_gets_the_file_as_a_further_witness() -> None:
    body = Witness("body", "x", "y")
    different = total([Judgement("home", "different", "body differs", (body,))])
    verdict = doubted(different, (Missing("/a", ("home",)),))
    assert verdict == Verdict(
        "different", (Judgement("home", "different", "body differs", (body, Witness(FILE, "/a", ABSENT))),)
    )


def test_nothing_missed_changes_nothing() -> None:
    assert doubted(SAME, ()) is SAME


def test_what_no_judged_probe_missed_is_the_first_ones() -> None:
    assert [judged.verdict for judged in doubted(SAME, (Missing("/a", ("else",)),)).judgements] == ["unknown", "same"]
